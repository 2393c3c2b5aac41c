using NexusCart.Carts;
using NexusCart.Carts.Api;
using NexusCart.Carts.Events;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddCarts();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<CartsService>();
app.MapCartEvents();
app.Run();
