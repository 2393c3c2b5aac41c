using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Sandbox.Intents;

/// <summary>How a test card behaves.</summary>
/// <param name="Brand">The card network, lower case.</param>
/// <param name="Last4">The last four digits of the test number.</param>
public sealed record TestCard(string Brand, string Last4)
{
    /// <summary>Why a charge is refused; null when it is approved.</summary>
    public CardError? Decline { get; init; }

    /// <summary>True when the customer must pass a 3-D Secure challenge first.</summary>
    public bool Challenge { get; init; }

    /// <summary>What a refund's status becomes some time later; null when it is final at once.</summary>
    public string? RefundSettlesAs { get; init; }

    /// <summary>The network's funding type.</summary>
    public string Funding { get; init; } = "credit";
}

/// <summary>
/// The provider's published test payment methods. Only tokens are taken, as from a real integration that never sees a card;
/// the numbers stand here so that people find the token they know by number.
/// </summary>
public static class TestCards
{
    private static readonly CardError Generic = new("card_declined", "generic_decline", "Your card was declined.");
    private static readonly CardError InsufficientFunds = new("card_declined", "insufficient_funds", "Your card has insufficient funds.");

    private static readonly Dictionary<string, TestCard> ByToken = new(StringComparer.Ordinal)
    {
        // 4242 4242 4242 4242
        ["pm_card_visa"] = new("visa", "4242"),
        // 4000 0566 5566 5556
        ["pm_card_visa_debit"] = new("visa", "5556") { Funding = "debit" },
        // 5555 5555 5555 4444
        ["pm_card_mastercard"] = new("mastercard", "4444"),
        // 5200 8282 8282 8210
        ["pm_card_mastercard_debit"] = new("mastercard", "8210") { Funding = "debit" },
        // 5105 1051 0510 5100
        ["pm_card_mastercard_prepaid"] = new("mastercard", "5100") { Funding = "prepaid" },
        // 3782 822463 10005
        ["pm_card_amex"] = new("amex", "0005"),
        // 6011 1111 1111 1117
        ["pm_card_discover"] = new("discover", "1117"),
        // 3056 9300 0902 0004
        ["pm_card_diners"] = new("diners", "0004"),
        // 3566 0020 2036 0505
        ["pm_card_jcb"] = new("jcb", "0505"),
        // 6200 0000 0000 0005
        ["pm_card_unionpay"] = new("unionpay", "0005"),

        // 4000 0000 0000 0002
        ["pm_card_visa_chargeDeclined"] = Declines("0002", Generic),
        ["pm_card_chargeDeclined"] = Declines("0002", Generic),
        // 4000 0000 0000 9995
        ["pm_card_visa_chargeDeclinedInsufficientFunds"] = Declines("9995", InsufficientFunds),
        ["pm_card_chargeDeclinedInsufficientFunds"] = Declines("9995", InsufficientFunds),
        // 4000 0000 0000 9987
        ["pm_card_visa_chargeDeclinedLostCard"] = Declines("9987", Generic with { DeclineCode = "lost_card" }),
        // 4000 0000 0000 9979
        ["pm_card_visa_chargeDeclinedStolenCard"] = Declines("9979", Generic with { DeclineCode = "stolen_card" }),
        // 4000 0000 0000 0069
        ["pm_card_chargeDeclinedExpiredCard"] = Declines("0069", new("expired_card", null, "Your card has expired.")),
        // 4000 0000 0000 0127
        ["pm_card_chargeDeclinedIncorrectCvc"] = Declines("0127", new("incorrect_cvc", null, "Your card's security code is incorrect.")),
        // 4000 0000 0000 0119
        ["pm_card_chargeDeclinedProcessingError"] =
            Declines("0119", new("processing_error", null, "An error occurred while processing your card. Try again in a little bit.")),
        // 4000 0000 0000 6975
        ["pm_card_visa_chargeDeclinedVelocityLimitExceeded"] = Declines("6975", new(
            "card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.")),
        // 4000 0000 0000 0341: may be saved, cannot be charged
        ["pm_card_chargeCustomerFail"] = Declines("0341", Generic),
        // 4100 0000 0000 0019: blocked by the fraud rules
        ["pm_card_chargeDeclinedFraudulent"] = Declines("0019", Generic with { DeclineCode = "fraudulent" }),
        ["pm_card_radarBlock"] = Declines("0019", Generic with { DeclineCode = "fraudulent" }),

        // 4000 0000 0000 3220
        ["pm_card_threeDSecure2Required"] = new("visa", "3220") { Challenge = true },
        ["pm_card_threeDSecureRequired"] = new("visa", "3220") { Challenge = true },
        // 4000 0000 0000 3055: supported, not asked for
        ["pm_card_threeDSecureOptional"] = new("visa", "3055"),
        // 4000 0027 6000 3184
        ["pm_card_authenticationRequired"] = new("visa", "3184") { Challenge = true },
        // 4000 0025 0000 3155
        ["pm_card_authenticationRequiredOnSetup"] = new("visa", "3155") { Challenge = true },
        // 4000 0084 0000 1629
        ["pm_card_threeDSecureRequiredChargeDeclined"] = Declines("1629", Generic) with { Challenge = true },
        // 4000 0082 6000 3178
        ["pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"] =
            Declines("3178", InsufficientFunds) with { Challenge = true },

        // 4000 0000 0000 7726: a refund is pending, then succeeds
        ["pm_card_pendingRefund"] = new("visa", "7726") { RefundSettlesAs = "succeeded" },
        // 4000 0000 0000 5126: a refund succeeds, then fails
        ["pm_card_refundFail"] = new("visa", "5126") { RefundSettlesAs = "failed" },
    };

    /// <summary>All known tokens.</summary>
    public static IReadOnlyCollection<string> Tokens => ByToken.Keys;

    /// <summary>Finds the card behind a token.</summary>
    public static bool TryFind(string token, [NotNullWhen(true)] out TestCard? card) => ByToken.TryGetValue(token, out card);

    private static TestCard Declines(string last4, CardError why) => new("visa", last4) { Decline = why };
}
