using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components;

/// <summary>What a driver gets to build itself from.</summary>
/// <param name="Spec">The component's declaration.</param>
/// <param name="Options">The settings of the sidecar it is made for.</param>
/// <param name="Cluster">What is shared in the process; a driver that must exist once (an open file) asks it for the shared one.</param>
public sealed record ComponentContext(ComponentSpec Spec, SidecarOptions Options, LocalCluster Cluster)
{
    /// <summary>A logger named after the component type, among the lines of the sidecar.</summary>
    public ILogger Logger => Cluster.LoggersOf(Options.AppId).CreateLogger("components." + Spec.Type);

    /// <summary>
    /// A file path from a setting: absolute paths stay, relative ones are taken from the data folder, because one process
    /// serves all apps and has no working directory per app as daprd has.
    /// </summary>
    public string DataPath(string path) => Path.GetFullPath(path, Cluster.DataDirectory);
}
