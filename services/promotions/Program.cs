using NexusCart.Platform;
using NexusCart.Promotions;
using NexusCart.Promotions.Api;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddPromotions();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<PromotionsService>();
app.Run();
