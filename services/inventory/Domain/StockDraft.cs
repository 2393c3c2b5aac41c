namespace NexusCart.Inventory.Domain;

/// <summary>
/// The figures of a turn: levels, ledgers and queues as they will be if it is stored. Units change by <see cref="Move"/> and in no
/// other way, so a figure and its ledger cannot part.
/// </summary>
/// <param name="before">What was known.</param>
/// <param name="now">The turn's time.</param>
internal sealed class StockDraft(IStockView before, DateTimeOffset now)
{
    private readonly Dictionary<string, StockLevel> _levels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Movement>> _movements = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Sku, long Number), Backorder?> _backorders = [];

    /// <summary>Levels that the turn touched.</summary>
    public IEnumerable<StockLevel> Levels => _levels.Values;

    /// <summary>What the turn adds to the ledgers, by SKU.</summary>
    public IReadOnlyDictionary<string, List<Movement>> Movements => _movements;

    /// <summary>Backorders that the turn touched; null where one is gone.</summary>
    public IReadOnlyDictionary<(string Sku, long Number), Backorder?> Backorders => _backorders;

    /// <summary>The level as the turn has it.</summary>
    public StockLevel? Level(string sku) => _levels.TryGetValue(sku, out var level) ? level : before.Level(sku);

    /// <summary>Replaces a level without moving units.</summary>
    public void Set(StockLevel level) => _levels[level.Sku] = level;

    /// <summary>Moves units and writes that down.</summary>
    /// <param name="sku">The SKU.</param>
    /// <param name="cause">Why.</param>
    /// <param name="warehouse">Where; empty for units that no warehouse has yet.</param>
    /// <param name="quantity">Units concerned.</param>
    /// <param name="verb">What happens to the level.</param>
    public void Move(string sku, Cause cause, string warehouse, long quantity, Func<StockLevel, StockLevel> verb)
    {
        var was = Opened(sku);
        var next = verb(was);
        var (shelf, then) = (was.At(warehouse), next.At(warehouse));
        Write(sku, new Movement(
            was.Movements, now, cause.Kind, cause.Id, warehouse, quantity, then.OnHand - shelf.OnHand, then.Reserved - shelf.Reserved,
            next.Backordered - was.Backordered, then.OnHand, cause.Reason, cause.Actor));
        _levels[sku] = next with { Movements = was.Movements + 1 };
    }

    /// <summary>A backorder as the turn has it.</summary>
    public Backorder? Backorder(string sku, long number) =>
        _backorders.TryGetValue((sku, number), out var drafted) ? drafted : before.Backorder(sku, number);

    /// <summary>Changes a backorder, or takes it out.</summary>
    public void SetBackorder(string sku, long number, Backorder? backorder) => _backorders[(sku, number)] = backorder;

    /// <summary>The backorders of a SKU as far as they are known, the oldest first.</summary>
    public IReadOnlyList<Backorder> Queue(string sku)
    {
        var waiting = new List<Backorder>();
        if (Level(sku) is not { } level)
            return waiting;
        var known = KnownTo(level);
        for (var number = level.QueueFirst; number < known; number++)
        {
            if (Backorder(sku, number) is { } next)
                waiting.Add(next);
        }

        return waiting;
    }

    /// <summary>Moves the head of the queue behind what is gone.</summary>
    public void AdvanceQueue(string sku)
    {
        var level = Level(sku)!;
        var known = KnownTo(level);
        var first = level.QueueFirst;
        while (first < known && Backorder(sku, first) is null)
            first++;
        if (first != level.QueueFirst)
            Set(level with { QueueFirst = first });
    }

    /// <summary>What this turn has put into a queue that is known as a whole is known too.</summary>
    private long KnownTo(StockLevel level)
    {
        var known = before.QueueKnownTo(level.Sku);
        return known >= (before.Level(level.Sku)?.QueueNext ?? 0) ? level.QueueNext : known;
    }

    /// <summary>The level, with what it had before there were ledgers written down first.</summary>
    private StockLevel Opened(string sku)
    {
        var level = Level(sku) ?? StockLevel.Empty(sku);
        if (level.Movements > 0)
            return level;
        foreach (var shelf in level.AllShelves.Where(shelf => shelf is not { OnHand: 0, Reserved: 0 }))
        {
            Write(sku, new Movement(
                level.Movements, now, MovementKind.Opening, "", shelf.Warehouse, shelf.OnHand, shelf.OnHand, shelf.Reserved, 0, shelf.OnHand));
            level = level with { Movements = level.Movements + 1 };
        }

        return level;
    }

    private void Write(string sku, Movement movement)
    {
        if (!_movements.TryGetValue(sku, out var movements))
            _movements[sku] = movements = [];
        movements.Add(movement);
    }
}
