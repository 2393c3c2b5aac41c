namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>
/// All that PayPal knows about one order: what is bought, who approved it, and the money that moved for it. Immutable: each
/// change makes a new version.
/// </summary>
public sealed record PayPalOrder
{
    /// <summary>PayPal's id: 17 upper-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>True for <c>AUTHORIZE</c>, false for <c>CAPTURE</c>.</summary>
    public required bool Authorizes { get; init; }

    /// <summary>Where it stands.</summary>
    public OrderStatus Status { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset Updated { get; init; }

    /// <summary>What is bought. PayPal takes up to ten units, the sandbox one.</summary>
    public required PurchaseUnit Unit { get; init; }

    /// <summary>True when the request named the wallet: the approval link is then called <c>payer-action</c>.</summary>
    public bool NamesWallet { get; init; }

    /// <summary>Where the browser goes after the approval.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Where the browser goes when the buyer turns back.</summary>
    public string? CancelUrl { get; init; }

    /// <summary>Who approved it, a name of <see cref="Buyers"/>.</summary>
    public string? Buyer { get; init; }

    /// <summary>How often the buyer's instrument was declined.</summary>
    public int DeclinedAttempts { get; init; }

    /// <summary>Holds, the latest last.</summary>
    public IReadOnlyList<Authorization> Authorizations { get; init; } = [];

    /// <summary>Money taken, the latest last.</summary>
    public IReadOnlyList<Capture> Captures { get; init; } = [];

    /// <summary>Money given back, the latest last.</summary>
    public IReadOnlyList<PayPalRefund> Refunds { get; init; } = [];

    /// <summary>Minor units captured of a hold; refused captures not counted.</summary>
    public long CapturedOf(string authorizationId) =>
        Captures.Where(capture => capture.AuthorizationId == authorizationId && capture.Status.MovesMoney()).Sum(capture => capture.Amount.MinorUnits);

    /// <summary>Minor units given back of a capture; failed refunds not counted.</summary>
    public long RefundedOf(string captureId) =>
        Refunds.Where(refund => refund.CaptureId == captureId && refund.Status.MovesMoney()).Sum(refund => refund.Amount.MinorUnits);

    /// <summary>The order with one hold replaced.</summary>
    public PayPalOrder With(Authorization authorization) => this with { Authorizations = Replace(Authorizations, authorization, held => held.Id == authorization.Id) };

    /// <summary>The order with one capture replaced.</summary>
    public PayPalOrder With(Capture capture) => this with { Captures = Replace(Captures, capture, taken => taken.Id == capture.Id) };

    /// <summary>The order with one refund replaced.</summary>
    public PayPalOrder With(PayPalRefund refund) => this with { Refunds = Replace(Refunds, refund, given => given.Id == refund.Id) };

    private static T[] Replace<T>(IReadOnlyList<T> all, T item, Func<T, bool> same) =>
        all.Any(same) ? [.. all.Select(each => same(each) ? item : each)] : [.. all, item];
}

/// <summary>What is bought.</summary>
/// <param name="ReferenceId">The caller's name of the unit.</param>
/// <param name="Amount">What it costs.</param>
public sealed record PurchaseUnit(string ReferenceId, PayPalMoney Amount)
{
    /// <summary>The caller's id: shown on every object of the order and in webhooks.</summary>
    public string? CustomId { get; init; }

    /// <summary>The caller's invoice number: paid at most once.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The breakdown as given, JSON.</summary>
    public string? Breakdown { get; init; }

    /// <summary>The items as given, JSON.</summary>
    public string? Items { get; init; }
}

/// <summary>Where an order stands.</summary>
public enum OrderStatus
{
    /// <summary>Waits for the buyer's approval.</summary>
    Created,

    /// <summary>Waits for the buyer's approval, by the wallet the request named.</summary>
    PayerActionRequired,

    /// <summary>Approved, to be authorised or captured.</summary>
    Approved,

    /// <summary>Authorised or captured.</summary>
    Completed,

    /// <summary>All its holds were given up.</summary>
    Voided,
}

/// <summary>Where a hold stands.</summary>
public enum AuthorizationStatus
{
    /// <summary>Stands.</summary>
    Created,

    /// <summary>Under review.</summary>
    Pending,

    /// <summary>Refused after a review.</summary>
    Denied,

    /// <summary>Some of it was captured.</summary>
    PartiallyCaptured,

    /// <summary>Captured, or closed by a final capture.</summary>
    Captured,

    /// <summary>Given up.</summary>
    Voided,
}

/// <summary>Where a capture stands.</summary>
public enum CaptureStatus
{
    /// <summary>The money is there.</summary>
    Completed,

    /// <summary>The money is on its way: an e-check, a review.</summary>
    Pending,

    /// <summary>It did not come.</summary>
    Declined,

    /// <summary>Some of it was given back.</summary>
    PartiallyRefunded,

    /// <summary>All of it was given back.</summary>
    Refunded,
}

/// <summary>Where a refund stands.</summary>
public enum PayPalRefundStatus
{
    /// <summary>Given back.</summary>
    Completed,

    /// <summary>On its way.</summary>
    Pending,

    /// <summary>It came back.</summary>
    Failed,
}

/// <summary>A hold.</summary>
/// <param name="Id">PayPal's id.</param>
/// <param name="Amount">What is held.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Created">When it was placed.</param>
/// <param name="Expires">When it lapses: 29 days after the first authorisation.</param>
public sealed record Authorization(string Id, PayPalMoney Amount, AuthorizationStatus Status, DateTimeOffset Created, DateTimeOffset Expires)
{
    /// <summary>When it last changed.</summary>
    public DateTimeOffset Updated { get; init; } = Created;

    /// <summary>The hold this one renews.</summary>
    public string? Renews { get; init; }

    /// <summary>When a review ends.</summary>
    public DateTimeOffset? SettlesAt { get; init; }
}

/// <summary>Money taken.</summary>
/// <param name="Id">PayPal's id.</param>
/// <param name="AuthorizationId">The hold it was taken of; null when the order was captured at once.</param>
/// <param name="Amount">What was taken.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Final">True when it closed the hold.</param>
/// <param name="Created">When it was taken.</param>
public sealed record Capture(string Id, string? AuthorizationId, PayPalMoney Amount, CaptureStatus Status, bool Final, DateTimeOffset Created)
{
    /// <summary>When it last changed.</summary>
    public DateTimeOffset Updated { get; init; } = Created;

    /// <summary>Why it is pending: <c>ECHECK</c>, <c>PENDING_REVIEW</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The invoice number; the unit's unless the capture named another.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>When a pending one ends.</summary>
    public DateTimeOffset? SettlesAt { get; init; }
}

/// <summary>Money given back.</summary>
/// <param name="Id">PayPal's id.</param>
/// <param name="CaptureId">The capture it was given back of.</param>
/// <param name="Amount">What was given back.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Created">When it was asked for.</param>
public sealed record PayPalRefund(string Id, string CaptureId, PayPalMoney Amount, PayPalRefundStatus Status, DateTimeOffset Created)
{
    /// <summary>When it last changed.</summary>
    public DateTimeOffset Updated { get; init; } = Created;

    /// <summary>The caller's invoice number of the refund.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>The caller's id of the refund.</summary>
    public string? CustomId { get; init; }

    /// <summary>What the buyer is told.</summary>
    public string? NoteToPayer { get; init; }

    /// <summary>When a pending one ends.</summary>
    public DateTimeOffset? SettlesAt { get; init; }
}
