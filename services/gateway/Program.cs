using NexusCart.Gateway;
using NexusCart.Platform;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddGateway();

var app = builder.Build();
app.UseGateway();
app.Run();
