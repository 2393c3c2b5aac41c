namespace NexusCart.Workflows.Checkout;

/// <summary>The names of the saga's steps and of their undos, as the order's history shows them.</summary>
public static class CheckoutSteps
{
    /// <summary>Hold all lines in inventory.</summary>
    public const string Reserve = "reserve";

    /// <summary>Count the promotions it uses against their limits and budgets; beside <see cref="Reserve"/>.</summary>
    public const string Redeem = "redeem";

    /// <summary>Authorise the total with the payment provider.</summary>
    public const string Authorise = "authorise";

    /// <summary>Turn the held units into sold ones.</summary>
    public const string Confirm = "confirm";

    /// <summary>Take the authorised money.</summary>
    public const string Capture = "capture";

    /// <summary>Mark the order paid and announce it.</summary>
    public const string Complete = "complete";

    /// <summary>The undo of <see cref="Reserve"/>.</summary>
    public const string Release = "release";

    /// <summary>The undo of <see cref="Redeem"/>.</summary>
    public const string Restore = "restore";

    /// <summary>The undo of <see cref="Authorise"/>.</summary>
    public const string Void = "void";

    /// <summary>The undo of <see cref="Confirm"/>.</summary>
    public const string Restock = "restock";

    /// <summary>The undo of <see cref="Capture"/>.</summary>
    public const string Refund = "refund";
}

/// <summary>What a step's entry in the order's history says of its outcome.</summary>
public static class StepOutcomes
{
    /// <summary>Begun, and waiting for somebody.</summary>
    public const string Started = "started";

    /// <summary>Waits for a payment provider that is out of order, and goes on by itself.</summary>
    public const string Parked = "parked";

    /// <summary>Done.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>The other side said no; asking again would not help.</summary>
    public const string Refused = "refused";

    /// <summary>No answer, or not a usable one; what happened there is unknown.</summary>
    public const string Failed = "failed";

    /// <summary>Undone.</summary>
    public const string Compensated = "compensated";
}

/// <summary>Why a checkout was cancelled: the machine-readable reasons that are ours. Besides these, a decline
/// carries the provider's code, for example <c>card_declined</c>.</summary>
public static class CheckoutReasons
{
    /// <summary>At least one line could not be held.</summary>
    public const string OutOfStock = "out_of_stock";

    /// <summary>Inventory refused the reservation for another reason than stock.</summary>
    public const string ReservationRefused = "reservation_refused";

    /// <summary>The flash-sale claim is not the customer's any more.</summary>
    public const string ClaimRefused = "claim_refused";

    /// <summary>Inventory could not be reached for as long as the saga keeps trying.</summary>
    public const string InventoryUnavailable = "inventory_unavailable";

    /// <summary>Promotions refused the redemption for another reason than a limit. For a limit the reason is "promotion_" and its code:
    /// <c>promotion_code_used</c>.</summary>
    public const string RedemptionRefused = "redemption_refused";

    /// <summary>Promotions could not be reached for as long as the saga keeps trying.</summary>
    public const string PromotionsUnavailable = "promotions_unavailable";

    /// <summary>The held units were lost before they could be confirmed.</summary>
    public const string ReservationExpired = "reservation_expired";

    /// <summary>The provider or the payment service refused the payment without a code of its own.</summary>
    public const string PaymentRefused = "payment_refused";

    /// <summary>The customer did not pass the provider's authentication.</summary>
    public const string AuthenticationFailed = "payment_authentication_failed";

    /// <summary>The customer did not act in time.</summary>
    public const string PaymentActionExpired = "payment_action_expired";

    /// <summary>The payment service could not be reached for as long as the saga keeps trying.</summary>
    public const string PaymentUnavailable = "payment_unavailable";

    /// <summary>The authorised money could not be taken.</summary>
    public const string CaptureFailed = "capture_failed";

    /// <summary>The saga was interrupted for good and its effects were undone.</summary>
    public const string Interrupted = "checkout_interrupted";
}
