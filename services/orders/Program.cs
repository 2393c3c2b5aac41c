using NexusCart.Orders;
using NexusCart.Orders.Api;
using NexusCart.Orders.Events;
using NexusCart.Platform;
using NexusCart.Platform.Calls;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddServiceClient<NexusCart.Catalog.V1.Catalog.CatalogClient>(AppIds.Catalog);
builder.AddServiceClient<NexusCart.Carts.V1.Carts.CartsClient>(AppIds.Carts);
builder.AddServiceClient<NexusCart.Inventory.V1.Inventory.InventoryClient>(AppIds.Inventory);
builder.AddServiceClient<NexusCart.Payments.V1.Payments.PaymentsClient>(AppIds.Payments);
builder.AddServiceClient<NexusCart.Promotions.V1.FlashSales.FlashSalesClient>(AppIds.Promotions);
builder.AddServiceClient<NexusCart.Promotions.V1.Promotions.PromotionsClient>(AppIds.Promotions);
builder.AddServiceClient<NexusCart.Users.V1.Users.UsersClient>(AppIds.Users);
builder.AddOrders();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<OrdersService>();
app.MapPaymentEvents();
app.MapPaidOrders();
app.MapErasedUsers();
app.Run();
