using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Platform.Actors;

/// <summary>Remembers which of at most <paramref name="capacity"/> keys were used last. Not thread-safe: one turn at a time.</summary>
public sealed class RecentlyUsed(int capacity)
{
    private readonly LinkedList<string> _order = new();
    private readonly Dictionary<string, LinkedListNode<string>> _nodes = new(StringComparer.Ordinal);

    /// <summary>Marks <paramref name="key"/> as used now.</summary>
    public void Touch(string key)
    {
        if (_nodes.TryGetValue(key, out var node))
            _order.Remove(node);
        else
            _nodes[key] = node = new LinkedListNode<string>(key);
        _order.AddLast(node);
    }

    /// <summary>Whether <paramref name="key"/> is remembered.</summary>
    public bool Contains(string key) => _nodes.ContainsKey(key);

    /// <summary>Takes out the key that was used longest ago, while there are more than the capacity.</summary>
    public bool TryEvict([NotNullWhen(true)] out string? key)
    {
        key = null;
        if (_nodes.Count <= capacity)
            return false;
        key = _order.First!.Value;
        _order.RemoveFirst();
        return _nodes.Remove(key);
    }

    /// <summary>Forgets one key.</summary>
    public void Remove(string key)
    {
        if (_nodes.Remove(key, out var node))
            _order.Remove(node);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _order.Clear();
        _nodes.Clear();
    }
}
