namespace NexusCart.Inventory.Domain;

/// <summary>Gives free units to the orders that have waited longest.</summary>
/// <param name="draft">The turn's figures.</param>
/// <param name="reservation">A reservation as the turn has it; null when it was forgotten.</param>
/// <param name="store">Takes a reservation that got units.</param>
/// <param name="rules">Closed warehouses fill nothing.</param>
/// <param name="now">The turn's time.</param>
internal sealed class BackorderFilling(
    StockDraft draft, Func<string, Reservation?> reservation, Action<Reservation> store, StockRules rules, DateTimeOffset now)
{
    private readonly Dictionary<(string Sku, long Number), Backorder> _filled = [];

    /// <summary>Backorders that got units in this turn.</summary>
    public IReadOnlyList<FilledBackorder> Filled => [.. _filled.Select(entry => new FilledBackorder(entry.Key.Sku, entry.Value))];

    /// <summary>Whether units of a SKU are free while orders wait for them.</summary>
    public bool IsWanted(string sku) => draft.Level(sku) is { Backordered: > 0 } level && FreeShelf(level) is not null;

    /// <summary>Fills as far as the queue is known.</summary>
    public void Fill(string sku)
    {
        foreach (var waiting in draft.Queue(sku))
        {
            // A reservation whose time is over gets nothing; a later turn closes it first.
            if (!IsWanted(sku) || reservation(waiting.ReservationId)?.IsDue(now) == true)
                break;
            Fill(sku, waiting);
        }

        draft.AdvanceQueue(sku);
    }

    private void Fill(string sku, Backorder waiting)
    {
        var cause = new Cause(MovementKind.BackorderFill, waiting.ReservationId);
        while (waiting.Units > 0 && FreeShelf(draft.Level(sku)!) is { } shelf)
        {
            var units = (int)Math.Min(shelf.Free, waiting.Units);
            draft.Move(sku, cause, shelf.Warehouse, units, level => level.Fill(shelf.Warehouse, units, waiting.Sold));
            waiting = waiting.Fill(shelf.Warehouse, units);
            if (reservation(waiting.ReservationId) is { Status: ReservationStatus.Open or ReservationStatus.Committed } known)
                store(known with { Lines = [.. known.Lines.Select(line => Fill(line, sku, waiting.Number, shelf.Warehouse, units))] });
        }

        _filled[(sku, waiting.Number)] = waiting;
        draft.SetBackorder(sku, waiting.Number, waiting.Units > 0 ? waiting : null);
    }

    private static HeldLine Fill(HeldLine line, string sku, long number, string warehouse, int units) =>
        line.Sku == sku && line.Waiting?.Number == number ? line.Fill(warehouse, units) : line;

    private Shelf? FreeShelf(StockLevel level) =>
        level.AllShelves.FirstOrDefault(shelf => shelf.Free > 0 && !rules.Closed.Contains(shelf.Warehouse));
}
