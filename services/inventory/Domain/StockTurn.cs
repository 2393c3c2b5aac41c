namespace NexusCart.Inventory.Domain;

/// <summary>
/// One turn of a stock partition: verbs change a draft over what was known before, so that a turn is stored as a whole
/// or not at all. Every verb is idempotent, in any order: what was called off before it arrived is remembered.
/// </summary>
/// <param name="before">What was known.</param>
/// <param name="now">The turn's time.</param>
public sealed class StockTurn(IStockView before, DateTimeOffset now)
{
    private readonly Dictionary<string, StockLevel> _levels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Reservation?> _reservations = new(StringComparer.Ordinal);
    private readonly HashSet<(string Sku, string ReceiptId)> _receipts = [];

    /// <summary>The level of a SKU as the turn has it.</summary>
    public StockLevel? Level(string sku) => _levels.TryGetValue(sku, out var level) ? level : before.Level(sku);

    /// <summary>Adds goods; false when this receipt was counted for this SKU before.</summary>
    public bool Receive(string receiptId, Units line)
    {
        if (before.HasReceipt(line.Sku, receiptId) || !_receipts.Add((line.Sku, receiptId)))
            return false;
        _levels[line.Sku] = (Level(line.Sku) ?? StockLevel.Empty(line.Sku)).Receive(line.Quantity);
        return true;
    }

    /// <summary>Holds all lines or none.</summary>
    /// <param name="id">The order id.</param>
    /// <param name="lines">The lines of this partition, one a SKU.</param>
    /// <param name="fingerprint">Of all lines on all partitions.</param>
    /// <param name="attempt">Names this call, see <see cref="Withdraw"/>.</param>
    /// <param name="expiresAt">Until when.</param>
    /// <param name="from">The open reservation that the units are taken out of; null for free stock.</param>
    public HoldAnswer Hold(
        string id, IReadOnlyList<Units> lines, string fingerprint, string attempt, DateTimeOffset expiresAt, string? from = null)
    {
        if (Current(id) is { } known)
        {
            if (known.Fingerprint != fingerprint)
                return new HoldAnswer(Verdict.OtherLines, null, []);
            return known.Status is ReservationStatus.Open or ReservationStatus.Committed
                ? new HoldAnswer(Verdict.Done, known.ExpiresAt, [])
                : new HoldAnswer(Verdict.Closed, null, []);
        }

        // Units that were set aside are held already: they change hands, and no level changes.
        var source = from is null || lines.Count == 0 ? null : OpenOne(from);
        long Offered(string sku) => from is null ? Level(sku)?.Available ?? 0 : source?.Held(sku) ?? 0;
        var missing = lines.Where(line => Offered(line.Sku) < line.Quantity)
            .Select(line => new MissingUnits(line.Sku, line.Quantity, Offered(line.Sku), Level(line.Sku) is not null))
            .ToList();
        if (missing.Count > 0)
            return new HoldAnswer(Verdict.OutOfStock, null, missing);

        if (source is not null)
            _reservations[source.Id] = source.With(lines, -1);
        foreach (var line in source is null ? lines : [])
            _levels[line.Sku] = Level(line.Sku)!.Hold(line.Quantity);
        _reservations[id] = new Reservation(id, ReservationStatus.Open, lines, fingerprint, attempt, expiresAt, source?.Id);
        return new HoldAnswer(Verdict.Done, expiresAt, []);
    }

    /// <summary>
    /// Undoes a hold as if it had never been, because the reservation failed on another partition. With an attempt,
    /// only the hold which that attempt made: an earlier one may have been promised to somebody.
    /// </summary>
    public void Withdraw(string id, string? attempt)
    {
        if (Current(id) is not { Status: ReservationStatus.Open } open || (attempt is not null && open.Attempt != attempt))
            return;
        Unhold(open);
        _reservations[id] = null;
    }

    /// <summary>Gives the units back. An unknown reservation is remembered as released, so that a late hold is refused.</summary>
    public Verdict Release(string id, string fingerprint)
    {
        var known = Current(id) ?? Tombstone(id, fingerprint, ReservationStatus.Released);
        if (known.Fingerprint != fingerprint)
            return Verdict.OtherLines;
        if (known.Status is ReservationStatus.Committed)
            return Verdict.Committed;
        if (known.Status is ReservationStatus.Open)
        {
            Unhold(known);
            _reservations[id] = known.Become(ReservationStatus.Released);
        }

        return Verdict.Done;
    }

