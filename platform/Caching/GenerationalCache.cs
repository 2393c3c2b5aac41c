using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Platform.Caching;

/// <summary>
/// A bounded map for many threads. Two generations: when the young one is full it becomes the old one, and the old one goes.
/// What is used often is carried over; nothing is ever counted or sorted.
/// </summary>
/// <param name="capacity">Entries kept at most; 2 or more.</param>
public sealed class GenerationalCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly int _generationSize = Math.Max(1, capacity / 2);
    private readonly Lock _turning = new();
    private volatile Generation _young = new();
    private volatile Generation _old = new();

    /// <summary>How many entries there are now; at most a few above the capacity while threads race.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>Finds an entry.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.Entries.TryGetValue(key, out value)) return true;
        if (!_old.Entries.TryGetValue(key, out value)) return false;
        Set(key, value);
        return true;
    }

    /// <summary>Adds or replaces an entry.</summary>
    public void Set(TKey key, TValue value)
    {
        var young = _young;
        if (young.Entries.TryAdd(key, value)) Interlocked.Increment(ref young.Count);
        else young.Entries[key] = value;
        if (Volatile.Read(ref young.Count) >= _generationSize) Turn(young);
    }

    /// <summary>Forgets an entry.</summary>
    public void Remove(TKey key)
    {
        foreach (var generation in (ReadOnlySpan<Generation>)[_young, _old])
        {
            if (generation.Entries.TryRemove(key, out _)) Interlocked.Decrement(ref generation.Count);
        }
    }

    private void Turn(Generation full)
    {
        lock (_turning)
        {
            if (_young != full) return; // Another thread turned it.
            _old = full;
            _young = new Generation();
        }
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<TKey, TValue> Entries = new();
        public int Count;
    }
}
