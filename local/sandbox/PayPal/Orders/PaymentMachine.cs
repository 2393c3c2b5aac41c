namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>PayPal's rules of holds, captures and refunds: pure functions from one version of the order to the next.</summary>
public static class PaymentMachine
{
    // A capture may exceed its hold by 15 %, and by no more than 75.00.
    private const long MaximumExcess = 7_500;

    /// <summary>Takes held money: all that is left, or an amount; several times until one is final.</summary>
    /// <param name="order">The order.</param>
    /// <param name="id">The hold.</param>
    /// <param name="amount">What to take; null for all that is left.</param>
    /// <param name="final">True to release what is left.</param>
    /// <param name="invoiceId">The capture's invoice number; null for the order's.</param>
    /// <param name="context">The world.</param>
    public static OrderChange Capture(PayPalOrder order, string id, PayPalMoney? amount, bool final, string? invoiceId, OrderContext context)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(context);
        var held = Held(order, id);
        if (Closed(held, context.Now) is { } closed)
            return OrderChange.Refused(order, closed);
        // The hold that renewed it stands in its place: both could be captured else.
        if (order.Authorizations.Any(other => other.Renews == id))
            return OrderChange.Refused(order, "AUTHORIZATION_VOIDED");
        var left = held.Amount.MinorUnits - order.CapturedOf(id);
        var asked = amount ?? held.Amount with { MinorUnits = Math.Max(left, 0) };
        if (asked.Currency != held.Amount.Currency)
            return OrderChange.Refused(order, "AUTH_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code");
        if (asked.MinorUnits <= 0)
            return OrderChange.Refused(order, "CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value");
        if (asked.MinorUnits > left + Math.Min(held.Amount.MinorUnits * 15 / 100, MaximumExcess))
            return OrderChange.Refused(order, "MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value");
        if (context.InvoiceUsed)
            return OrderChange.Refused(order, "DUPLICATE_INVOICE_ID", "/invoice_id");
        if (Buyers.Of(order).CaptureRefusal is { } issue)
            return OrderChange.Refused(order, issue);
        var taken = Taken(order, id, asked, final || asked.MinorUnits >= left, invoiceId ?? order.Unit.InvoiceId, context);
        var status = taken.Final ? AuthorizationStatus.Captured : AuthorizationStatus.PartiallyCaptured;
        var captured = order.With(taken).With(held with { Status = status, Updated = context.Now }) with { Updated = context.Now };
        return new(captured, [Told(taken)], taken.Id);
    }

    /// <summary>Gives a hold up; what was captured of it stays captured.</summary>
    public static OrderChange Void(PayPalOrder order, string id, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        var held = Held(order, id);
        if (held.Status == AuthorizationStatus.Voided)
            return OrderChange.Refused(order, "PREVIOUSLY_VOIDED");
        if (held.Status == AuthorizationStatus.Captured)
            return OrderChange.Refused(order, "PREVIOUSLY_CAPTURED");
        if (held.Status == AuthorizationStatus.Denied)
            return OrderChange.Refused(order, "AUTHORIZATION_DENIED");
        if (held.Renews is not null)
            return OrderChange.Refused(order, "CANNOT_BE_VOIDED");
        var voided = order.With(held with { Status = AuthorizationStatus.Voided, Updated = now, SettlesAt = null }) with { Updated = now };
        // The hold that renewed this one goes with it.
        foreach (var renewal in order.Authorizations.Where(other => other.Renews == id && other.Status.IsOpen()))
            voided = voided.With(renewal with { Status = AuthorizationStatus.Voided, Updated = now });
        if (!voided.Captures.Any(capture => capture.Status.MovesMoney()))
            voided = voided with { Status = OrderStatus.Voided };
        return new(voided, [new("PAYMENT.AUTHORIZATION.VOIDED", ResourceKind.Authorization, id)], id);
    }

    /// <summary>Renews a hold once, between the fourth and the 29th day: a hold with an id of its own takes its place.</summary>
    public static OrderChange Reauthorize(PayPalOrder order, string id, PayPalMoney? amount, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        var held = Held(order, id);
        if (Closed(held, now) is { } closed)
            return OrderChange.Refused(order, closed);
        if (held.Renews is not null || order.Authorizations.Any(other => other.Renews == id))
            return OrderChange.Refused(order, "REAUTHORIZATION_NOT_SUPPORTED");
        if (now < held.Created + OrderMachine.HonorPeriod)
            return OrderChange.Refused(order, "REAUTHORIZATION_TOO_SOON");
        var left = held.Amount.MinorUnits - order.CapturedOf(id);
        var asked = amount ?? held.Amount with { MinorUnits = left };
        if (asked.Currency != held.Amount.Currency)
            return OrderChange.Refused(order, "AUTH_CURRENCY_MISMATCH", "/amount/currency_code");
        if (asked.MinorUnits > left + Math.Min(held.Amount.MinorUnits * 15 / 100, MaximumExcess))
            return OrderChange.Refused(order, "AUTHORIZATION_AMOUNT_EXCEEDED", "/amount/value");
        var renewed = new Authorization(PayPalNames.NewId(), asked, AuthorizationStatus.Created, now, held.Expires) { Renews = id };
        return new(order.With(renewed) with { Updated = now }, [new("PAYMENT.AUTHORIZATION.CREATED", ResourceKind.Authorization, renewed.Id)], renewed.Id);
    }

    /// <summary>Gives captured money back: all that is left, or a part; never more than was taken.</summary>
    /// <param name="order">The order.</param>
    /// <param name="refund">The refund; its amount is 0 for all that is left.</param>
    /// <param name="context">The world.</param>
    public static OrderChange Refund(PayPalOrder order, PayPalRefund refund, OrderContext context)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(refund);
        ArgumentNullException.ThrowIfNull(context);
        var taken = order.Captures.Single(capture => capture.Id == refund.CaptureId);
        var left = taken.Amount.MinorUnits - order.RefundedOf(taken.Id);
        if (taken.Status == CaptureStatus.Pending)
            return OrderChange.Refused(order, "PENDING_CAPTURE");
        if (taken.Status == CaptureStatus.Declined)
            return OrderChange.Refused(order, "REFUND_NOT_ALLOWED");
        if (left == 0)
            return OrderChange.Refused(order, "CAPTURE_FULLY_REFUNDED");
        if (refund.Amount.Currency != taken.Amount.Currency)
            return OrderChange.Refused(order, "REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code");
        var asked = refund.Amount.MinorUnits == 0 ? taken.Amount with { MinorUnits = left } : refund.Amount;
        if (asked.MinorUnits > left)
            return OrderChange.Refused(order, "REFUND_AMOUNT_EXCEEDED", "/amount/value");
        var waits = Buyers.Of(order).RefundEndsAs is not null;
        var given = refund with
        {
            Amount = asked,
            Status = waits ? PayPalRefundStatus.Pending : PayPalRefundStatus.Completed,
            SettlesAt = waits ? context.Now + context.SettlesAfter : null,
        };
        return new(Counted(order.With(given), taken.Id, context.Now), [Told(given)], given.Id);
    }

    /// <summary>Ends what was pending and is due: reviews, e-checks, refunds; lapses holds. Unchanged when nothing is due.</summary>
    public static OrderChange Settle(PayPalOrder order, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        var buyer = Buyers.Of(order);
        var events = new List<OrderEvent>();
        foreach (var held in order.Authorizations.Where(held => IsDue(held, now)))
        {
            var ended = held.Expires <= now ? AuthorizationStatus.Voided : buyer.ReviewEndsAs ?? AuthorizationStatus.Created;
            order = order.With(held with { Status = ended, Updated = now, SettlesAt = null });
            var type = ended == AuthorizationStatus.Created ? "PAYMENT.AUTHORIZATION.CREATED" : "PAYMENT.AUTHORIZATION.VOIDED";
            events.Add(new(type, ResourceKind.Authorization, held.Id));
        }

        foreach (var taken in order.Captures.Where(taken => taken.SettlesAt <= now))
        {
            var ended = taken with { Status = buyer.PendingEndsAs, Reason = null, Updated = now, SettlesAt = null };
            order = order.With(ended);
            events.Add(Told(ended));
        }

        foreach (var given in order.Refunds.Where(given => given.SettlesAt <= now))
        {
            var ended = given with { Status = buyer.RefundEndsAs ?? PayPalRefundStatus.Completed, Updated = now, SettlesAt = null };
            order = Counted(order.With(ended), given.CaptureId, now);
            events.Add(Told(ended));
        }

        return new(events.Count == 0 ? order : order with { Updated = now }, events);
    }

    /// <summary>True when <see cref="Settle"/> would change something.</summary>
    public static bool IsDue(PayPalOrder order, DateTimeOffset now) =>
        order.Authorizations.Any(held => IsDue(held, now)) || order.Captures.Any(taken => taken.SettlesAt <= now) || order.Refunds.Any(given => given.SettlesAt <= now);

    internal static Capture Taken(PayPalOrder order, string? authorizationId, PayPalMoney amount, bool final, string? invoiceId, OrderContext context)
    {
        var reason = Buyers.Of(order).PendingReason;
        var status = reason is null ? CaptureStatus.Completed : CaptureStatus.Pending;
        return new(PayPalNames.NewId(), authorizationId, amount, status, final, context.Now)
        {
            Reason = reason,
            InvoiceId = invoiceId,
            SettlesAt = reason is null ? null : context.Now + context.SettlesAfter,
        };
    }

    internal static OrderEvent Told(Capture capture) => new(
        capture.Status switch
        {
            CaptureStatus.Pending => "PAYMENT.CAPTURE.PENDING",
            CaptureStatus.Declined => "PAYMENT.CAPTURE.DENIED",
            _ => "PAYMENT.CAPTURE.COMPLETED",
        },
        ResourceKind.Capture, capture.Id);

    private static OrderEvent Told(PayPalRefund refund) => new(
        refund.Status switch
        {
            PayPalRefundStatus.Pending => "PAYMENT.REFUND.PENDING",
            PayPalRefundStatus.Failed => "PAYMENT.REFUND.FAILED",
            _ => "PAYMENT.CAPTURE.REFUNDED",
        },
        ResourceKind.Refund, refund.Id);

    private static PayPalOrder Counted(PayPalOrder order, string captureId, DateTimeOffset now)
    {
        var taken = order.Captures.Single(capture => capture.Id == captureId);
        var given = order.RefundedOf(captureId);
        var status = given == 0 ? CaptureStatus.Completed : given < taken.Amount.MinorUnits ? CaptureStatus.PartiallyRefunded : CaptureStatus.Refunded;
        return order.With(taken with { Status = status, Updated = now }) with { Updated = now };
    }

    private static Authorization Held(PayPalOrder order, string id) => order.Authorizations.Single(held => held.Id == id);

    private static string? Closed(Authorization held, DateTimeOffset now) => held.Status switch
    {
        AuthorizationStatus.Captured => "AUTHORIZATION_ALREADY_CAPTURED",
        AuthorizationStatus.Denied => "AUTHORIZATION_DENIED",
        _ when held.Expires <= now => "AUTHORIZATION_EXPIRED",
        AuthorizationStatus.Voided => "AUTHORIZATION_VOIDED",
        AuthorizationStatus.Pending => "TRANSACTION_REFUSED",
        _ => null,
    };

    private static bool IsDue(Authorization held, DateTimeOffset now) =>
        held.SettlesAt <= now || (held.Status.IsOpen() && held.Expires <= now);
}
