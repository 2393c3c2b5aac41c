using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Sandbox.Intents;

/// <summary>
/// The provider's published test cards, by token and by number. Tokens are what an integration uses that never sees a card;
/// numbers are taken only where a card is saved (<c>payment_methods.create</c>), as the provider's script in a browser does.
/// </summary>
public static class TestCards
{
    private static readonly CardError Generic = new("card_declined", "generic_decline", "Your card was declined.");
    private static readonly CardError InsufficientFunds = new("card_declined", "insufficient_funds", "Your card has insufficient funds.");
    private static readonly CardError ProcessingError = new("processing_error", null, "An error occurred while processing your card. Try again in a little bit.");
    private static readonly CardError Blocked = Generic with { DeclineCode = "fraudulent" };

    private static readonly Dictionary<string, TestCard> ByToken = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, TestCard> ByNumber = new(StringComparer.Ordinal);

    static TestCards()
    {
        AddBrands();
        AddDeclines();
        AddChallenges();
        AddAftermaths();
    }

    /// <summary>All known tokens.</summary>
    public static IReadOnlyCollection<string> Tokens => ByToken.Keys;

    /// <summary>All known numbers.</summary>
    public static IReadOnlyCollection<string> Numbers => ByNumber.Keys;

    /// <summary>Finds the card behind a token.</summary>
    public static bool TryFind(string token, [NotNullWhen(true)] out TestCard? card) => ByToken.TryGetValue(token, out card);

    /// <summary>Finds the card of a number; blanks do not matter.</summary>
    public static bool TryFindNumber(string number, [NotNullWhen(true)] out TestCard? card)
    {
        ArgumentNullException.ThrowIfNull(number);
        return ByNumber.TryGetValue(number.Replace(" ", "", StringComparison.Ordinal), out card);
    }

    private static void AddBrands()
    {
        Add(new("pm_card_visa", "visa", "4242424242424242"));
        Add(new("pm_card_visa_debit", "visa", "4000056655665556") { Funding = "debit" });
        Add(new("pm_card_mastercard", "mastercard", "5555555555554444"));
        Add(new("pm_card_mastercard_debit", "mastercard", "5200828282828210") { Funding = "debit" });
        Add(new("pm_card_mastercard_prepaid", "mastercard", "5105105105105100") { Funding = "prepaid" });
        Add(new("pm_card_amex", "amex", "378282246310005"));
        Add(new("pm_card_discover", "discover", "6011111111111117"));
        Add(new("pm_card_diners", "diners", "3056930009020004"));
        Add(new("pm_card_jcb", "jcb", "3566002020360505"));
        Add(new("pm_card_unionpay", "unionpay", "6200000000000005"));
        Add(new("pm_card_bypassPending", "visa", "4000000000000077"));
    }

    private static void AddDeclines()
    {
        Declines("4000000000000002", Generic, "pm_card_visa_chargeDeclined", "pm_card_chargeDeclined");
        Declines("4000000000009995", InsufficientFunds, "pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedInsufficientFunds");
        Declines("4000000000009987", Generic with { DeclineCode = "lost_card" }, "pm_card_visa_chargeDeclinedLostCard", "pm_card_chargeDeclinedLostCard");
        Declines("4000000000009979", Generic with { DeclineCode = "stolen_card" }, "pm_card_visa_chargeDeclinedStolenCard", "pm_card_chargeDeclinedStolenCard");
        Declines("4000000000000069", new("expired_card", null, "Your card has expired."), "pm_card_chargeDeclinedExpiredCard");
        Declines("4000000000000127", new("incorrect_cvc", null, "Your card's security code is incorrect."), "pm_card_chargeDeclinedIncorrectCvc");
        Declines("4000000000000119", ProcessingError, "pm_card_chargeDeclinedProcessingError");
        Declines("4000000000006975", new(
            "card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."),
            "pm_card_visa_chargeDeclinedVelocityLimitExceeded");
        // May be saved, cannot be charged.
        Add(new("pm_card_chargeCustomerFail", "visa", "4000000000000341") { Decline = Generic });
        // The fraud rules.
        Declines("4100000000000019", Blocked, "pm_card_radarBlock", "pm_card_chargeDeclinedFraudulent");
        Add(new("pm_card_riskLevelHighest", "visa", "4000000000004954") { Decline = Blocked, Risk = "highest" });
        Add(new("pm_card_riskLevelElevated", "visa", "4000000000009235") { Risk = "elevated" });
    }

    private static void AddChallenges()
    {
        Add(new("pm_card_threeDSecure2Required", "visa", "4000000000003220") { Authentication = Authentication.Always });
        Add(new("pm_card_threeDSecureRequired", "visa", "4000000000003063") { Authentication = Authentication.Always });
        Add(new("pm_card_threeDSecureRequiredChargeDeclined", "visa", "4000008400001629") { Authentication = Authentication.Always, Decline = Generic });
        Add(new("pm_card_threeDSecureRequiredProcessingError", "visa", "4000008400001280") { Authentication = Authentication.Always, Decline = ProcessingError });
        // Supported, not asked for.
        Add(new("pm_card_threeDSecureOptional", "visa", "4000000000003055"));
        Add(new("pm_card_amex_threeDSecureNotSupported", "amex", "378282246310005"), byNumber: false);
        Add(new("pm_card_authenticationRequired", "visa", "4000002760003184") { Authentication = Authentication.Always });
        Add(new("pm_card_authenticationRequiredOnSetup", "visa", "4000002500003155") { Authentication = Authentication.UnlessSetUp });
        Add(new("pm_card_authenticationRequiredSetupForOffSession", "visa", "4000003800000446") { Authentication = Authentication.OnSession });
        Add(new("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "visa", "4000008260003178")
        {
            Authentication = Authentication.Always,
            Decline = InsufficientFunds,
        });
    }

    private static void AddAftermaths()
    {
        Add(new("pm_card_createDispute", "visa", "4000000000000259") { Dispute = DisputeKind.Fraudulent });
        Add(new("pm_card_createDisputeProductNotReceived", "visa", "4000000000002685") { Dispute = DisputeKind.NotReceived });
        Add(new("pm_card_createDisputeInquiry", "visa", "4000000000001976") { Dispute = DisputeKind.Inquiry });
        // A refund is pending, then succeeds; and one that succeeds, then fails.
        Add(new("pm_card_pendingRefund", "visa", "4000000000007726") { RefundSettlesAs = "succeeded" });
        Add(new("pm_card_refundFail", "visa", "4000000000005126") { RefundSettlesAs = "failed" });
    }

    private static void Declines(string number, CardError why, params ReadOnlySpan<string> tokens)
    {
        foreach (var token in tokens)
            Add(new(token, "visa", number) { Decline = why, DeclinesSaving = true });
    }

    private static void Add(TestCard card, bool byNumber = true)
    {
        ByToken.Add(card.Token, card);
        if (byNumber)
            ByNumber.TryAdd(card.Number, card);
    }
}
