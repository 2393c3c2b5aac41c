using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>Brokers of one process, made as the sidecars of several apps make them.</summary>
internal sealed class PubSubDriverFixture : IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly TemporaryFolder _folder = new();
    private readonly List<IComponent> _components = [];
    private readonly List<IAsyncDisposable> _subscriptions = [];
    private readonly ComponentTypes _types = new ComponentTypes().AddDataComponents();

    public PubSubDriverFixture(TimeProvider? time = null) =>
        Cluster = new LocalCluster(_folder.Path, time ?? TimeProvider.System, NullLoggerFactory.Instance);

    public LocalCluster Cluster { get; private set; }

    public string File(string name) => _folder.File(name);

    public async Task<IPubSub> OpenAsync(string appId = "app", string type = "pubsub.embedded", params (string Name, string Value)[] metadata)
    {
        var settings = metadata.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase);
        settings.TryAdd("redeliverInterval", "10ms");
        var spec = new ComponentSpec { Name = "pubsub", Type = type, Metadata = settings };
        Assert.True(_types.TryGet(type, out var create));
        var component = create(new ComponentContext(spec, new SidecarOptions { AppId = appId }, Cluster));
        _components.Add(component);
        await component.InitAsync(CancellationToken.None);
        return (IPubSub)component;
    }

    public async Task<Inbox> SubscribeAsync(IPubSub broker, string topic = "t", Func<string, Task>? handle = null)
    {
        var inbox = new Inbox(handle);
        inbox.Subscription = await broker.SubscribeAsync(topic, NoMetadata, inbox.HandleAsync, CancellationToken.None);
        _subscriptions.Add(inbox.Subscription);
        return inbox;
    }

    public static Task PublishAsync(IPubSub broker, string text, string topic = "t") =>
        broker.PublishAsync(topic, new BrokerMessage(Encoding.UTF8.GetBytes(text), "text/plain", NoMetadata), CancellationToken.None);

    /// <summary>Closes all and starts over on the same files.</summary>
    public async Task RestartAsync()
    {
        await CloseAsync();
        Cluster = new LocalCluster(_folder.Path, Cluster.Time, NullLoggerFactory.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }

    private async Task CloseAsync()
    {
        foreach (var subscription in _subscriptions)
            await subscription.DisposeAsync();
        _subscriptions.Clear();
        foreach (var component in _components)
            await component.DisposeAsync();
        _components.Clear();
        await Cluster.DisposeAsync();
    }
}

/// <summary>What a subscriber received.</summary>
internal sealed class Inbox(Func<string, Task>? handle)
{
    private readonly ConcurrentQueue<string> _received = new();
    private readonly SemaphoreSlim _changed = new(0);

    public IAsyncDisposable Subscription { get; set; } = null!;

    public IReadOnlyList<string> Received => [.. _received];

    public async Task HandleAsync(BrokerDelivery delivery, CancellationToken cancellation)
    {
        var text = Encoding.UTF8.GetString(delivery.Message.Data.Span);
        _received.Enqueue(text);
        _changed.Release();
        if (handle is not null)
            await handle(text);
    }

    /// <summary>Waits until so many have come (redeliveries count).</summary>
    public async Task<IReadOnlyList<string>> WaitAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_received.Count < count)
            await _changed.WaitAsync(limit.Token);
        return Received;
    }
}
