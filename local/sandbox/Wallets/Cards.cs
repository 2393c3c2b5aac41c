using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Wallets;

/// <summary>Chooses, keeps and gives back cards.</summary>
internal static class Cards
{
    /// <summary>A static test token; null when it is not one.</summary>
    public static ChosenCard? Static(string id) => TestCards.TryFind(id, out var card) ? new(id, card, null) : null;

    /// <summary>The card behind the id that a payment or setup names.</summary>
    /// <exception cref="ApiException">There is none, it was given back, or it is somebody else's.</exception>
    public static ChosenCard Choose(LedgerTransaction transaction, string id, string? customer)
    {
        if (Static(id) is { } token)
            return token;
        var kept = Find(transaction, id);
        if (kept.Detached)
        {
            throw new ApiException(ApiError.Invalid(null, "payment_method",
                "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again."));
        }

        if (kept.Customer is { } owner && owner != customer)
        {
            throw new ApiException(ApiError.Invalid(null, "payment_method", customer is null
                ? $"The PaymentMethod {id} belongs to the Customer {owner}. Please include the Customer in the `customer` parameter."
                : $"The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."));
        }

        return TestCards.TryFind(kept.Card, out var card) ? new(id, card, kept) : throw Missing(id);
    }

    /// <summary>A kept card.</summary>
    /// <exception cref="ApiException">404: there is none.</exception>
    public static PaymentMethod Find(LedgerTransaction transaction, string id) => transaction.Find<PaymentMethod>(id) ?? throw Missing(id);

    /// <summary>Keeps a card for a customer; a static token becomes a card of his own.</summary>
    /// <param name="transaction">Where it is kept.</param>
    /// <param name="chosen">The card.</param>
    /// <param name="customer">Whose it is from now on; null for nobody's.</param>
    /// <param name="setUp">True when it may be charged without him.</param>
    public static PaymentMethod Keep(LedgerTransaction transaction, ChosenCard chosen, string? customer, bool setUp)
    {
        var before = chosen.Kept ?? new PaymentMethod { Id = Ids.New("pm"), Created = transaction.Now, Card = chosen.Card.Token };
        var kept = before with { Customer = customer ?? before.Customer, SetUp = before.SetUp || setUp };
        transaction.Save(kept);
        if (customer is not null && before.Customer is null)
            transaction.Raise("payment_method.attached", kept.Id);
        return kept;
    }

    private static ApiException Missing(string id) =>
        new(ApiError.Invalid("resource_missing", "payment_method", $"No such PaymentMethod: '{id}'"));
}

/// <summary>What a payment's change brings with it: a card that is kept for later, a bank that wants the money back.</summary>
internal static class Aftermath
{
    /// <summary>Saves a transition with all that follows from it; gives the payment as it is then.</summary>
    public static PaymentIntent Save(LedgerTransaction transaction, PaymentIntent before, Transition transition)
    {
        var intent = transition.Intent;
        if (intent is { SetupFutureUsage: { } usage, Customer: { } customer } && before.AuthorizedAt is null && intent.AuthorizedAt is not null)
        {
            var kept = Cards.Keep(transaction, Cards.Choose(transaction, intent.PaymentMethod!, customer), customer, usage == "off_session");
            intent = intent with { PaymentMethod = kept.Id, Card = kept.Card, LatestCharge = intent.LatestCharge! with { PaymentMethod = kept.Id } };
        }

        var dispute = before.Status != IntentStatus.Succeeded && TestCards.TryFind(intent.CardToken ?? "", out var card)
            ? DisputeMachine.After(intent, card, transaction.Now)
            : null;
        // An inquiry is only a question: the charge can still be refunded, which is the usual answer to it.
        if (dispute is { IsInquiry: false })
            intent = intent with { LatestCharge = intent.LatestCharge! with { Dispute = dispute.Id } };
        transaction.Save(transition with { Intent = intent });
        if (dispute is not null)
        {
            transaction.Save(dispute);
            foreach (var type in DisputeMachine.Events(dispute, opened: true))
                transaction.Raise(type, dispute.Id);
        }

        return intent;
    }
}
