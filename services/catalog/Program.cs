using NexusCart.Catalog;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.Events;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddCatalog();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<CatalogService>();
app.MapProductEvents();
app.Run();
