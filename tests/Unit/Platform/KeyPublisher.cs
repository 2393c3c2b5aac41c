using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Platform.Security;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Publishes the keys of a test where a service looks for those of the users service: behind its sidecar.</summary>
internal sealed class KeyPublisher : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KeyPublisher(WebApplication app) => _app = app;

    public int Port { get; private set; }

    /// <summary>Whether it answers at all.</summary>
    public bool Down { get; set; }

    public static async Task<KeyPublisher> StartAsync(TestKeys keys)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        ListenOptions http = null!;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => (http = listen).Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var publisher = new KeyPublisher(app);
        app.Run(context =>
        {
            context.Response.StatusCode = publisher.Down || context.Request.Headers["dapr-app-id"] != "users" ? 500 : 200;
            return (context.Response.StatusCode, context.Request.Path.Value) switch
            {
                (200, "/.well-known/openid-configuration") => context.Response.WriteAsJsonAsync(new { issuer = Tokens.Issuer, jwks_uri = "https://shop.example/elsewhere" }),
                (200, "/.well-known/jwks") => context.Response.WriteAsync(keys.Jwks),
                _ => Task.CompletedTask,
            };
        });
        await app.StartAsync();
        publisher.Port = http.IPEndPoint!.Port;
        return publisher;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
