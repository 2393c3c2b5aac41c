namespace NexusCart.Payments.Domain;

/// <summary>
/// The life of a payment: pure functions from one version to the next. Providers are observed, not believed blindly: an
/// observation may be late, repeated or out of order, and only moves a payment forward.
/// <code>
/// Pending ─► ActionRequired ─► Authorized ─► Captured ─► Refunded
///    │            │                │
///    ├────────────┴──► Declined    └──► Voided ◄── (void, or cancelled at the provider)
///    └──► Voided (also before anything was asked: a late authorise finds it)
/// </code>
/// Where the customer only agrees at the provider and the shop then asks for the money, that asking is a
/// <see cref="NextStep.Finish"/> out of ActionRequired.
/// </summary>
public static class PaymentMachine
{
    private const int SeenEventsKept = 16;

    // How often a customer may choose other means at the provider after a refusal.
    private const int MostAttempts = 3;

    /// <summary>Decides a command, and has the ledger follow.</summary>
    /// <param name="id">The payment's id.</param>
    /// <param name="payment">Its current version; null when there is none.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="now">The time of the change.</param>
    public static PaymentDecision Decide(string id, Payment? payment, PaymentCommand command, DateTimeOffset now)
    {
        var decision = DecideOne(id, payment, command, now);
        return decision is { Refused: null, Payment: { } next } && !ReferenceEquals(next, payment)
            ? decision with { Payment = Ledger.Record(next, now) }
            : decision;
    }

