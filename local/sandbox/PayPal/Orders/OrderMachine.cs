namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>What an event is about.</summary>
public enum ResourceKind
{
    /// <summary>The order itself.</summary>
    Order,

    /// <summary>One of its holds.</summary>
    Authorization,

    /// <summary>One of its captures.</summary>
    Capture,

    /// <summary>One of its refunds.</summary>
    Refund,
}

/// <summary>Something that happened.</summary>
/// <param name="Type">Such as <c>PAYMENT.CAPTURE.COMPLETED</c>.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Id">That object's id.</param>
public sealed record OrderEvent(string Type, ResourceKind Kind, string Id);

/// <summary>What an operation did to an order.</summary>
/// <param name="Order">The version after it; unchanged when it was refused without effect.</param>
/// <param name="Events">What it causes, in order.</param>
/// <param name="ObjectId">The hold, capture or refund it made or changed.</param>
public sealed record OrderChange(PayPalOrder Order, IReadOnlyList<OrderEvent> Events, string? ObjectId = null)
{
    /// <summary>Why it was refused.</summary>
    public PayPalError? Error { get; init; }

    /// <summary>A refusal without effect.</summary>
    public static OrderChange Refused(PayPalOrder order, string issue, string? field = null) =>
        new(order, []) { Error = PayPalError.Unprocessable(issue, field) };
}

/// <summary>What the operations need to know of the world.</summary>
/// <param name="Now">PayPal's time.</param>
/// <param name="SettlesAfter">How long reviews, e-checks and pending refunds take.</param>
/// <param name="InvoiceUsed">True when another order with the same invoice number was paid.</param>
public sealed record OrderContext(DateTimeOffset Now, TimeSpan SettlesAfter, bool InvoiceUsed = false);

/// <summary>PayPal's rules of an order up to the first movement of money: pure functions from one version to the next.</summary>
public static class OrderMachine
{
    /// <summary>How long a hold stands.</summary>
    public static readonly TimeSpan AuthorizationLifetime = TimeSpan.FromDays(29);

    /// <summary>How long PayPal vouches for a hold; after that it can be renewed.</summary>
    public static readonly TimeSpan HonorPeriod = TimeSpan.FromDays(3);

    /// <summary>How often an instrument may be declined.</summary>
    public const int MaximumAttempts = 10;

    /// <summary>The buyer approves, perhaps again after a decline.</summary>
    public static OrderChange Approve(PayPalOrder order, string buyer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Status is OrderStatus.Completed or OrderStatus.Voided)
            return OrderChange.Refused(order, "ORDER_COMPLETED_OR_VOIDED");
        var approved = order with { Status = OrderStatus.Approved, Buyer = buyer, Updated = now };
        return new(approved, [new("CHECKOUT.ORDER.APPROVED", ResourceKind.Order, order.Id)]);
    }

    /// <summary>Holds the order's amount.</summary>
    public static OrderChange Authorize(PayPalOrder order, OrderContext context)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(context);
        if (NotReady(order, authorizes: true, "ORDER_ALREADY_AUTHORIZED", context) is { } refused)
            return refused;
        var buyer = Buyers.Of(order);
        var held = new Authorization(
            PayPalNames.NewId(), order.Unit.Amount, buyer.ReviewEndsAs is null ? AuthorizationStatus.Created : AuthorizationStatus.Pending,
            context.Now, context.Now + AuthorizationLifetime)
        {
            SettlesAt = buyer.ReviewEndsAs is null ? null : context.Now + context.SettlesAfter,
        };
        var authorized = order.With(held) with { Status = OrderStatus.Completed, Updated = context.Now };
        return new(authorized, [new("PAYMENT.AUTHORIZATION.CREATED", ResourceKind.Authorization, held.Id)], held.Id);
    }

    /// <summary>Takes the order's amount at once.</summary>
    public static OrderChange Capture(PayPalOrder order, OrderContext context)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(context);
        if (NotReady(order, authorizes: false, "ORDER_ALREADY_CAPTURED", context) is { } refused)
            return refused;
        if (Buyers.Of(order).CaptureRefusal is { } issue)
            return Declined(order, issue, mayChooseAgain: false, context.Now);
        var taken = PaymentMachine.Taken(order, null, order.Unit.Amount, final: true, order.Unit.InvoiceId, context);
        var captured = order.With(taken) with { Status = OrderStatus.Completed, Updated = context.Now };
        return new(captured, [PaymentMachine.Told(taken), new("CHECKOUT.ORDER.COMPLETED", ResourceKind.Order, order.Id)], taken.Id);
    }

    private static OrderChange? NotReady(PayPalOrder order, bool authorizes, string already, OrderContext context)
    {
        if (order.Authorizes != authorizes)
            return OrderChange.Refused(order, "ACTION_DOES_NOT_MATCH_INTENT", "/intent");
        if (order.Status == OrderStatus.Completed)
            return OrderChange.Refused(order, already);
        if (order.Status == OrderStatus.Voided)
            return OrderChange.Refused(order, "ORDER_COMPLETED_OR_VOIDED");
        if (order.Status != OrderStatus.Approved)
            return OrderChange.Refused(order, "ORDER_NOT_APPROVED");
        if (order.DeclinedAttempts >= MaximumAttempts)
            return OrderChange.Refused(order, "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED");
        if (context.InvoiceUsed)
            return OrderChange.Refused(order, "DUPLICATE_INVOICE_ID", "/purchase_units/0/invoice_id");
        var buyer = Buyers.Of(order);
        return buyer.Refusal is { } issue ? Declined(order, issue, buyer.MayChooseAgain, context.Now) : null;
    }

    private static OrderChange Declined(PayPalOrder order, string issue, bool mayChooseAgain, DateTimeOffset now)
    {
        var error = PayPalError.Unprocessable(issue);
        return new(order with { DeclinedAttempts = order.DeclinedAttempts + 1, Updated = now }, [])
        {
            Error = mayChooseAgain ? error with { RedirectPayer = order.Id } : error,
        };
    }
}
