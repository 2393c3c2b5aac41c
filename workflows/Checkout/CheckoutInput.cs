namespace NexusCart.Workflows.Checkout;

/// <summary>
/// Everything the checkout saga needs, frozen before it starts. Nothing in it is read again from a cart or the catalog,
/// so what the customer agreed to is what he pays.
/// </summary>
/// <param name="OrderId">The order, and at once the workflow's instance id, the reservation's and the payment's id:
/// <c>[A-Za-z0-9_-]{1,64}</c>.</param>
/// <param name="CustomerId">The customer who pays.</param>
/// <param name="Email">Where the provider's receipt goes.</param>
/// <param name="PaymentMethod">The provider's token of the payment method; never a card number.</param>
/// <param name="TotalMinorUnits">What is authorised and captured, in minor units of <paramref name="Currency"/>; with 0 nothing is.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Lines">What is reserved: 1 to 200 lines, one a SKU.</param>
/// <param name="PaymentActionSeconds">How long the customer has for 3-D Secure, in seconds.</param>
/// <param name="ReservationSeconds">How long inventory holds the units, in seconds; longer than
/// <paramref name="PaymentActionSeconds"/>, so that a customer who acts at the last moment still finds his units.</param>
/// <param name="ClaimId">The flash-sale claim that is bought, whose units were set aside for it; null for units from stock.</param>
/// <param name="Redemptions">The promotions it uses, one entry each; null for none.</param>
/// <param name="Country">Where the goods go: ISO 3166-1 alpha-2; null: not known.</param>
public sealed record CheckoutInput(
    string OrderId,
    string CustomerId,
    string Email,
    string PaymentMethod,
    long TotalMinorUnits,
    string Currency,
    IReadOnlyList<CheckoutLine> Lines,
    int PaymentActionSeconds,
    int ReservationSeconds,
    string? ClaimId = null,
    IReadOnlyList<CheckoutRedemption>? Redemptions = null,
    string? Country = null);

/// <summary>Units of one SKU.</summary>
/// <param name="Sku"><c>[A-Za-z0-9._-]{1,64}</c>.</param>
/// <param name="Quantity">1 or more.</param>
public sealed record CheckoutLine(string Sku, int Quantity);

/// <summary>A promotion that an order uses.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="Code">The code that opened it; empty for an automatic one.</param>
/// <param name="MinorUnits">What it gives the order; 1 or more.</param>
public sealed record CheckoutRedemption(string PromotionId, string Code, long MinorUnits);
