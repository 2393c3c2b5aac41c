using System.Collections.Concurrent;
using NexusCart.Catalog.Domain.Prices;

namespace NexusCart.Catalog.ReadModel;

/// <summary>The price lists and what they say, in memory, by SKU. Only a higher version replaces.</summary>
public sealed class PriceBook
{
    private readonly ConcurrentDictionary<string, PriceList> _lists = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ListPrice[]> _bySku = new(StringComparer.Ordinal);

    /// <summary>All lists, by id.</summary>
    public IReadOnlyList<PriceList> Lists => [.. _lists.Values.OrderBy(list => list.Id, StringComparer.Ordinal)];

    /// <summary>A list by id.</summary>
    public PriceList? Find(string id) => _lists.GetValueOrDefault(id);

    /// <summary>Takes a list in.</summary>
    public void Put(PriceList list) =>
        _lists.AddOrUpdate(list.Id, list, (_, present) => present.Version >= list.Version ? present : list);

    /// <summary>Takes a price in.</summary>
    public void Put(ListPrice price) => _bySku.AddOrUpdate(price.Sku, [price], (_, present) =>
    {
        var known = Array.Find(present, other => other.ListId == price.ListId);
        if (known is not null && known.Version >= price.Version)
            return present;
        // One without tiers stays: its version must keep an older one out.
        return [.. present.Where(other => other.ListId != price.ListId), price];
    });

    /// <summary>The version known of a price; 0 when it is not.</summary>
    public long VersionOf(string listId, string sku) =>
        _bySku.TryGetValue(sku, out var prices) ? Array.Find(prices, price => price.ListId == listId)?.Version ?? 0 : 0;

    /// <summary>Whether any list has a price for a SKU.</summary>
    public bool Knows(string sku) => _bySku.ContainsKey(sku);

    /// <summary>The price of a list for a SKU that holds; null for the base price. See <see cref="PriceChoice"/>.</summary>
    public ChosenPrice? Choose(string sku, in PriceQuestion question)
    {
        if (!_bySku.TryGetValue(sku, out var prices))
            return null;
        var candidates = new List<PricedBy>(prices.Length);
        foreach (var price in prices)
        {
            if (_lists.TryGetValue(price.ListId, out var list))
                candidates.Add(new PricedBy(list, price));
        }

        return PriceChoice.Choose(candidates, question);
    }

    /// <summary>From how many units on the price of a SKU may be another, in any list.</summary>
    public IEnumerable<int> StepsOf(string sku) =>
        _bySku.TryGetValue(sku, out var prices) ? prices.SelectMany(price => price.Tiers).Select(tier => tier.MinQuantity) : [];

    /// <summary>The prices of a list in SKU order, behind <paramref name="after"/>.</summary>
    public IEnumerable<ListPrice> Of(string listId, string after) => _bySku
        .Where(entry => string.CompareOrdinal(entry.Key, after) > 0)
        .Select(entry => Array.Find(entry.Value, price => price.ListId == listId))
        .OfType<ListPrice>()
        .Where(price => price.Tiers.Count > 0)
        .OrderBy(price => price.Sku, StringComparer.Ordinal);

    /// <summary>When a list begins or ends to count next; null where none does.</summary>
    public DateTimeOffset? NextTurn(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var (_, list) in _lists)
        {
            if (!list.Active)
                continue;
            foreach (var turn in (ReadOnlySpan<DateTimeOffset?>)[list.ValidFrom, list.ValidTo])
            {
                if (turn > now && !(turn >= next))
                    next = turn;
            }
        }

        return next;
    }
}
