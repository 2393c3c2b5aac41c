using System.Collections.Concurrent;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>How often what came of something, and what the shop has acknowledged: that must be in its books afterwards.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Sku, string Figure), long> _units = new();
    private readonly ConcurrentDictionary<string, string> _orders = new(StringComparer.Ordinal);

    /// <summary>What was counted, in the order of names.</summary>
    public IEnumerable<(string What, int Times)> Counts =>
        _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => (count.Key, count.Value));

    /// <summary>The orders that customers were told of, each with the last status they saw once they were done with it.</summary>
    public IReadOnlyDictionary<string, string> Orders => _orders;

    /// <summary>Counts.</summary>
    public void Add(string what) => _counts.AddOrUpdate(what, 1, (_, times) => times + 1);

    /// <summary>Remembers where an order stands.</summary>
    public void Tell(string orderId, string status) => _orders[orderId] = status;

    /// <summary>Units of a SKU that the shop has acknowledged: "received", "adjusted".</summary>
    public void Acknowledge(string sku, string figure, int units) => _units.AddOrUpdate((sku, figure), units, (_, sum) => sum + units);

    /// <summary>All acknowledged units of a SKU.</summary>
    public long Acknowledged(string sku, string figure) => _units.GetValueOrDefault((sku, figure));
}
