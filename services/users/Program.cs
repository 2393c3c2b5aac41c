using NexusCart.Platform;
using NexusCart.Users;
using NexusCart.Users.Api;
using NexusCart.Users.OAuth;

var builder = WebApplication.CreateBuilder(args);
builder.AddNexusDefaults();
builder.AddUsers();

var app = builder.Build();
app.UseNexusDefaults(entrance => entrance.UseOAuthServer());
app.MapGrpcService<UsersService>();
app.MapOAuthServer();
app.Run();