    /// <summary>Sells the held units.</summary>
    public Verdict Commit(string id, string fingerprint)
    {
        if (Current(id) is not { } known)
            return Verdict.Unknown;
        if (known.Fingerprint != fingerprint)
            return Verdict.OtherLines;
        if (known.Status is ReservationStatus.Committed)
            return Verdict.Done;
        if (known.Status is not ReservationStatus.Open)
            return Verdict.Closed;
        foreach (var line in known.Lines)
            _levels[line.Sku] = Level(line.Sku)!.Sell(line.Quantity);
        _reservations[id] = known.Become(ReservationStatus.Committed);
        return Verdict.Done;
    }

    /// <summary>Undoes a commit, also one that is still on its way: afterwards nothing is held or sold, and neither can be.</summary>
    public Verdict Restock(string id, string fingerprint)
    {
        var known = Current(id) ?? Tombstone(id, fingerprint, ReservationStatus.Restocked);
        if (known.Fingerprint != fingerprint)
            return Verdict.OtherLines;
        if (known.Status is ReservationStatus.Open)
            Unhold(known);
        else if (known.Status is ReservationStatus.Committed)
            Return(known);
        else
            return Verdict.Done;

        _reservations[id] = known.Become(ReservationStatus.Restocked);
        return Verdict.Done;
    }

    /// <summary>Gives back the units of a reservation whose time is over; anything else stays as it is.</summary>
    public void Expire(string id) => Current(id);

    /// <summary>What the turn changed.</summary>
    public StockChanges Changes()
    {
        var levels = new List<StockLevel>(_levels.Count);
        var announced = new List<StockLevel>();
        foreach (var (sku, level) in _levels)
        {
            var was = before.Level(sku);
            if (was == level)
                continue;
            var next = was?.Available == level.Available ? level : level with { Version = level.Version + 1 };
            levels.Add(next);
            if (next.Version != level.Version)
                announced.Add(next);
        }

        var reservations = _reservations.Where(entry => entry.Value is not null || before.Reservation(entry.Key) is not null).ToList();
        return new StockChanges(levels, announced, reservations, [.. _receipts]);
    }

    /// <summary>The reservation as the turn has it, expired first if its time is over: the clock decides, not the reminder.</summary>
    private Reservation? Current(string id)
    {
        var known = _reservations.TryGetValue(id, out var drafted) ? drafted : before.Reservation(id);
        if (known is null || !known.IsDue(now))
            return known;
        Unhold(known);
        return _reservations[id] = known.Become(ReservationStatus.Expired);
    }

    private Reservation Tombstone(string id, string fingerprint, ReservationStatus status)
    {
        var tombstone = new Reservation(id, status, [], fingerprint, "", now);
        _reservations[id] = tombstone;
        return tombstone;
    }

    private void Unhold(Reservation open)
    {
        if (GiveBack(open))
            return;
        foreach (var line in open.Lines)
            _levels[line.Sku] = Level(line.Sku)!.Unhold(line.Quantity);
    }

    private void Return(Reservation sold)
    {
        var stayHeld = GiveBack(sold);
        foreach (var line in sold.Lines)
        {
            var level = Level(line.Sku)!.Return(line.Quantity);
            _levels[line.Sku] = stayHeld ? level.Hold(line.Quantity) : level;
        }
    }

    /// <summary>Units go back to where they were set aside, if that is open still.</summary>
    private bool GiveBack(Reservation taken)
    {
        if (taken.From is null || OpenOne(taken.From) is not { } source)
            return false;
        _reservations[source.Id] = source.With(taken.Lines, +1);
        return true;
    }

    private Reservation? OpenOne(string id) => Current(id) is { Status: ReservationStatus.Open } open ? open : null;
}

/// <summary>What a turn changed, to be stored as a whole.</summary>
/// <param name="Levels">Changed SKUs.</param>
/// <param name="Announced">Those of which the units for sale changed.</param>
/// <param name="Reservations">New values by id; null means withdrawn.</param>
/// <param name="Receipts">Goods receipts counted now.</param>
public sealed record StockChanges(
    IReadOnlyList<StockLevel> Levels,
    IReadOnlyList<StockLevel> Announced,
    IReadOnlyList<KeyValuePair<string, Reservation?>> Reservations,
    IReadOnlyList<(string Sku, string ReceiptId)> Receipts)
{
    /// <summary>Nothing to store.</summary>
    public bool IsEmpty => Levels.Count == 0 && Reservations.Count == 0 && Receipts.Count == 0;
}
