using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Infrastructure;

/// <summary>An app that runs inside the test.</summary>
public sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApp(WebApplication app, int port, AppProtocol protocol)
    {
        _app = app;
        Port = port;
        Protocol = protocol;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>What it speaks.</summary>
    public AppProtocol Protocol { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts an app.</summary>
    /// <param name="configure">Maps its routes.</param>
    /// <param name="services">Registers its services.</param>
    /// <param name="protocol">HTTP/1.1, or HTTP/2 without TLS for the others.</param>
    /// <param name="port">0 takes a free port.</param>
    public static async Task<TestApp> StartAsync(
        Action<WebApplication> configure, Action<IServiceCollection>? services = null, AppProtocol protocol = AppProtocol.Http, int port = 0)
    {
        port = port == 0 ? FreePorts.Next() : port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
                listen.Protocols = protocol == AppProtocol.Http ? HttpProtocols.Http1 : HttpProtocols.Http2);
        });
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.LoggerFilterOptions>(filter => filter.MinLevel = Microsoft.Extensions.Logging.LogLevel.Warning);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new TestApp(app, port, protocol);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _app.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A handler that never ends must not hang the test.
        }

        await _app.DisposeAsync();
    }
}
