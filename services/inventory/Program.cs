using NexusCart.Inventory;
using NexusCart.Inventory.Api;
using NexusCart.Inventory.Events;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddInventory();

var app = builder.Build();
app.UseNexusDefaults();
app.MapGrpcService<InventoryService>();
app.MapStockEvents();
app.Run();
