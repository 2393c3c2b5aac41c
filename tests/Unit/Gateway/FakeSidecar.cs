using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>What a request looked like when it reached the sidecar.</summary>
internal sealed record Arrival(string Protocol, string Method, string Path, string Query, Dictionary<string, string> Headers, byte[] Body);

/// <summary>Two ports where the gateway's sidecar should be; notes what arrives and answers as a test says.</summary>
internal sealed class FakeSidecar : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<Arrival> _arrivals = [];

    private FakeSidecar(WebApplication app) => _app = app;

    public int HttpPort { get; private set; }

    public int RpcPort { get; private set; }

    /// <summary>How HTTP requests are answered.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static context => context.Response.WriteAsJsonAsync(new { fine = true });

    public IReadOnlyList<Arrival> Arrivals
    {
        get
        {
            lock (_arrivals) return [.. _arrivals];
        }
    }

    public static async Task<FakeSidecar> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        ListenOptions http = null!;
        ListenOptions rpc = null!;
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => (http = listen).Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => (rpc = listen).Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var sidecar = new FakeSidecar(app);
        app.Run(sidecar.HandleAsync);
        await app.StartAsync();
        sidecar.HttpPort = http.IPEndPoint!.Port;
        sidecar.RpcPort = rpc.IPEndPoint!.Port;
        return sidecar;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = context.Request;
        lock (_arrivals)
        {
            _arrivals.Add(new Arrival(request.Protocol, request.Method, request.Path, request.QueryString.ToString(),
                request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()), body.ToArray()));
        }
        await Answer(context);
    }
}
