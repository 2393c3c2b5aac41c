using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>How a step of a settlement ended.</summary>
public enum StepEnd
{
    /// <summary>There was nothing to do.</summary>
    NotNeeded,

    /// <summary>Done.</summary>
    Done,

    /// <summary>The other side refuses it; nothing was done.</summary>
    Refused,

    /// <summary>No answer in any attempt: it may have been done or not.</summary>
    Unknown,
}

/// <summary>How a settlement ended.</summary>
/// <param name="Money">The refund.</param>
/// <param name="Stock">The units' way back.</param>
/// <param name="Detail">For people, where something was not done.</param>
public sealed record SettlementEnd(StepEnd Money, StepEnd Stock, string Detail = "")
{
    /// <summary>Whether nothing is left to do.</summary>
    public bool IsDone => Money is StepEnd.Done or StepEnd.NotNeeded && Stock is StepEnd.Done or StepEnd.NotNeeded;
}

/// <summary>Where an order's money is, and how it goes back.</summary>
public sealed partial record Order
{
    /// <summary>Where its money is.</summary>
    public PaymentState PaymentState
    {
        get
        {
            if (!OrderTransitions.IsSold(Status) && Refunded.MinorUnits == 0)
                return PaymentState.Unpaid;
            return Refunded.MinorUnits == 0 ? PaymentState.Paid
                : Refunded < Total ? PaymentState.PartiallyRefunded
                : PaymentState.Refunded;
        }
    }

    /// <summary>What was given back for certain.</summary>
    public MoneyAmount Refunded => SumOf(refund => refund.Status is SettlementStatus.Done);

    /// <summary>What is on its way back.</summary>
    public MoneyAmount Refunding => SumOf(refund => refund.Status is SettlementStatus.Requested);

    /// <summary>What could still be given back.</summary>
    public MoneyAmount Refundable => Total - Refunded - Refunding;

    private IReadOnlyList<Refund> Counting => [.. Care.Refunds.Where(refund => refund.Status is not SettlementStatus.Failed)];

    /// <summary>Gives money back by lines: their share of what was paid.</summary>
    /// <param name="key">What the request is known by.</param>
    /// <param name="lines">The units, one line a SKU; may be empty when the shipping is given back.</param>
    /// <param name="shipping">Whether what the shipping cost is given back, too.</param>
    /// <param name="reason">For people.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="now">The time.</param>
    public OrderChange RefundLines(RequestKey key, IReadOnlyList<Units> lines, bool shipping, string reason, Performer by, DateTimeOffset now)
    {
        if (RefundObstacle(key) is { } obstacle)
            return obstacle;
        foreach (var line in lines)
        {
            var left = Ordered(line.Sku) - RefundedUnits(line.Sku);
            if (line.Quantity > left)
                return Denied("exceeds_refundable_quantity", $"lines: {line.Quantity} of {line.Sku} wanted, {left} not refunded yet.");
        }

        if (shipping && Counting.Any(refund => refund.Share.Shipping.MinorUnits > 0))
            return Denied("shipping_refunded", "shipping: it was given back before.");
        var share = ShareOf(lines, shipping);
        return share.Amount.MinorUnits == 0 || share.Amount > Refundable
            ? Exceeds(share.Amount)
            : new(Asked(share, key, null, reason, by, now));
    }

    /// <summary>Gives an amount back.</summary>
    /// <param name="key">What the request is known by.</param>
    /// <param name="amount">1 minor unit or more, in the order's currency.</param>
    /// <param name="reason">For people.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="now">The time.</param>
    public OrderChange RefundAmount(RequestKey key, MoneyAmount amount, string reason, Performer by, DateTimeOffset now)
    {
        if (RefundObstacle(key) is { } obstacle)
            return obstacle;
        if (amount.Currency != Total.Currency)
            return Denied("currency_differs", $"amount.currency: the order was paid in {Total.Currency}.");
        return amount > Refundable ? Exceeds(amount) : new(Asked(ShareOf(amount), key, null, reason, by, now));
    }

    /// <summary>A refund that stands for itself came to an end; others end with their cancellation or return.</summary>
    /// <param name="refundId">The refund.</param>
    /// <param name="end">How.</param>
    /// <param name="detail">For people.</param>
    /// <param name="now">The time.</param>
    public Order EndRefund(string refundId, StepEnd end, string detail, DateTimeOffset now)
    {
        if (Care.Refunds.FirstOrDefault(refund => refund.Id == refundId) is not { Status: SettlementStatus.Requested, Origin: null } known
            || (end is StepEnd.Unknown && HasOpenTask(TaskKinds.Refund, refundId)))
        {
            return this;
        }

        var ended = Settled(known, end, now);
        return end is StepEnd.Done or StepEnd.NotNeeded ? ended.Closed(TaskKinds.Refund, refundId) : ended.Opened(TaskKinds.Refund, refundId, detail, now);
    }

