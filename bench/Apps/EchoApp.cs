using System.Text;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NexusCart.Bench.Apps;

/// <summary>
/// The app behind the sidecar under test: echoes calls over HTTP and gRPC, hosts an actor type and takes events. It does next to
/// nothing itself and speaks the protocols by hand, so that what is measured is the way to it.
/// </summary>
public static class EchoApp
{
    /// <summary>The topic it subscribes to, on the component <see cref="PubSub"/>.</summary>
    public const string Topic = "bench";

    /// <summary>The component of the topic.</summary>
    public const string PubSub = "pubsub";

    /// <summary>The actor type it hosts.</summary>
    public const string ActorType = "Echo";

    /// <summary>Where it says what was delivered.</summary>
    public const string DeliveriesPath = "/bench/deliveries";

    private const int MaxStreamsPerConnection = 10_000;

    private static readonly byte[] Config = Encoding.UTF8.GetBytes($$"""{"entities":["{{ActorType}}"]}""");

    private static readonly byte[] Subscriptions =
        Encoding.UTF8.GetBytes($$"""[{"pubsubname":"{{PubSub}}","topic":"{{Topic}}","route":"/events"}]""");

    /// <summary>Serves until cancelled, or until the standard input ends: with the bench, however that comes to its end.</summary>
    /// <param name="port">HTTP/2 without TLS, loopback.</param>
    /// <param name="workMilliseconds">How long handling an event takes; 0 for no time at all.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync(int port, int workMilliseconds, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
            kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IServiceMethodProvider<EchoService>, EchoService.Methods>();
        await using var app = builder.Build();
        Map(app, new Deliveries(), TimeSpan.FromMilliseconds(workMilliseconds));
        await app.StartAsync(cancellation);
        var ended = new TaskCompletionSource();
        await using var registration = cancellation.Register(ended.SetResult);
        await Task.WhenAny(ended.Task, Task.Run(Console.In.ReadToEnd, CancellationToken.None));
        await app.StopAsync(CancellationToken.None);
    }

    private static void Map(WebApplication app, Deliveries deliveries, TimeSpan work)
    {
        app.MapGrpcService<EchoService>();
        app.MapGet("/healthz", (RequestDelegate)(_ => Task.CompletedTask));
        app.MapGet("/dapr/config", (RequestDelegate)(context => JsonAsync(context, Config)));
        app.MapGet("/dapr/subscribe", (RequestDelegate)(context => JsonAsync(context, Subscriptions)));
        app.MapPost("/echo", (RequestDelegate)EchoAsync);
        app.MapPut("/actors/{type}/{id}/method/{method}", (RequestDelegate)EchoAsync);
        app.MapDelete("/actors/{type}/{id}", (RequestDelegate)(_ => Task.CompletedTask));
        app.MapGet(DeliveriesPath, (RequestDelegate)deliveries.StreamAsync);
        app.MapPost("/events", (RequestDelegate)(async context =>
        {
            if (work > TimeSpan.Zero)
                await Task.Delay(work, context.RequestAborted);
            await deliveries.TakeAsync(context);
        }));
    }

    private static Task JsonAsync(HttpContext context, byte[] json)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    private static Task EchoAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        context.Response.ContentLength = context.Request.ContentLength;
        return context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
