namespace NexusCart.Sidecar.Storage;

/// <summary>How an <see cref="EmbeddedDatabase"/> is opened.</summary>
public sealed record EmbeddedDatabaseOptions
{
    /// <summary>The name that stands for a database without a file.</summary>
    public const string InMemory = ":memory:";

    // Not more: a commit after which pages of an index had to be put in order looks at every page of the cache.
    internal const int WriterCacheKiB = 8 * 1024;
    internal const int ReaderCacheKiB = 4 * 1024;

    /// <summary>Absolute path of the file, created when absent; <see cref="InMemory"/> keeps nothing.</summary>
    public required string Path { get; init; }

    /// <summary>How long to wait for another process that holds the file's lock.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Uses a rollback journal in place of the write-ahead log (network file systems need that).</summary>
    public bool DisableWal { get; init; }

    /// <summary>
    /// Pages of the write-ahead log before it begins anew, as a rule; of 4 KiB: 32 MiB. A page that many commits touch is copied back once.
    /// </summary>
    public int LogPages { get; init; } = 8192;

    /// <summary>Writes that may wait; more callers are held back.</summary>
    public int QueueCapacity { get; init; } = 8192;

    /// <summary>Most writes that go into one commit.</summary>
    public int GroupLimit { get; init; } = 2048;
}
