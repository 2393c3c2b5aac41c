using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.Infrastructure;

/// <summary>Components of one process, made as the sidecars of several apps make them; they end with it.</summary>
internal sealed class DriverBed : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ComponentTypes _types = BuildingBlocks.DefaultComponentTypes();
    private readonly List<IComponent> _components = [];

    public DriverBed() => Cluster = new LocalCluster(_folder.Path, TimeProvider.System, NullLoggerFactory.Instance);

    public LocalCluster Cluster { get; }

    /// <summary>Makes and initialises a component.</summary>
    public async Task<T> OpenAsync<T>(DriverSpec spec, string appId = "app")
        where T : class, IComponent
    {
        Assert.True(_types.TryGet(spec.Type, out var create), spec.Type);
        var declared = new ComponentSpec
        {
            Name = "component",
            Type = spec.Type,
            Version = spec.Version,
            Metadata = spec.Metadata.ToDictionary(item => item.Name, item => item.Value, StringComparer.OrdinalIgnoreCase),
        };
        var component = create(new ComponentContext(declared, new SidecarOptions { AppId = appId, Strict = spec.Strict }, Cluster));
        _components.Add(component);
        await component.InitAsync(CancellationToken.None);
        return (T)component;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _components.Count - 1; i >= 0; i--)
            await _components[i].DisposeAsync();
        await Cluster.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Which component a test wants.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Metadata">Its settings.</param>
internal sealed record DriverSpec(string Type, params (string Name, string Value)[] Metadata)
{
    /// <summary>Its version.</summary>
    public string Version { get; init; } = "v1";

    /// <summary>Whether it is as strict as Dapr.</summary>
    public bool Strict { get; init; }
}
