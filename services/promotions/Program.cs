using NexusCart.Platform;
using NexusCart.Promotions;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Events;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddPromotions();
builder.AddFlashSales();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<PromotionsService>();
app.MapFlashSales();
app.MapPromotionEvents();
app.Run();
