namespace NexusCart.Inventory.Domain;

/// <summary>
/// One turn of a stock partition: verbs change a draft over what was known before, so that a turn is stored as a whole
/// or not at all. Every verb is idempotent, in any order: what was called off before it arrived is remembered.
/// </summary>
public sealed class StockTurn
{
    private const string Expired = "expired";
    private const string Withdrawn = "withdrawn";
    private readonly IStockView _before;
    private readonly DateTimeOffset _now;
    private readonly StockRules _rules;
    private readonly StockDraft _draft;
    private readonly StaffVerbs _staff;
    private readonly BackorderFilling _filling;
    private readonly Dictionary<string, Reservation?> _reservations = new(StringComparer.Ordinal);
    private readonly HashSet<(string Sku, string ReceiptId)> _receipts = [];

    /// <param name="before">What was known.</param>
    /// <param name="now">The turn's time.</param>
    /// <param name="rules">What holds for the whole shop; the defaults when null.</param>
    public StockTurn(IStockView before, DateTimeOffset now, StockRules? rules = null)
    {
        _before = before;
        _now = now;
        _rules = rules ?? StockRules.Default;
        _draft = new StockDraft(before, now);
        _staff = new StaffVerbs(before, _draft);
        _filling = new BackorderFilling(_draft, Known, reservation => _reservations[reservation.Id] = reservation, _rules, now);
    }

    /// <summary>The level of a SKU as the turn has it.</summary>
    public StockLevel? Level(string sku) => _draft.Level(sku);

    /// <summary>The lines of a reservation as the turn has it; none when it holds and sold nothing.</summary>
    public IReadOnlyList<HeldLine> Lines(string id) => Known(id)?.Lines ?? [];

    /// <summary>Adds goods; false when this receipt was counted for this SKU before.</summary>
    public bool Receive(string receiptId, Units line, string warehouse = Warehouse.DefaultId)
    {
        if (_before.HasReceipt(line.Sku, receiptId) || !_receipts.Add((line.Sku, receiptId)))
            return false;
        _draft.Move(line.Sku, new Cause(MovementKind.Receipt, receiptId), warehouse, line.Quantity, level =>
            level.Receive(warehouse, line.Quantity) with { Receipts = level.Receipts + 1 });
        return true;
    }

    /// <summary>Holds all lines or none.</summary>
    /// <param name="id">The order id.</param>
    /// <param name="lines">The lines of this partition, one a SKU.</param>
    /// <param name="fingerprint">Of all lines on all partitions.</param>
    /// <param name="attempt">Names this call, see <see cref="Withdraw"/>.</param>
    /// <param name="expiresAt">Until when.</param>
    /// <param name="plan">Which warehouses give; the default one when null.</param>
    /// <param name="from">The open reservation that the units are taken out of; null for free stock.</param>
    public HoldAnswer Hold(
        string id, IReadOnlyList<Units> lines, string fingerprint, string attempt, DateTimeOffset expiresAt, AllocationPlan? plan = null,
        string? from = null)
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
        plan ??= AllocationPlan.Default;
        var shares = lines.Select(line => from is null ? Divide(line, plan) : Take(line, source)).ToList();
        var missing = lines.Zip(shares).Where(pair => pair.Second.Parts is null)
            .Select(pair => new MissingUnits(pair.First.Sku, pair.First.Quantity, pair.Second.Available, Level(pair.First.Sku) is not null))
            .ToList();
        if (missing.Count > 0)
            return new HoldAnswer(Verdict.OutOfStock, null, missing);

