using System.Collections.Concurrent;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// What the sidecars of one process share: the clock, the data folder, the directory of apps, and anything that must exist
/// once (an open database file, a message log, actor placement).
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(Type Type, string Key), Lazy<object>> _shared = new();

    /// <param name="dataDirectory">Where durable components keep their files; created when absent.</param>
    /// <param name="time">The clock; tests pass their own.</param>
    /// <param name="loggers">Where the sidecars log.</param>
    public LocalCluster(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        DataDirectory = Path.GetFullPath(dataDirectory);
        Time = time;
        Loggers = loggers;
        Directory.CreateDirectory(DataDirectory);
    }

    /// <summary>Absolute path of the folder durable components write to.</summary>
    public string DataDirectory { get; }

    /// <summary>The one clock of the process.</summary>
    public TimeProvider Time { get; }

    /// <summary>Logger factory of the process.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Loggers whose lines are marked as those of one sidecar (<see cref="SidecarOptions.Instance"/>).</summary>
    public ILoggerFactory LoggersOf(string instance) => new SidecarLoggerFactory(Loggers, instance);

    /// <summary>The sidecars that run in this process, by app id.</summary>
    public AppDirectory Apps { get; } = new();

    /// <summary>
    /// The one <typeparamref name="T"/> under <paramref name="key"/> in this process, made on first use; disposed with the cluster.
    /// </summary>
    public T Shared<T>(string key, Func<LocalCluster, T> create)
        where T : class =>
        (T)_shared.GetOrAdd((typeof(T), key), _ => new Lazy<object>(() => create(this))).Value;

    /// <summary>Disposes everything shared, newest kinds in no particular order: sidecars must be stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _shared.Values)
        {
            if (!entry.IsValueCreated)
                continue;
            switch (entry.Value)
            {
                case IAsyncDisposable asynchronous:
                    await asynchronous.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
        }

        _shared.Clear();
    }
}
