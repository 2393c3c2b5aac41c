namespace NexusCart.Sandbox.Intents;

/// <summary>What an operation did to a payment.</summary>
/// <param name="Intent">The version after it; unchanged when the operation was refused.</param>
/// <param name="Events">Event types it causes, in order.</param>
/// <param name="Error">Why it was refused; a declined card changes the intent and has an error.</param>
public sealed record Transition(PaymentIntent Intent, IReadOnlyList<string> Events, ApiError? Error = null);

/// <summary>The provider's state machine of a payment: pure functions from one version to the next.</summary>
public static class IntentMachine
{
    /// <summary>How long a hold stands before the provider releases it.</summary>
    public static readonly TimeSpan AuthorizationLifetime = TimeSpan.FromDays(7);

    /// <summary>Confirms: charges the card, or asks the customer for a 3-D Secure challenge.</summary>
    /// <param name="intent">The payment; it must have a payment method.</param>
    /// <param name="card">The card behind that payment method.</param>
    /// <param name="offSession">True when no customer is there to answer a challenge.</param>
    /// <param name="setUp">True when the card was set up for that.</param>
    /// <param name="now">The provider's time.</param>
    public static Transition Confirm(PaymentIntent intent, TestCard card, bool offSession, bool setUp, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(intent);
        ArgumentNullException.ThrowIfNull(card);
        switch (intent.Status)
        {
            case IntentStatus.RequiresAction:
                return new(intent, []);
            case IntentStatus.Succeeded:
                return Refused(intent, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.");
            case IntentStatus.RequiresCapture or IntentStatus.Canceled:
                return Refused(intent, $"You cannot confirm this PaymentIntent because it has a status of {intent.Status.Name()}.");
        }

        if (!card.Challenges(offSession, setUp))
            return Charge(intent, card.Decline, now);
        return offSession
            ? Charge(intent, new("authentication_required", "authentication_required",
                "Your card was declined. This transaction requires authentication."), now)
            : new(intent with { Status = IntentStatus.RequiresAction, LastError = null }, ["payment_intent.requires_action"]);
    }

    /// <summary>The customer passed the challenge.</summary>
    public static Transition CompleteChallenge(PaymentIntent intent, TestCard card, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(card);
        return intent.Status == IntentStatus.RequiresAction ? Charge(intent, card.Decline, now) : NothingToAuthenticate(intent);
    }

    /// <summary>The customer failed or gave up the challenge: back to choosing a card.</summary>
    public static Transition FailChallenge(PaymentIntent intent)
    {
        ArgumentNullException.ThrowIfNull(intent);
        if (intent.Status != IntentStatus.RequiresAction)
            return NothingToAuthenticate(intent);
        var why = new CardError("payment_intent_authentication_failure", null,
            "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.")
        { Type = "invalid_request_error" };
        return new(intent with { Status = IntentStatus.RequiresPaymentMethod, LastError = why }, ["payment_intent.payment_failed"]);
    }

    /// <summary>Takes held money; what is not taken is released.</summary>
    /// <param name="intent">The payment.</param>
    /// <param name="amount">Minor units, or null for all of it.</param>
    /// <param name="now">The provider's time.</param>
    public static Transition Capture(PaymentIntent intent, long? amount, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(intent);
        if (intent.Status == IntentStatus.Succeeded)
            return Refused(intent, "This PaymentIntent could not be captured because it has already been captured.");
        if (intent.Status != IntentStatus.RequiresCapture || intent.LatestCharge is null)
        {
            return Refused(intent, $"This PaymentIntent could not be captured because it has a status of {intent.Status.Name()}. "
                + "Only a PaymentIntent with one of the following statuses may be captured: requires_capture.");
        }

        var taken = amount ?? intent.Amount;
        if (taken > intent.Amount)
        {
            return new(intent, [], ApiError.Invalid("amount_too_large", "amount_to_capture",
                $"The requested capture amount ({taken}) is greater than the amount you can capture for this charge ({intent.Amount})."));
        }

        var captured = intent with
        {
            Status = IntentStatus.Succeeded,
            AmountReceived = taken,
            CapturedAt = now,
            LatestCharge = intent.LatestCharge with { AmountCaptured = taken, CaptureBefore = null },
        };
        return new(captured, ["payment_intent.succeeded", "charge.captured"]);
    }

    /// <summary>Gives the payment up and releases any hold.</summary>
    public static Transition Cancel(PaymentIntent intent, string? reason, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(intent);
        if (intent.Status is IntentStatus.Succeeded or IntentStatus.Canceled)
        {
            return Refused(intent, $"You cannot cancel this PaymentIntent because it has a status of {intent.Status.Name()}. "
                + "Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.");
        }

        var canceled = intent with { Status = IntentStatus.Canceled, CanceledAt = now, CancellationReason = reason };
        return new(canceled, ["payment_intent.canceled"]);
    }

    /// <summary>Releases a hold that nobody captured in time.</summary>
    public static Transition ExpireAuthorization(PaymentIntent intent, DateTimeOffset now)
    {
        var expired = Cancel(intent, "automatic", now);
        return expired with { Events = ["charge.expired", .. expired.Events] };
    }

    private static Transition Charge(PaymentIntent intent, CardError? decline, DateTimeOffset now)
    {
        var charge = new Charge
        {
            Id = Ids.New("ch"),
            Created = now,
            Amount = intent.Amount,
            PaymentMethod = intent.PaymentMethod!,
            Card = intent.CardToken,
            Approved = decline is null,
            Failure = decline,
        };
        if (decline is not null)
        {
            var failed = intent with { Status = IntentStatus.RequiresPaymentMethod, LatestCharge = charge, LastError = decline };
            return new(failed, ["charge.failed", "payment_intent.payment_failed"], ApiError.Card(decline, charge.Id));
        }

        var authorized = intent with { LastError = null, AuthorizedAt = now };
        return intent.ManualCapture
            ? new(
                authorized with { Status = IntentStatus.RequiresCapture, LatestCharge = charge with { CaptureBefore = now + AuthorizationLifetime } },
                ["charge.succeeded", "payment_intent.amount_capturable_updated"])
            : new(
                authorized with
                {
                    Status = IntentStatus.Succeeded,
                    AmountReceived = intent.Amount,
                    CapturedAt = now,
                    LatestCharge = charge with { AmountCaptured = intent.Amount },
                },
                ["charge.succeeded", "payment_intent.succeeded"]);
    }

    private static Transition NothingToAuthenticate(PaymentIntent intent) =>
        Refused(intent, $"This PaymentIntent has no pending authentication: its status is {intent.Status.Name()}.");

    private static Transition Refused(PaymentIntent intent, string message) =>
        new(intent, [], ApiError.Invalid("payment_intent_unexpected_state", null, message));
}

/// <summary>Names of enum members on the wire.</summary>
public static class WireNames
{
    /// <summary>The provider's word for a status.</summary>
    public static string Name(this IntentStatus status) => status switch
    {
        IntentStatus.RequiresPaymentMethod => "requires_payment_method",
        IntentStatus.RequiresConfirmation => "requires_confirmation",
        IntentStatus.RequiresAction => "requires_action",
        IntentStatus.RequiresCapture => "requires_capture",
        IntentStatus.Succeeded => "succeeded",
        IntentStatus.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
