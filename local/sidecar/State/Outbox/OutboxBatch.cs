using System.Globalization;

namespace NexusCart.Sidecar.State.Outbox;

/// <summary>A transaction with the events it makes, which are stored along with what they tell of.</summary>
/// <param name="Operations">What the app wants stored: all operations but projections.</param>
/// <param name="Events">Keys and values under which the events wait in the store.</param>
internal sealed record OutboxBatch(IReadOnlyList<StateTransactionItem> Operations, IReadOnlyList<StateUpsert> Events)
{
    /// <summary>Separates the events of one transaction's operations; deletes publish nothing.</summary>
    public static OutboxBatch Create(IReadOnlyList<StateTransactionItem> operations, Func<string, string> keyOf, OutboxOrigin origin)
    {
        var projections = operations.Where(OutboxEvent.IsProjection).ToLookup(operation => operation.Item.Key, operation => operation.Item);
        var stored = operations.Where(operation => !OutboxEvent.IsProjection(operation)).ToList();
        var events = new List<StateUpsert>();
        foreach (var (delete, item) in stored)
        {
            if (delete)
                continue;
            var id = "outbox-" + Guid.CreateVersion7(origin.Time);
            // What is left by a crash is found by key, and so in the order it came in.
            var key = keyOf(string.Create(CultureInfo.InvariantCulture, $"{origin.Time.UtcTicks:d19}-{events.Count:d5}-{id}"));
            events.Add(new StateUpsert(key, OutboxEvent.Envelope(id, item, projections[item.Key].LastOrDefault(), origin)));
        }

        return new OutboxBatch(stored, events);
    }
}
