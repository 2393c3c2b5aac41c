using NexusCart.Platform.Caching;

namespace NexusCart.Platform.Events;

/// <summary>
/// Remembers the ids of events that were handled, within this process and a bounded number. It spares work when a broker delivers
/// twice; it does not replace a handler that is idempotent by itself, since a restart forgets.
/// </summary>
/// <param name="capacity">Ids kept at most.</param>
public sealed class SeenEvents(int capacity = 50_000)
{
    private readonly GenerationalCache<string, bool> _ids = new(capacity);

    /// <summary>Whether the event was handled before.</summary>
    public bool Contains(string id) => _ids.TryGet(id, out _);

    /// <summary>Notes an event as handled; only after its handler succeeded.</summary>
    public void Add(string id) => _ids.Set(id, true);
}
