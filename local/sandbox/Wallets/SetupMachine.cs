using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Wallets;

/// <summary>The provider's rules for setting a card up for later.</summary>
internal static class SetupMachine
{
    /// <summary>Checks the card, or asks the customer for a 3-D Secure challenge first.</summary>
    public static Answer Confirm(LedgerTransaction transaction, SetupIntent setup, string? method, string? returnUrl)
    {
        if (setup.Status is "succeeded" or "canceled")
            return Unexpected(setup, $"You cannot confirm this SetupIntent because it has a status of {setup.Status}.");
        if ((method ?? setup.PaymentMethod) is not { } id)
            return Unexpected(setup, "You cannot confirm this SetupIntent because it's missing a payment method.");
        var chosen = Cards.Choose(transaction, id, setup.Customer);
        var named = setup with { PaymentMethod = id, ReturnUrl = returnUrl ?? setup.ReturnUrl, LastError = null };
        if (chosen.Card.Authentication == Authentication.Never)
            return Finish(transaction, named, chosen);
        return Save(transaction, named with { Status = "requires_action" }, "setup_intent.requires_action");
    }

    /// <summary>The customer passed the challenge, or did not.</summary>
    public static Answer EndChallenge(LedgerTransaction transaction, SetupIntent setup, bool passed)
    {
        if (setup.Status != "requires_action")
            return Unexpected(setup, $"This SetupIntent has no pending authentication: its status is {setup.Status}.");
        if (passed)
            return Finish(transaction, setup, Cards.Choose(transaction, setup.PaymentMethod!, setup.Customer));
        var why = new CardError("setup_intent_authentication_failure", null, "The latest attempt to set up the payment method has failed because authentication failed.")
        {
            Type = "invalid_request_error",
        };
        return Save(transaction, setup with { Status = "requires_payment_method", LastError = why }, "setup_intent.setup_failed");
    }

    /// <summary>Gives it up.</summary>
    public static Answer Cancel(LedgerTransaction transaction, SetupIntent setup) => setup.Status is "succeeded" or "canceled"
        ? Unexpected(setup, $"You cannot cancel this SetupIntent because it has a status of {setup.Status}.")
        : Save(transaction, setup with { Status = "canceled" }, "setup_intent.canceled");

    private static Answer Finish(LedgerTransaction transaction, SetupIntent setup, ChosenCard chosen)
    {
        // Some cards are declined only when they are charged.
        if (chosen.Card is { DeclinesSaving: true, Decline: { } why })
        {
            var failed = setup with { Status = "requires_payment_method", LastError = why };
            Save(transaction, failed, "setup_intent.setup_failed");
            return Answer.Of(ApiError.Card(why, null)) with { Item = failed };
        }

        var kept = Cards.Keep(transaction, chosen, setup.Customer, setup.Usage == "off_session");
        return Save(transaction, setup with { Status = "succeeded", PaymentMethod = kept.Id }, "setup_intent.succeeded");
    }

    private static Answer Save(LedgerTransaction transaction, SetupIntent setup, string happened)
    {
        transaction.Save(setup);
        transaction.Raise(happened, setup.Id);
        return new Answer(200) { Item = setup };
    }

    private static Answer Unexpected(SetupIntent setup, string message) =>
        Answer.Of(ApiError.Invalid("setup_intent_unexpected_state", null, message)) with { Item = setup };
}
