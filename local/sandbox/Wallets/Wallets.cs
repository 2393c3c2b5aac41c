using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Wallets;

/// <summary>A customer at the provider, <c>cus_…</c>.</summary>
public sealed record Customer : StripeObject
{
    /// <summary>His address for mails.</summary>
    public string? Email { get; init; }

    /// <summary>His name.</summary>
    public string? Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The card of payments that name none.</summary>
    public string? DefaultPaymentMethod { get; init; }

    /// <summary>True when he was removed.</summary>
    public bool Deleted { get; init; }
}

/// <summary>A card the provider keeps, <c>pm_…</c>: which test card it is, never a number.</summary>
public sealed record PaymentMethod : StripeObject
{
    /// <summary>The test card's token, <c>pm_card_…</c>.</summary>
    public required string Card { get; init; }

    /// <summary>Whose it is; null when nobody's.</summary>
    public string? Customer { get; init; }

    /// <summary>True when it was set up for payments without the customer.</summary>
    public bool SetUp { get; init; }

    /// <summary>True when it was taken from its customer: it can never be used again.</summary>
    public bool Detached { get; init; }

    /// <summary>The address of the bill, such as a person typed.</summary>
    public string? BillingEmail { get; init; }

    /// <summary>The name on the card.</summary>
    public string? BillingName { get; init; }
}

/// <summary>A card being set up for later, <c>seti_…</c>.</summary>
public sealed record SetupIntent : StripeObject
{
    /// <summary>Where it stands: <c>requires_payment_method</c>, <c>requires_confirmation</c>, <c>requires_action</c>, <c>succeeded</c>, <c>canceled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The secret a browser would confirm with.</summary>
    public required string ClientSecret { get; init; }

    /// <summary>Whose card it will be.</summary>
    public string? Customer { get; init; }

    /// <summary>The card: a static token or a kept one.</summary>
    public string? PaymentMethod { get; init; }

    /// <summary><c>off_session</c> or <c>on_session</c>.</summary>
    public string Usage { get; init; } = "off_session";

    /// <summary>Where a browser goes after 3-D Secure.</summary>
    public string? ReturnUrl { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public CardError? LastError { get; init; }
}

/// <summary>A payment method as a payment means it.</summary>
/// <param name="Id">The id as it will be shown.</param>
/// <param name="Card">How it behaves.</param>
/// <param name="Kept">The kept card; null for a static test token.</param>
public sealed record ChosenCard(string Id, TestCard Card, PaymentMethod? Kept)
{
    /// <summary>True when it may be charged without the customer being asked.</summary>
    public bool SetUp => Kept?.SetUp == true;
}
