using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>An app with <see cref="ShopActor"/> and its sidecar.</summary>
public sealed record ShopInstance(TestApp App, TestSidecar Sidecar, ActorDiary Diary)
{
    private readonly ActorProxyFactory _proxies = new(new ActorProxyOptions { HttpEndpoint = Sidecar.HttpEndpoint });

    /// <summary>A proxy that calls through this instance's sidecar.</summary>
    public IShopActor Actor(string id) => _proxies.CreateActorProxy<IShopActor>(new ActorId(id), "Shop");

    /// <summary>A proxy without an interface.</summary>
    public ActorProxy Weak(string id) => _proxies.Create(new ActorId(id), "Shop");
}

/// <summary>Apps with actors of the official SDK, each behind its sidecar, on a clock that the test moves.</summary>
public sealed class ActorBed : IAsyncDisposable
{
    private readonly SidecarBed _bed;

    /// <param name="fakeTime">False for the system's clock.</param>
    public ActorBed(bool fakeTime = true)
    {
        _bed = new SidecarBed(fakeTime ? Time : null, TestLog.Factory(Microsoft.Extensions.Logging.LogLevel.Information));
        _bed.Resource("state.yaml", SidecarBed.Component(
            "statestore", "state.sqlite", ("connectionString", "state.db"), ("actorStateStore", "true")));
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public SidecarBed Inner => _bed;

    /// <summary>Starts one instance of the app.</summary>
    public async Task<ShopInstance> StartAsync(
        string appId = "shop",
        Action<ActorRuntimeOptions>? configure = null,
        AppProtocol protocol = AppProtocol.H2c,
        Func<SidecarOptions, SidecarOptions>? change = null)
    {
        var diary = new ActorDiary();
        var port = FreePorts.Next();
        var app = await _bed.StartAppAsync(
            web => web.MapActorsHandlers(),
            services =>
            {
                services.AddSingleton(diary);
                services.AddActors(options =>
                {
                    options.HttpEndpoint = $"http://127.0.0.1:{port}";
                    options.Actors.RegisterActor<ShopActor>();
                    configure?.Invoke(options);
                });
            },
            protocol);
        var sidecar = await _bed.StartSidecarAsync(appId, app, options =>
        {
            options = options with { HttpPort = port, GracefulShutdown = TimeSpan.FromSeconds(30) };
            return change?.Invoke(options) ?? options;
        });
        return new ShopInstance(app, sidecar, diary);
    }

    /// <summary>A sidecar without an app, to call from.</summary>
    public async Task<IShopActor> CallerAsync(string actorId)
    {
        var sidecar = await _bed.StartSidecarAsync("caller");
        return ActorProxy.Create<IShopActor>(new ActorId(actorId), "Shop", new ActorProxyOptions { HttpEndpoint = sidecar.HttpEndpoint });
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();
}
