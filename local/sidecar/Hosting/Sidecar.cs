using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Hosting;

/// <summary>One app's sidecar: its settings, its components and its way to the app. Building blocks take it from the container.</summary>
public sealed class Sidecar
{
    internal Sidecar(
        SidecarOptions options,
        SidecarResources resources,
        LocalCluster cluster,
        ComponentRegistry components,
        IAppChannel app,
        SidecarMetrics? metrics,
        SidecarTracing tracing)
    {
        Metrics = metrics;
        Tracing = tracing;
        Options = options;
        Resources = resources;
        Cluster = cluster;
        Components = components;
        App = app;
    }

    /// <summary>The settings it was started with.</summary>
    public SidecarOptions Options { get; }

    /// <summary>What its files declare: subscriptions, configuration, resiliency.</summary>
    public SidecarResources Resources { get; }

    /// <summary>What it shares with the other sidecars of the process.</summary>
    public LocalCluster Cluster { get; }

    /// <summary>The components in scope of the app.</summary>
    public ComponentRegistry Components { get; }

    /// <summary>The way to the app.</summary>
    public IAppChannel App { get; }

    /// <summary>What it measures; null when it measures nothing.</summary>
    internal SidecarMetrics? Metrics { get; }

    /// <summary>The traces that pass it.</summary>
    internal SidecarTracing Tracing { get; }

    /// <summary>The sidecar's building blocks; set once the container is built.</summary>
    public IServiceProvider Services { get; internal set; } = null!;
}
