using NexusCart.Platform.Values;

namespace NexusCart.Orders.Domain;

/// <summary>
/// An order: what was agreed when it was placed, which never changes, how its checkout goes, and what becomes of it then. It is at once the record of
/// its idempotency key: customer, key and body hash are part of it. Immutable; each verb returns the changed order, or the
/// same one when there is nothing to change.
/// </summary>
public sealed partial record Order
{
    /// <summary>See <see cref="Domain.OrderId"/>.</summary>
    public required string OrderId { get; init; }

    /// <summary>Whose order it is.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The key it was placed with.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>The hash of the request it was placed with.</summary>
    public required string BodyHash { get; init; }

    /// <summary>The cart it came from.</summary>
    public required string CartId { get; init; }

    /// <summary>The flash-sale claim it buys; null for an order from a cart.</summary>
    public string? ClaimId { get; init; }

    /// <summary>The provider's token of the payment method; never a card number.</summary>
    public required string PaymentMethod { get; init; }

    /// <summary>Where the receipt goes.</summary>
    public required string Email { get; init; }

    /// <summary>Where the goods go.</summary>
    public required ShippingAddress ShippingAddress { get; init; }

    /// <summary>What is bought; 1 to 200 lines, one a SKU.</summary>
    public required IReadOnlyList<OrderLine> Lines { get; init; }

    /// <summary>How it is sent; null in orders older than shipping.</summary>
    public OrderShipping? Shipping { get; init; }

    /// <summary>The taxes by rate, the highest first.</summary>
    public IReadOnlyList<TaxTotal> Taxes { get; init; } = [];

    /// <summary>Whether the prices contain the taxes.</summary>
    public bool IsTaxIncluded { get; init; } = true;

    /// <summary>The promotions it uses; their amounts are in lines and shipping.</summary>
    public IReadOnlyList<OrderDiscount> Discounts { get; init; } = [];

    /// <summary>What is paid: the lines, the shipping, and the taxes where they come on top.</summary>
    public required MoneyAmount Total { get; init; }

    /// <summary>When it was placed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it changed last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public OrderStatus Status { get; init; } = OrderStatus.Starting;

    /// <summary>Why it was cancelled or parked, machine-readable.</summary>
    public string? Reason { get; init; }

    /// <summary>The same for people.</summary>
    public string? ReasonDetail { get; init; }

    /// <summary>What the customer must do; only while <see cref="OrderStatus.ActionRequired"/>.</summary>
    public PaymentAction? PaymentAction { get; init; }

    /// <summary>How it went so far, oldest first; one entry per step, outcome and subject.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <summary>What came after the checkout; null: nothing yet.</summary>
    public Aftercare? After { get; init; }

    /// <summary>Whether the checkout is over.</summary>
    public bool IsAtEnd => OrderTransitions.IsEnd(Status);

    /// <summary>The saga's first step runs.</summary>
    /// <param name="now">The time.</param>
    public Order Begin(DateTimeOffset now) => Move(OrderTrigger.Begin, now) ?? this;

    /// <summary>Steps of the saga, as they happen.</summary>
    /// <param name="entries">The steps.</param>
    /// <param name="now">The time.</param>
    public Order Report(IReadOnlyList<HistoryEntry> entries, DateTimeOffset now)
    {
        if (IsAtEnd)
            return this; // The end brought the whole history.
        var told = WithHistory(entries, now);
        return entries.Any(SettlesPayment) ? told.Move(OrderTrigger.Resume, now) ?? told : told;
    }

    /// <summary>The customer must act.</summary>
    /// <param name="action">What he needs for it.</param>
    /// <param name="entry">The step that wants it.</param>
    /// <param name="now">The time.</param>
    public Order RequireAction(PaymentAction action, HistoryEntry entry, DateTimeOffset now) =>
        Move(OrderTrigger.RequireAction, now) is { } moved
            ? (moved with { PaymentAction = action }).WithHistory([entry], now)
            : this;

    /// <summary>The checkout succeeded.</summary>
    /// <param name="history">The whole saga.</param>
    /// <param name="now">The time.</param>
    /// <param name="allocations">Which warehouse gives what; null or empty: inventory does not say.</param>
    public Order Complete(IReadOnlyList<HistoryEntry> history, DateTimeOffset now, IReadOnlyList<Allocation>? allocations = null)
    {
        if (Move(OrderTrigger.Complete, now)?.WithHistory(history, now) is not { } paid)
            return this;
        return allocations is { Count: > 0 } ? paid with { After = Care with { Allocations = allocations } } : paid;
    }

    /// <summary>The checkout failed and left nothing behind.</summary>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    /// <param name="history">The whole saga.</param>
    /// <param name="now">The time.</param>
    public Order Cancel(string reason, string detail, IReadOnlyList<HistoryEntry> history, DateTimeOffset now) =>
        End(OrderTrigger.Cancel, reason, detail, history, now);

    /// <summary>The checkout failed and left something behind.</summary>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    /// <param name="history">The whole saga.</param>
    /// <param name="now">The time.</param>
    public Order Park(string reason, string detail, IReadOnlyList<HistoryEntry> history, DateTimeOffset now) =>
        End(OrderTrigger.Park, reason, detail, history, now);

    /// <summary>The checkout was never begun and shall not be any more.</summary>
    /// <param name="reason">Machine-readable.</param>
    /// <param name="detail">For people.</param>
    /// <param name="now">The time.</param>
    public Order Abandon(string reason, string detail, DateTimeOffset now) =>
        End(OrderTrigger.Abandon, reason, detail, [], now);

    private static bool SettlesPayment(HistoryEntry entry) => entry is { Step: "authorise", Outcome: "succeeded" or "refused" };

    private Order End(OrderTrigger trigger, string reason, string detail, IReadOnlyList<HistoryEntry> history, DateTimeOffset now) =>
        Move(trigger, now) is { } moved
            ? (moved with { Reason = reason, ReasonDetail = detail }).WithHistory(history, now)
            : this;

    private Order? Move(OrderTrigger trigger, DateTimeOffset now) =>
        OrderTransitions.Next(Status, trigger, Progress) is { } next
            ? this with { Status = next, PaymentAction = null, UpdatedAt = now }
            : null;

    private Order WithHistory(IReadOnlyList<HistoryEntry> entries, DateTimeOffset now)
    {
        var fresh = entries.Where(entry => !History.Any(
            known => known.Step == entry.Step && known.Outcome == entry.Outcome && known.Subject == entry.Subject)).ToList();
        return fresh.Count == 0
            ? this
            : this with { History = [.. History.Concat(fresh).OrderBy(entry => entry.At)], UpdatedAt = now };
    }
}
