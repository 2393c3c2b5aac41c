using NexusCart.Carts;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Api;
using NexusCart.Carts.Events;
using NexusCart.Platform;
using NexusCart.Platform.Events;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddCarts();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<CartsService>();
app.MapSubscription(OrderPaid.Topic, orders => orders.On(OrderPaid.Type, CartsJson.Default.OrderPaid, OrderPaidHandler.HandleAsync));
app.Run();
