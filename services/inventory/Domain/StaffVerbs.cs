namespace NexusCart.Inventory.Domain;

/// <summary>What staff does to stock, each once by its id.</summary>
/// <param name="before">What was known.</param>
/// <param name="draft">The turn's figures.</param>
internal sealed class StaffVerbs(IStockView before, StockDraft draft)
{
    private const string Scrapped = "return_scrapped";
    private readonly Dictionary<(MovementKind Kind, string Id), StaffDocument> _documents = [];

    /// <summary>What was done in this turn.</summary>
    public IReadOnlyList<StaffDocument> Documents => [.. _documents.Values];

    /// <summary>Corrects the units on hand in one warehouse; held units cannot be taken away.</summary>
    /// <param name="cause">The adjustment's id, the reason code and who did it.</param>
    /// <param name="sku">The SKU.</param>
    /// <param name="warehouse">Where.</param>
    /// <param name="delta">Units found, or lost if negative.</param>
    public StaffAnswer Adjust(Cause cause, string sku, string warehouse, int delta)
    {
        var content = string.Create(null, $"{sku} {warehouse} {delta} {cause.Reason}");
        if (Repeated(cause, content) is { } repeated)
            return repeated;
        var free = draft.Level(sku)?.At(warehouse).Free ?? 0;
        if (free + delta < 0)
            return new StaffAnswer(Verdict.TooFew, free);
        draft.Move(sku, cause, warehouse, Math.Abs((long)delta), level => level.Adjust(warehouse, delta));
        return Done(cause, content, draft.Level(sku)!.At(warehouse).OnHand);
    }

    /// <summary>Carries free units from one warehouse to another.</summary>
    /// <param name="cause">The transfer's id and who did it.</param>
    /// <param name="line">What.</param>
    /// <param name="from">Which warehouse gives.</param>
    /// <param name="to">Which takes; another one.</param>
    public StaffAnswer Transfer(Cause cause, Units line, string from, string to)
    {
        var content = string.Create(null, $"{line.Sku} {from} {to} {line.Quantity}");
        if (Repeated(cause, content) is { } repeated)
            return repeated;
        var free = draft.Level(line.Sku)?.At(from).Free ?? 0;
        if (free < line.Quantity)
            return new StaffAnswer(Verdict.TooFew, free);
        draft.Move(line.Sku, cause, from, line.Quantity, level => level.Carry(from, -line.Quantity));
        draft.Move(line.Sku, cause, to, line.Quantity, level => level.Carry(to, line.Quantity).Verified());
        return Done(cause, content, draft.Level(line.Sku)!.At(from).OnHand);
    }

    /// <summary>
    /// Takes returned units in; those that are scrapped enter and leave the books at once. What an order may send back is for its
    /// owner to judge: the reservation it was sold by may be forgotten.
    /// </summary>
    /// <param name="returnId">The return's id.</param>
    /// <param name="orderId">The order they were sold with.</param>
    /// <param name="lines">The lines of this partition; none on the return's home partition if no SKU of it lives there.</param>
    /// <param name="content">Of all lines on all partitions.</param>
    /// <param name="callOff">Takes up to so many units of a SKU that the order still waits for out of the queue, and says how many; null when
    /// all of them come in.</param>
    public StaffAnswer TakeBack(
        string returnId, string orderId, IReadOnlyList<ReturnedUnits> lines, string content, Func<string, int, int>? callOff = null)
    {
        var cause = new Cause(MovementKind.Return, returnId, orderId);
        if (Repeated(cause, content) is { } repeated)
            return repeated;
        // What no warehouse has yet was asked for in the default one.
        foreach (var whole in lines.OrderBy(line => line.Warehouse != Warehouse.DefaultId))
        {
            var never = callOff?.Invoke(whole.Sku, whole.Quantity) ?? 0;
            if (never > 0)
                draft.Move(whole.Sku, cause, "", never, level => level.TakeBackPromised(never));
            var line = whole with { Quantity = whole.Quantity - never };
            if (line.Quantity == 0)
                continue;
            draft.Move(line.Sku, cause, line.Warehouse, line.Quantity, level => level.TakeBack(line.Warehouse, line.Quantity));
            if (line.Scrap)
            {
                draft.Move(line.Sku, new Cause(MovementKind.Adjustment, returnId, Scrapped), line.Warehouse, line.Quantity,
                    level => level.Adjust(line.Warehouse, -line.Quantity));
            }
        }

        return Done(cause, content, lines.Count);
    }

    /// <summary>Notes what a document says, on the partition that knows it whatever its lines are.</summary>
    public StaffAnswer Claim(MovementKind kind, string id, string content)
    {
        var cause = new Cause(kind, id);
        return Repeated(cause, content) ?? Done(cause, content, 0);
    }

    private StaffAnswer? Repeated(Cause cause, string content)
    {
        var known = _documents.TryGetValue((cause.Kind, cause.Id), out var drafted) ? drafted : before.Document(cause.Kind, cause.Id);
        if (known is null)
            return null;
        return known.Content == content
            ? new StaffAnswer(Verdict.Done, known.Units, Repeated: true)
            : new StaffAnswer(Verdict.OtherContent, 0);
    }

    private StaffAnswer Done(Cause cause, string content, long units)
    {
        _documents[(cause.Kind, cause.Id)] = new StaffDocument(cause.Kind, cause.Id, content, units);
        return new StaffAnswer(Verdict.Done, units);
    }
}