    /// <summary>The units' share of what was paid, without what was given back before.</summary>
    /// <param name="lines">The units.</param>
    /// <param name="shipping">Whether the shipping belongs to it.</param>
    public RefundShare ShareOf(IReadOnlyList<Units> lines, bool shipping)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var paid = RefundShares.LinesOf(this);
        var parts = new List<RefundLine>(lines.Count);
        foreach (var line in lines)
        {
            var index = IndexOf(line.Sku);
            var share = RefundShares.OfUnits(paid[index], Lines[index].Quantity, RefundedUnits(line.Sku), line.Quantity);
            parts.Add(new RefundLine(line.Sku, line.Quantity, Total with { MinorUnits = share }));
        }

        var carriage = shipping ? RefundShares.ShippingOf(this) : MoneyAmount.Zero(Total.Currency);
        var amount = MoneyAmount.Sum(parts.Select(part => part.Amount), Total.Currency) + carriage;
        return new RefundShare(amount, parts, carriage, TaxesIn(amount));
    }

    private OrderChange? RefundObstacle(RequestKey key)
    {
        if (Care.Refunds.FirstOrDefault(refund => refund.Key?.Id == key.Id) is { } known)
            return Repeated(known.Key!, key);
        if (!OrderTransitions.IsSold(Status) || Status is OrderStatus.Cancelling)
            return Denied("not_refundable", $"order_id: nothing is given back of an order that is {Status}.");
        return Care.Refunds.Count >= MaxParts ? Denied("too_many_refunds", $"order_id: an order has {MaxParts} refunds at most.") : null;
    }

    private OrderChange Exceeds(MoneyAmount wanted) =>
        Denied("exceeds_refundable_amount", $"amount: {wanted} wanted, {Refundable} can still be given back.");

    private RefundShare ShareOf(MoneyAmount amount) => new(amount, [], MoneyAmount.Zero(Total.Currency), TaxesIn(amount));

    private IReadOnlyList<TaxTotal> TaxesIn(MoneyAmount amount) =>
        amount > Refundable ? [] : RefundShares.TaxesOf(this, Counting, amount);

    private int IndexOf(string sku)
    {
        for (var i = 0; i < Lines.Count; i++)
        {
            if (Lines[i].Sku == sku)
                return i;
        }

        throw new ArgumentException($"The order has no line of {sku}.", nameof(sku));
    }

    private int RefundedUnits(string sku) => Counting.SelectMany(refund => refund.Share.Lines).Where(line => line.Sku == sku).Sum(line => line.Quantity);

    private MoneyAmount SumOf(Func<Refund, bool> counts) =>
        MoneyAmount.Sum(Care.Refunds.Where(counts).Select(refund => refund.Share.Amount), Total.Currency);

    private Order Asked(RefundShare share, RequestKey? key, string? origin, string reason, Performer by, DateTimeOffset now)
    {
        var refund = new Refund($"f{Care.Refunds.Count + 1}", key, origin, share, reason, SettlementStatus.Requested, now);
        return (this with { After = Care with { Refunds = [.. Care.Refunds, refund] } })
            .Noted("refund", "started", share.Amount.ToString(), by, refund.Id, now);
    }

    private Order Settled(Refund refund, StepEnd end, DateTimeOffset now) => end switch
    {
        StepEnd.Done or StepEnd.NotNeeded => With(refund with { Status = SettlementStatus.Done })
            .Noted("refund", "succeeded", refund.Share.Amount.ToString(), Performer.Shop, refund.Id, now),
        StepEnd.Refused => With(refund with { Status = SettlementStatus.Failed }).Noted("refund", "refused", null, Performer.Shop, refund.Id, now, again: true),
        // Whether the money is back is not known: its amount stays spoken for.
        _ => Noted("refund", "failed", null, Performer.Shop, refund.Id, now, again: true),
    };

    // Asked for once more: under a new id at the provider where the last one was refused, under the same where its end is unknown.
    private Order Again(Refund refund) => With(refund with
    {
        Status = SettlementStatus.Requested,
        Attempt = refund.Attempt + 1,
        Generation = refund.Generation + (refund.Status is SettlementStatus.Failed ? 1 : 0),
    });

    private Order With(Refund changed) => this with
    {
        After = Care with { Refunds = [.. Care.Refunds.Select(refund => refund.Id == changed.Id ? changed : refund)] },
    };
}
