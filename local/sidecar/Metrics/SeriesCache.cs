using System.Collections.Concurrent;

namespace NexusCart.Sidecar.Metrics;

/// <summary>
/// The series of a metric by what tells them apart. A look-up of one that is there allocates nothing; the library's own would, on
/// every call.
/// </summary>
/// <param name="create">Makes a series; may be called twice for one key, and must answer alike.</param>
internal sealed class SeriesCache<TKey, TSeries>(Func<TKey, TSeries> create)
    where TKey : notnull
{
    // Rules may make one series of many keys: then what is not kept here is found again by the library.
    private const int Limit = 20_000;

    private readonly ConcurrentDictionary<TKey, TSeries> _series = new();
    private int _count;

    /// <summary>The series of a key.</summary>
    public TSeries this[TKey key] => _series.TryGetValue(key, out var series) ? series : Add(key);

    private TSeries Add(TKey key)
    {
        var made = create(key);
        if (Volatile.Read(ref _count) >= Limit)
            return made;
        if (_series.TryAdd(key, made))
            Interlocked.Increment(ref _count);
        return made;
    }
}
