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
    public ILogger Logger => Cluster.LoggersOf(Options.Instance).CreateLogger("components." + Spec.Type);

    /// <summary>
    /// The path of a file that exists before the sidecar does (a secrets file): the first of the search folders that has it.
    /// </summary>
    public string InputPath(string path)
    {
        if (Options.SearchFolders.Count == 0)
            return Path.GetFullPath(path);
        var candidates = Options.SearchFolders.Select(folder => Path.GetFullPath(path, folder)).ToList();
        return candidates.Find(File.Exists) ?? candidates[0];
    }

    /// <summary>
    /// The path of a file a component keeps: absolute paths stay, relative ones are taken from the data folder, because one process
    /// serves all apps and has no working directory per app as daprd has.
    /// </summary>
    public string DataPath(string path) => Path.GetFullPath(path, Cluster.DataDirectory);
}