    private static PaymentDecision DecideOne(string id, Payment? payment, PaymentCommand command, DateTimeOffset now) => command switch
    {
        BeginAuthorize begin => Authorize(id, payment, begin, now),
        BeginVoid begin => Void(id, payment, begin, now),
        Read => payment is null ? PaymentDecision.Unknown(id) : new(payment),
        TakeIn take => new(payment) { Inbox = take.Item },
        _ when payment is null => PaymentDecision.Unknown(id),
        BeginCapture begin => Capture(payment, begin, now),
        BeginRefund begin => RefundRules.Begin(payment, begin, now),
        // Whoever looked by himself asks for the money himself; a webhook has nobody to do it.
        Observe { EventId: null } observe => Observed(payment, observe.Seen, now) with { Finish = null },
        Observe observe => Once(payment, observe.EventId, seen => Observed(seen, observe.Seen, now)),
        ObserveRefund observe => Once(payment, observe.EventId, seen => RefundRules.Observed(seen, observe.Seen, now, observe.EventId)),
        ObserveDispute observe => Once(payment, observe.EventId, seen => DisputeRules.Observed(seen, observe.Seen, now)),
        KeySpent spent => NewKey(payment, spent, now),
        RefundKeySpent spent => RefundRules.NewKey(payment, spent, now),
        ForgetContact => payment is { Email: "", PaymentMethod: "", Instrument: null }
            ? new(payment)
            : new(Changed(payment, now) with { Email = "", PaymentMethod = "", Instrument = null }),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "No such command."),
    };

    /// <summary>The next version.</summary>
    internal static Payment Changed(Payment payment, DateTimeOffset now) =>
        payment with { Version = payment.Version + 1, UpdatedAt = now };

    private static PaymentDecision Authorize(string id, Payment? payment, BeginAuthorize begin, DateTimeOffset now)
    {
        if (payment is null)
        {
            return new(
                new Payment
                {
                    Id = id,
                    Status = PaymentStatus.Pending,
                    Amount = begin.Amount,
                    Currency = begin.Currency,
                    Provider = ProviderNames.Of(begin.PaymentMethod),
                    PaymentMethod = begin.PaymentMethod,
                    Instrument = begin.Instrument,
                    CustomerId = begin.CustomerId,
                    Email = begin.Email,
                    CreatedAt = now,
                    UpdatedAt = now,
                    Version = 1,
                },
                NextStep.Authorize);
        }

        if (payment.Voiding || payment.Status == PaymentStatus.Voided)
            return PaymentDecision.Refuse(payment, RefusalKind.Precondition, "payment_voided", "The payment was given up; it cannot be authorised any more.");
        if (!payment.Matches(begin))
            return PaymentDecision.Refuse(payment, RefusalKind.AlreadyExists, "payment_id_reused", $"Payment '{id}' was begun with other amount, method or customer.");
        return new(payment, payment.Status == PaymentStatus.Pending ? NextStep.Authorize : NextStep.None);
    }

    private static PaymentDecision Capture(Payment payment, BeginCapture begin, DateTimeOffset now)
    {
        if (payment.Status is PaymentStatus.Authorized or PaymentStatus.Captured or PaymentStatus.Refunded && WrongAmount(payment, begin) is { } wrong)
            return wrong;
        return payment switch
        {
            { Status: PaymentStatus.Captured or PaymentStatus.Refunded } => new(payment),
            { Voiding: true } => PaymentDecision.Refuse(payment, RefusalKind.Precondition, "payment_voided", "The payment is being given up."),
            // Recorded first: a repetition must ask the provider for exactly the same.
            { Status: PaymentStatus.Authorized, CaptureAmount: null } when begin.Amount != payment.Amount =>
                new(Changed(payment, now) with { CaptureAmount = begin.Amount }, NextStep.Capture),
            { Status: PaymentStatus.Authorized } => new(payment, NextStep.Capture),
            _ => PaymentDecision.Refuse(payment, RefusalKind.Precondition, "payment_not_authorized", $"The payment is {payment.Status}; only an authorised one can be captured."),
        };
    }

    private static PaymentDecision? WrongAmount(Payment payment, BeginCapture begin)
    {
        var allowed = begin.Partial ? begin.Amount <= payment.Amount : begin.Amount == payment.Amount;
        var asked = payment.Status == PaymentStatus.Authorized ? payment.CaptureAmount : payment.Captured;
        if (begin.Currency == payment.Currency && allowed && (asked is null || asked == begin.Amount))
            return null;
        return PaymentDecision.Refuse(payment, RefusalKind.Precondition, "capture_amount_differs",
            $"The amount to capture ({begin.Amount} {begin.Currency}) is not the {(asked is null ? "authorised" : "one asked for before")} ({asked ?? payment.Amount} {payment.Currency}).");
    }

    private static PaymentDecision Void(string id, Payment? payment, BeginVoid begin, DateTimeOffset now)
    {
        if (payment is null)
        {
            // Nobody asked to authorise it yet. Remembered, so that the request still on its way is refused.
            var tombstone = new Payment { Id = id, Status = PaymentStatus.Voided, VoidReason = begin.Reason, CreatedAt = now, UpdatedAt = now, Version = 1 };
            return new(tombstone) { News = PaymentNews.Voided };
        }

        return payment.Status switch
        {
            PaymentStatus.Voided or PaymentStatus.Declined => new(payment),
            PaymentStatus.Captured or PaymentStatus.Refunded =>
                PaymentDecision.Refuse(payment, RefusalKind.Precondition, "payment_captured", "The money was taken already; give it back by a refund."),
            _ when payment.Voiding => new(payment, NextStep.Cancel),
            _ => new(Changed(payment, now) with { Voiding = true, VoidReason = begin.Reason }, NextStep.Cancel),
        };
    }

    private static PaymentDecision NewKey(Payment payment, KeySpent spent, DateTimeOffset now) =>
        // Somebody else may have moved on already.
        new(payment.Generation == spent.Generation ? Changed(payment, now) with { Generation = spent.Generation + 1 } : payment);

    /// <summary>Applies a webhook once; answers and look-ups have no id and are applied each time.</summary>
    private static PaymentDecision Once(Payment payment, string? eventId, Func<Payment, PaymentDecision> apply)
    {
        if (eventId is null)
            return apply(payment);
        if (payment.SeenEvents.Contains(eventId))
            return new(payment);
        var decision = apply(payment);
        // What changed nothing need not be remembered: it will change nothing the next time.
        if (ReferenceEquals(decision.Payment, payment) && !decision.HasEffects)
            return decision;
        var seen = decision.Payment ?? payment;
        return decision with { Payment = seen with { SeenEvents = [.. seen.SeenEvents.TakeLast(SeenEventsKept - 1), eventId] } };
    }

    private static PaymentDecision Observed(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.ProviderReference is { } known && seen.Reference is not null && seen.Reference != known)
            return Stray(payment, seen);
        if (seen.Amount is { } amount && payment.Amount > 0 && (amount, seen.Currency) != (payment.Amount, payment.Currency))
        {
            return new(payment)
            {
                Anomaly = $"Provider payment {seen.Reference} is over {amount} {seen.Currency}, payment {payment.Id} over {payment.Amount} {payment.Currency}.",
            };
        }

        return seen.Status switch
        {
            ProviderStatus.Open => Open(payment, seen, now),
            ProviderStatus.Approved => Approved(payment, seen, now),
            ProviderStatus.ActionRequired or ProviderStatus.Authorized => Live(payment, seen, now),
            ProviderStatus.Captured => Taken(payment, seen, now),
            ProviderStatus.Canceled => Canceled(payment, seen, now),
            ProviderStatus.Declined => Declined(payment, seen, now),
            _ => throw new ArgumentOutOfRangeException(nameof(seen), seen.Status, "No such provider status."),
        };
    }

    /// <summary>It is there, and nothing is decided.</summary>
    private static PaymentDecision Open(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status == PaymentStatus.Voided && payment.ProviderReference is null)
            return new(payment) { Release = seen.Reference };
        var traced = payment.Status == PaymentStatus.Pending ? Traced(payment, seen, now) : payment;
        return new(traced, traced.Voiding ? NextStep.Cancel : NextStep.None);
    }

    /// <summary>The customer agreed, and the money waits to be asked for.</summary>
    private static PaymentDecision Approved(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.ActionRequired))
            return new(payment);
        var traced = Traced(payment, seen, now);
        return payment.Voiding ? new(traced, NextStep.Cancel) : new(traced, NextStep.Finish) { Finish = seen.Reference };
    }

    /// <summary>Money is held, or will be once the customer acted.</summary>
    private static PaymentDecision Live(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status is PaymentStatus.Voided or PaymentStatus.Declined)
        {
            // Either an old sight of what was cancelled long ago, or it came too late: then what it holds has to be let go. A hold
            // with an id of its own may have come after the rest was given up; letting it go twice does nothing.
            var old = payment.ProviderReference == seen.Reference
                && (payment.Status == PaymentStatus.Voided ? seen.Hold is null : seen.Status == ProviderStatus.ActionRequired);
            return new(payment) { Release = old ? null : seen.Reference };
        }

        if (payment.Voiding)
            return new(Traced(payment, seen, now), NextStep.Cancel);

        if (seen.Status == ProviderStatus.Authorized && payment.Status is PaymentStatus.Pending or PaymentStatus.ActionRequired)
        {
            var held = Changed(payment, now) with
            {
                Status = PaymentStatus.Authorized,
                ProviderReference = seen.Reference,
                HoldReference = seen.Hold,
                HoldEnds = seen.HoldEnds,
                Action = null,
                Decline = null,
            };
            return new(held) { News = PaymentNews.Authorized };
        }

        if (seen.Status == ProviderStatus.ActionRequired && payment.Status == PaymentStatus.ActionRequired && seen.Decline is { } decline)
            return ChooseAgain(payment, seen, decline, now);

        if (seen.Status == ProviderStatus.ActionRequired && payment.Status == PaymentStatus.Pending)
        {
            var waiting = Changed(payment, now) with { Status = PaymentStatus.ActionRequired, ProviderReference = seen.Reference, Action = seen.Action };
            return new(waiting) { News = PaymentNews.ActionRequired };
        }

        return new(payment);
    }

    /// <summary>The provider refused what the customer chose there, and lets him choose other means: under new keys.</summary>
    private static PaymentDecision ChooseAgain(Payment payment, Observation seen, Decline decline, DateTimeOffset now)
    {
        if (payment.Generation >= MostAttempts)
            return Declined(payment, seen, now);
        var again = Changed(payment, now) with { Generation = payment.Generation + 1, Decline = decline, Action = seen.Action ?? payment.Action };
        return new(again) { News = PaymentNews.ActionRequired };
    }

    /// <summary>Remembers under which id the provider has it.</summary>
    private static Payment Traced(Payment payment, Observation seen, DateTimeOffset now) =>
        payment.ProviderReference is null ? Changed(payment, now) with { ProviderReference = seen.Reference } : payment;

    private static PaymentDecision Taken(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status is PaymentStatus.Captured or PaymentStatus.Refunded)
            return new(payment);
        if (payment.Status is PaymentStatus.Voided or PaymentStatus.Declined || seen.Captured > payment.Amount)
        {
            return new(payment)
            {
                Anomaly = $"The provider took {seen.Captured} for payment {payment.Id} ({seen.Reference}), which is {payment.Status} over {payment.Amount}.",
            };
        }

        // A void that was asked for meanwhile came too late; its caller is told so.
        var taken = Changed(payment, now) with
        {
            Status = PaymentStatus.Captured,
            ProviderReference = seen.Reference,
            HoldReference = payment.HoldReference ?? seen.Hold,
            CaptureReference = seen.Capture,
            Captured = seen.Captured,
            Voiding = false,
            Action = null,
        };
        return new(taken) { News = PaymentNews.Captured };
    }

    private static PaymentDecision Canceled(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.ActionRequired or PaymentStatus.Authorized))
            return new(payment);
        var gone = Changed(payment, now) with
        {
            Status = PaymentStatus.Voided,
            ProviderReference = seen.Reference ?? payment.ProviderReference,
            Voiding = false,
            Action = null,
            VoidReason = payment.VoidReason ?? "cancelled at the provider",
        };
        return new(gone) { News = PaymentNews.Voided };
    }

    private static PaymentDecision Declined(Payment payment, Observation seen, DateTimeOffset now)
    {
        if (payment.Status is not (PaymentStatus.Pending or PaymentStatus.ActionRequired))
            return new(payment);
        if (payment.Voiding)
            return Canceled(payment, seen, now) with { Release = seen.Reference };
        var refused = Changed(payment, now) with
        {
            Status = PaymentStatus.Declined,
            ProviderReference = seen.Reference,
            Decline = seen.Decline ?? new Decline("declined", "The payment was declined."),
            Action = null,
        };
        // The browser of a customer who failed a challenge may still try another card there: close it.
        var release = payment.Status == PaymentStatus.ActionRequired ? seen.Reference : null;
        return new(refused) { News = PaymentNews.Declined, Release = release };
    }

    /// <summary>A second payment at the provider under our id: the answer of a key that was given up came late.</summary>
    private static PaymentDecision Stray(Payment payment, Observation seen) => seen.Status switch
    {
        ProviderStatus.Captured => new(payment) { Anomaly = $"Payment {payment.Id} is {payment.ProviderReference}, but the provider also took money as {seen.Reference}." },
        ProviderStatus.Canceled => new(payment),
        _ => new(payment) { Release = seen.Reference },
    };
}
