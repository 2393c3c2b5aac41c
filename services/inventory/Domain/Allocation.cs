namespace NexusCart.Inventory.Domain;

/// <summary>Units that one warehouse gives.</summary>
/// <param name="Warehouse">The warehouse.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record Allocation(string Warehouse, int Quantity);

/// <summary>Lists of allocations.</summary>
public static class Allocations
{
    /// <summary>With more units from a warehouse; each warehouse stands in the list once.</summary>
    public static IReadOnlyList<Allocation> Plus(this IReadOnlyList<Allocation> allocations, string warehouse, int units)
    {
        var before = allocations.FirstOrDefault(allocation => allocation.Warehouse == warehouse);
        return before is null
            ? [.. allocations, new Allocation(warehouse, units)]
            : [.. allocations.Select(allocation => allocation == before ? before with { Quantity = before.Quantity + units } : allocation)];
    }
}

/// <summary>How the units of a line are to be found.</summary>
/// <param name="Warehouses">Where to look, the preferred first; a warehouse that is not named gives nothing.</param>
/// <param name="Split">Whether several warehouses may share a line.</param>
public sealed record AllocationPlan(IReadOnlyList<string> Warehouses, bool Split)
{
    /// <summary>Everything comes from the default warehouse.</summary>
    public static AllocationPlan Default { get; } = new([Warehouse.DefaultId], Split: true);

    /// <summary>
    /// Divides units over shelves: the first warehouse of the plan that has all of them gives them, since one parcel is better
    /// than two; where none has, each gives what it has in the order of the plan, if lines may be split.
    /// </summary>
    /// <param name="shelves">What lies where.</param>
    /// <param name="quantity">Units wanted; 1 or more.</param>
    /// <returns>Allocations that add up to the quantity; null when the plan cannot give it.</returns>
    public IReadOnlyList<Allocation>? Allocate(IReadOnlyList<Shelf> shelves, int quantity)
    {
        foreach (var warehouse in Warehouses)
        {
            if (Free(shelves, warehouse) >= quantity)
                return [new Allocation(warehouse, quantity)];
        }

        if (!Split || Deliverable(shelves) < quantity)
            return null;

        var parts = new List<Allocation>();
        var rest = quantity;
        foreach (var warehouse in Warehouses)
        {
            var part = (int)Math.Min(Free(shelves, warehouse), rest);
            if (part <= 0)
                continue;
            parts.Add(new Allocation(warehouse, part));
            rest -= part;
        }

        return parts;
    }

    /// <summary>The largest quantity that <see cref="Allocate"/> finds.</summary>
    public long Deliverable(IReadOnlyList<Shelf> shelves) => Split
        ? Warehouses.Sum(warehouse => Free(shelves, warehouse))
        : Warehouses.Select(warehouse => Free(shelves, warehouse)).DefaultIfEmpty(0).Max();

    private static long Free(IReadOnlyList<Shelf> shelves, string warehouse)
    {
        foreach (var shelf in shelves)
        {
            if (shelf.Warehouse == warehouse)
                return shelf.Free;
        }

        return 0;
    }
}
