namespace NexusCart.Workflows.Checkout;

/// <summary>Input of <see cref="Activities.ReserveActivity"/>.</summary>
/// <param name="OrderId">The reservation's id.</param>
/// <param name="Lines">What to hold.</param>
/// <param name="TtlSeconds">How long to hold it.</param>
/// <param name="Claim">The flash-sale claim the units belong to; null for units from stock.</param>
/// <param name="Country">Where the goods go; null: not known.</param>
public sealed record ReserveInput(
    string OrderId, IReadOnlyList<CheckoutLine> Lines, int TtlSeconds, ClaimInput? Claim = null, string? Country = null);

/// <summary>A flash-sale claim that an order takes over.</summary>
/// <param name="ClaimId">The claim.</param>
/// <param name="CustomerId">Whose it is.</param>
public sealed record ClaimInput(string ClaimId, string CustomerId);

/// <summary>Input of <see cref="Activities.RedeemActivity"/> and its undo.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Currency">ISO 4217; of the amounts.</param>
/// <param name="Redemptions">The promotions it uses.</param>
public sealed record RedeemInput(string OrderId, string CustomerId, string Currency, IReadOnlyList<CheckoutRedemption> Redemptions);

/// <summary>Input of <see cref="Activities.AuthoriseActivity"/>.</summary>
/// <param name="OrderId">The payment's id.</param>
/// <param name="MinorUnits">The amount in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="PaymentMethod">The provider's token.</param>
/// <param name="CustomerId">Who pays.</param>
/// <param name="Email">Where the provider's receipt goes.</param>
public sealed record AuthoriseInput(
    string OrderId,
    long MinorUnits,
    string Currency,
    string PaymentMethod,
    string CustomerId,
    string Email);

/// <summary>Input of <see cref="Activities.ReadPaymentActivity"/>.</summary>
/// <param name="OrderId">The payment's id.</param>
/// <param name="AskProvider">Whether the provider is to be asked, rather than what we heard from it last.</param>
public sealed record ReadPaymentInput(string OrderId, bool AskProvider);

/// <summary>Input of the steps and undos that concern a reservation.</summary>
/// <param name="OrderId">The reservation's id.</param>
/// <param name="Lines">As reserved.</param>
/// <param name="Reason">Why it is undone; null for the step itself.</param>
public sealed record StockInput(string OrderId, IReadOnlyList<CheckoutLine> Lines, string? Reason = null);

/// <summary>Input of the steps and undos that move money.</summary>
/// <param name="OrderId">The payment's id.</param>
/// <param name="MinorUnits">The amount in minor units: the order's total.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Reason">Why it is undone; null for the step itself.</param>
public sealed record MoneyInput(string OrderId, long MinorUnits, string Currency, string? Reason = null);

/// <summary>Input of the activities that write the end of an order down.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="History">The whole saga, oldest first.</param>
/// <param name="Reason">Machine-readable; null when paid.</param>
/// <param name="Detail">For people; null when paid.</param>
/// <param name="Allocations">When paid: which warehouse gives what; null where inventory does not say.</param>
public sealed record EndInput(
    string OrderId,
    IReadOnlyList<StepReport> History,
    string? Reason = null,
    string? Detail = null,
    IReadOnlyList<StockAllocation>? Allocations = null);
