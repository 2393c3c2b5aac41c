namespace NexusCart.Inventory.Domain;

/// <summary>Which warehouse is asked first.</summary>
public enum AllocationStrategy
{
    /// <summary>That of the lowest priority number.</summary>
    Priority,

    /// <summary>The nearest to the customer's country, by zones; among equally near ones that of the lowest priority number.</summary>
    Nearest,
}

/// <summary>Countries that are near to each other.</summary>
/// <param name="Name">For people.</param>
/// <param name="Countries">ISO 3166-1 alpha-2.</param>
public sealed record Zone(string Name, IReadOnlyList<string> Countries)
{
    /// <summary>Whether both lie in it.</summary>
    public bool Joins(string one, string other) =>
        Countries.Contains(one, StringComparer.OrdinalIgnoreCase) && Countries.Contains(other, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Puts warehouses into the order in which they give stock.</summary>
/// <param name="strategy">What decides.</param>
/// <param name="zones">From the narrowest to the widest: the first that joins two countries says how near they are.</param>
public sealed class WarehouseRanking(AllocationStrategy strategy, IReadOnlyList<Zone> zones)
{
    /// <summary>The active warehouses, the preferred first. Without a country, or by priority, the country plays no part.</summary>
    public IReadOnlyList<string> Rank(IEnumerable<Warehouse> warehouses, string? country) =>
    [
        .. warehouses.Where(warehouse => warehouse.Active)
            .OrderBy(warehouse => strategy is AllocationStrategy.Nearest && !string.IsNullOrEmpty(country) ? Distance(warehouse.Country, country) : 0)
            .ThenBy(warehouse => warehouse.Priority)
            .ThenBy(warehouse => warehouse.Id, StringComparer.Ordinal)
            .Select(warehouse => warehouse.Id),
    ];

    /// <summary>0 in one country, then the position of the first zone that joins both, counted from 1; one more where none does.</summary>
    public int Distance(string one, string other)
    {
        if (string.Equals(one, other, StringComparison.OrdinalIgnoreCase))
            return 0;
        for (var i = 0; i < zones.Count; i++)
        {
            if (zones[i].Joins(one, other))
                return i + 1;
        }

        return zones.Count + 1;
    }
}
