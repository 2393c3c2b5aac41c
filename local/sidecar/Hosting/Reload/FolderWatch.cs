using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Reload;

/// <summary>
/// Tells of changes in a folder of resource files; one for all sidecars of the process that read it. Says that something happened,
/// not what: files are read again in any case.
/// </summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly FileSystemWatcher? _watcher;

    private FolderWatch(string folder, ILogger logger)
    {
        try
        {
            _watcher = new FileSystemWatcher(folder)
            {
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.CreationTime,
            };
            _watcher.Changed += OnEvent;
            _watcher.Created += OnEvent;
            _watcher.Deleted += OnEvent;
            _watcher.Renamed += OnEvent;
            // Events were lost: there is no telling which.
            _watcher.Error += (_, _) => Changed?.Invoke();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            _watcher?.Dispose();
            logger.LogWarning("{Folder} cannot be watched, changes are seen within a minute: {Error}", folder, e.Message);
        }
    }

    /// <summary>Raised when a resource file may have changed; on any thread.</summary>
    public event Action? Changed;

    /// <summary>The one of a folder.</summary>
    public static FolderWatch Of(LocalCluster cluster, string folder) => cluster.Shared(
        "watch||" + Path.GetFullPath(folder),
        owner => new FolderWatch(Path.GetFullPath(folder), owner.Loggers.CreateLogger("runtime.hotreload")));

    public void Dispose() => _watcher?.Dispose();

    private void OnEvent(object sender, FileSystemEventArgs change)
    {
        if (ResourceFiles.IsOne(change.FullPath) || (change is RenamedEventArgs renamed && ResourceFiles.IsOne(renamed.OldFullPath)))
            Changed?.Invoke();
    }
}
