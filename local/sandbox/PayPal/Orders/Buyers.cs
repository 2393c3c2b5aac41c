using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>How a test buyer's money behaves.</summary>
public sealed record Buyer
{
    /// <summary>The issue that authorising or capturing the order ends in; null when it works.</summary>
    public string? Refusal { get; init; }

    /// <summary>The issue that capturing the hold ends in.</summary>
    public string? CaptureRefusal { get; init; }

    /// <summary>The status of a hold while it is reviewed, and the one it gets then.</summary>
    public AuthorizationStatus? ReviewEndsAs { get; init; }

    /// <summary>Why a capture is pending at first.</summary>
    public string? PendingReason { get; init; }

    /// <summary>What a pending capture becomes.</summary>
    public CaptureStatus PendingEndsAs { get; init; } = CaptureStatus.Completed;

    /// <summary>What a refund becomes that is pending at first; null when it is final at once.</summary>
    public PayPalRefundStatus? RefundEndsAs { get; init; }

    /// <summary>True when the buyer is to choose another instrument.</summary>
    public bool MayChooseAgain => Refusal is "INSTRUMENT_DECLINED" or "PAYER_ACTION_REQUIRED" or "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING";
}

/// <summary>
/// The buyers who can approve an order here, as PayPal's sandbox has accounts: on the approval page, by
/// <c>/_control/paypal/orders/{id}/approve</c>, or as a saved wallet whose <c>vault_id</c> is <c>sandbox-</c> and the name.
/// </summary>
public static class Buyers
{
    /// <summary>The one whose money is there.</summary>
    public const string Default = "buyer";

    /// <summary>What the id of a saved wallet starts with.</summary>
    public const string VaultPrefix = "sandbox-";

    private static readonly Dictionary<string, Buyer> ByName = new(StringComparer.Ordinal)
    {
        [Default] = new(),
        ["declined"] = new() { Refusal = "INSTRUMENT_DECLINED" },
        ["cannot-pay"] = new() { Refusal = "PAYER_CANNOT_PAY" },
        ["refused"] = new() { Refusal = "TRANSACTION_REFUSED" },
        ["locked"] = new() { Refusal = "PAYER_ACCOUNT_LOCKED_OR_CLOSED" },
        ["action-required"] = new() { Refusal = "PAYER_ACTION_REQUIRED" },
        ["other-funding"] = new() { Refusal = "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING" },
        ["capture-refused"] = new() { CaptureRefusal = "TRANSACTION_REFUSED" },
        ["capture-declined"] = new() { CaptureRefusal = "INSTRUMENT_DECLINED" },
        ["review"] = new() { ReviewEndsAs = AuthorizationStatus.Created },
        ["review-denied"] = new() { ReviewEndsAs = AuthorizationStatus.Denied },
        ["echeck"] = new() { PendingReason = "ECHECK" },
        ["echeck-bounces"] = new() { PendingReason = "ECHECK", PendingEndsAs = CaptureStatus.Declined },
        ["refund-pending"] = new() { RefundEndsAs = PayPalRefundStatus.Completed },
        ["refund-fails"] = new() { RefundEndsAs = PayPalRefundStatus.Failed },
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Finds a buyer.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Buyer? buyer) => ByName.TryGetValue(name, out buyer);

    /// <summary>The buyer who approved an order; the default one before.</summary>
    public static Buyer Of(PayPalOrder order) => ByName[order.Buyer ?? Default];
}
