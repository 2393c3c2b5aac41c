using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Events;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform;
using NexusCart.Platform.Actors;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();

builder.Services.AddAggregateShards<ProductShardActor, Product, ProductCommand, ProductAnswer>(
    ProductShardJson.Default,
    new AggregateShardOptions { ShardCount = 16 },
    new ActorBatcherOptions { MaxBatchSize = 128, MaxBatchWeight = 1 << 20 },
    command => command.Draft is null ? 1 : ProductWeight.Of(command.Draft));
builder.Services.AddSingleton<ProductIndex>();
builder.Services.AddSingleton<ProductIndexRefresh>();
builder.Services.AddHostedService(services => services.GetRequiredService<ProductIndexRefresh>());
builder.Services.AddHealthChecks().AddCheck<ProductIndexRefresh>("products");

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<CatalogService>();
app.MapProductEvents();
app.Run();
