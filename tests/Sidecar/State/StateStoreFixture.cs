using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.State;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>Stores of one process, made as the sidecar makes them.</summary>
internal sealed class StateStoreFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<IComponent> _components = [];
    private readonly ComponentTypes _types = new ComponentTypes().AddDataComponents();

    public StateStoreFixture(TimeProvider? time = null) =>
        Cluster = new LocalCluster(_folder.Path, time ?? Time, NullLoggerFactory.Instance);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public LocalCluster Cluster { get; private set; }

    public string File(string name) => _folder.File(name);

    public async Task<IStateStore> OpenAsync(string type, params (string Name, string Value)[] metadata)
    {
        var settings = metadata.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase);
        if (type == "state.sqlite")
            settings.TryAdd("connectionString", "state.db");
        var spec = new ComponentSpec { Name = "store", Type = type, Metadata = settings };
        Assert.True(_types.TryGet(type, out var create));
        var component = create(new ComponentContext(spec, new SidecarOptions { AppId = "app" }, Cluster));
        _components.Add(component);
        await component.InitAsync(CancellationToken.None);
        return (IStateStore)component;
    }

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
        foreach (var component in _components)
            await component.DisposeAsync();
        _components.Clear();
        await Cluster.DisposeAsync();
    }
}