        List<HeldLine> held = source is null
            ? [.. lines.Zip(shares).Select(pair => HoldShare(id, pair.First, pair.Second))]
            : [.. lines.Zip(shares).Select(pair => new HeldLine(pair.First.Sku, pair.First.Quantity, pair.Second.Parts))];
        if (source is not null)
            _reservations[source.Id] = source.Without(held);
        _reservations[id] = new Reservation(id, ReservationStatus.Open, held, fingerprint, attempt, expiresAt, source?.Id);
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
        Unhold(open, Withdrawn);
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
            Unhold(known, null);
            _reservations[id] = known.Become(ReservationStatus.Released);
        }

        return Verdict.Done;
    }

    /// <summary>Sells the held units, and those that are still to come.</summary>
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
        var cause = new Cause(MovementKind.Sale, id);
        foreach (var line in known.Lines)
        {
            foreach (var (warehouse, quantity) in line.Allocations)
                _draft.Move(line.Sku, cause, warehouse, quantity, level => level.Sell(warehouse, quantity));
            if (line.Waiting is not { } waiting)
                continue;
            _draft.Move(line.Sku, cause, "", waiting.Units, level => level.SellPromised(waiting.Units));
            _draft.SetBackorder(line.Sku, waiting.Number, _draft.Backorder(line.Sku, waiting.Number)! with { Sold = true });
        }

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
            Unhold(known, null);
        else if (known.Status is ReservationStatus.Committed)
            Unsell(known);
        else
            return Verdict.Done;

        _reservations[id] = known.Become(ReservationStatus.Restocked);
        return Verdict.Done;
    }

    /// <summary>Gives back the units of a reservation whose time is over; anything else stays as it is.</summary>
    public void Expire(string id) => Current(id);

    /// <inheritdoc cref="StaffVerbs.Adjust"/>
    public StaffAnswer Adjust(Cause cause, string sku, string warehouse, int delta) => _staff.Adjust(cause, sku, warehouse, delta);

    /// <inheritdoc cref="StaffVerbs.Transfer"/>
    public StaffAnswer Transfer(Cause cause, Units line, string from, string to) => _staff.Transfer(cause, line, from, to);

    /// <summary>Takes returned units in, see <see cref="StaffVerbs.TakeBack"/>; of those that were never sent, what the order waits for is called off.</summary>
    public StaffAnswer TakeBack(string returnId, string orderId, IReadOnlyList<ReturnedUnits> lines, string content, bool isUnsent = false) =>
        _staff.TakeBack(returnId, orderId, lines, content, isUnsent ? (sku, most) => CallOff(orderId, sku, most) : null);

    /// <inheritdoc cref="StaffVerbs.Claim"/>
    public StaffAnswer Claim(MovementKind kind, string id, string content) => _staff.Claim(kind, id, content);

    /// <summary>Says how a SKU is sold from now on; units that wait already go on waiting.</summary>
    public void SetPolicy(string sku, StockPolicy policy) => _draft.Set((Level(sku) ?? StockLevel.Empty(sku)) with { Policy = policy });

    /// <summary>Whether units of a SKU are free while orders wait for them; the turn should then <see cref="Fill"/> it.</summary>
    public bool WantsFilling(string sku) => _filling.IsWanted(sku);

    /// <summary>Gives free units to the orders that have waited longest, as far as the queue is known.</summary>
    public void Fill(string sku) => _filling.Fill(sku);

    /// <summary>What the turn changed.</summary>
    public StockChanges Changes()
    {
        var levels = new List<StockLevel>();
        var announced = new List<StockLevel>();
        var low = new List<StockLevel>();
        foreach (var level in _draft.Levels)
        {
            var was = _before.Level(level.Sku);
            if (was == level)
                continue;
            var next = IsForSaleAlike(was, level) ? level : level with { Version = level.Version + 1 };
            next = next with { Low = IsLow(next) };
            levels.Add(next);
            if (next.Version != level.Version)
                announced.Add(next);
            if (next.Low && !(was ?? StockLevel.Empty(level.Sku)).Low)
                low.Add(next);
        }

        var reservations = _reservations.Where(entry => entry.Value is not null || _before.Reservation(entry.Key) is not null).ToList();
        return new StockChanges(
            levels, announced, low, reservations, [.. _receipts], _staff.Documents, _draft.Movements, _draft.Backorders, _filling.Filled);
    }

    /// <summary>The units of a line by warehouse, and how many are to be backordered; no parts when it cannot be held.</summary>
    private Share Divide(Units line, AllocationPlan plan)
    {
        if (Level(line.Sku) is not { } level)
            return new Share(null, 0, 0);
        // Orders that wait have a claim to what is free.
        var unclaimed = plan.Warehouses.Sum(warehouse => level.At(warehouse).Free) - level.Backordered;
        var available = Math.Clamp(plan.Deliverable(level.AllShelves), 0, Math.Max(0, unclaimed));
        if (available >= line.Quantity)
            return new Share(plan.Allocate(level.AllShelves, line.Quantity), 0, available);

        var now = plan.Split ? (int)available : 0;
        var later = line.Quantity - now;
        return later <= level.Rules.Room(level.Backordered)
            ? new Share(now > 0 ? plan.Allocate(level.AllShelves, now) : [], later, available)
            : new Share(null, 0, available);
    }

    /// <summary>The units of a line that a reservation gives to another.</summary>
    private static Share Take(Units line, Reservation? source)
    {
        var available = source?.Held(line.Sku) ?? 0;
        return available >= line.Quantity
            ? new Share(source!.Lines.First(held => held.Sku == line.Sku).Part(line.Quantity).From, 0, available)
            : new Share(null, 0, available);
    }

    private HeldLine HoldShare(string id, Units line, Share share)
    {
        var cause = new Cause(MovementKind.Reservation, id);
        foreach (var (warehouse, quantity) in share.Parts!)
            _draft.Move(line.Sku, cause, warehouse, quantity, level => level.Hold(warehouse, quantity));
        if (share.Later == 0)
            return new HeldLine(line.Sku, line.Quantity, share.Parts);

        var number = Level(line.Sku)!.QueueNext;
        _draft.Move(line.Sku, cause, "", share.Later, level => level.Promise(share.Later) with { QueueNext = number + 1 });
        _draft.SetBackorder(line.Sku, number, new Backorder(number, id, share.Later, Sold: false, []));
        return new HeldLine(line.Sku, line.Quantity, share.Parts, new WaitingUnits(number, share.Later));
    }

    private Reservation? Known(string id) => _reservations.TryGetValue(id, out var drafted) ? drafted : _before.Reservation(id);

    /// <summary>The reservation as the turn has it, expired first if its time is over: the clock decides, not the reminder.</summary>
    private Reservation? Current(string id)
    {
        var known = Known(id);
        if (known is null || !known.IsDue(_now))
            return known;
        Unhold(known, Expired);
        return _reservations[id] = known.Become(ReservationStatus.Expired);
    }

    private Reservation Tombstone(string id, string fingerprint, ReservationStatus status)
    {
        var tombstone = new Reservation(id, status, [], fingerprint, "", _now);
        _reservations[id] = tombstone;
        return tombstone;
    }

    private void Unhold(Reservation open, string? reason)
    {
        if (GiveBack(open))
            return;
        var cause = new Cause(MovementKind.Release, open.Id, reason);
        foreach (var line in open.Lines)
        {
            foreach (var (warehouse, quantity) in line.Allocations)
                _draft.Move(line.Sku, cause, warehouse, quantity, level => level.Unhold(warehouse, quantity));
            if (line.Waiting is { } waiting)
                Unqueue(line.Sku, waiting, cause, level => level.Unpromise(waiting.Units));
        }
    }

    private void Unsell(Reservation committed)
    {
        var cause = new Cause(MovementKind.Restock, committed.Id);
        var stayHeld = GiveBack(committed);
        foreach (var line in committed.Lines)
        {
            foreach (var (warehouse, quantity) in line.Allocations)
            {
                _draft.Move(line.Sku, cause, warehouse, quantity, level =>
                    stayHeld ? level.Restock(warehouse, quantity).Hold(warehouse, quantity) : level.Restock(warehouse, quantity));
            }

            if (line.Waiting is { } waiting)
                Unqueue(line.Sku, waiting, cause, level => level.RestockPromised(waiting.Units));
        }
    }

    /// <summary>Units go back to where they were set aside, if that is open still.</summary>
    private bool GiveBack(Reservation taken)
    {
        if (taken.From is null || OpenOne(taken.From) is not { } source)
            return false;
        _reservations[source.Id] = source.With(taken.Lines);
        return true;
    }

    private Reservation? OpenOne(string id) => Current(id) is { Status: ReservationStatus.Open } open ? open : null;

    private void Unqueue(string sku, WaitingUnits waiting, Cause cause, Func<StockLevel, StockLevel> verb)
    {
        _draft.Move(sku, cause, "", waiting.Units, verb);
        _draft.SetBackorder(sku, waiting.Number, null);
    }

    /// <summary>An order waits for sold units no more. Its reservation may be forgotten; the queue is not.</summary>
    /// <returns>How many units that were, up to the wanted number.</returns>
    private int CallOff(string id, string sku, int most)
    {
        if (_draft.Queue(sku).FirstOrDefault(waiting => waiting.ReservationId == id && waiting.Sold) is not { } waiting)
            return 0;
        var units = Math.Min(waiting.Units, most);
        var left = waiting.Units - units;
        _draft.SetBackorder(sku, waiting.Number, left > 0 ? waiting with { Units = left } : null);
        if (Known(id) is { Status: ReservationStatus.Committed } sold)
            _reservations[id] = sold with { Lines = [.. sold.Lines.Select(line => line.Sku == sku && line.Waiting?.Number == waiting.Number ? line.CallOff(units) : line)] };
        return units;
    }

    private bool IsLow(StockLevel level) =>
        level.AvailableOutside(_rules.Closed) <= (level.Rules.LowStockThreshold ?? _rules.LowStockThreshold);

    private static bool IsForSaleAlike(StockLevel? was, StockLevel level) =>
        was is not null && was.Backordered == level.Backordered && was.Rules == level.Rules
        && was.AllShelves.Count == level.AllShelves.Count
        && was.AllShelves.Zip(level.AllShelves).All(pair => pair.First.Warehouse == pair.Second.Warehouse && pair.First.Free == pair.Second.Free);

    /// <param name="Parts">What warehouses give; null when the line cannot be held.</param>
    /// <param name="Later">Units to be backordered.</param>
    /// <param name="Available">Units that could be held without backordering.</param>
    private sealed record Share(IReadOnlyList<Allocation>? Parts, int Later, long Available);
}
