using System.Net;
using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>
/// PayPal's orders with the intent to authorise. The customer agrees at PayPal; then the shop asks for the hold, and takes it
/// when the order is ready. The order's id is the payment's reference; hold and taken money have ids of their own.
/// </summary>
public sealed class PayPalProvider(PayPalClient client, PayPalPipeline pipeline, PayPalOptions options) : IPaymentProvider
{
    private const int MaxInvoiceId = 127;

    private static readonly string[] ChooseAgain = ["INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"];

    /// <inheritdoc/>
    public string Name => ProviderNames.PayPal;

    /// <inheritdoc/>
    public bool IsAvailable => pipeline.IsAvailable;

    /// <summary>PayPal remembers what orders were asked for under a key for six hours. A forgotten one costs an order that nobody approves.</summary>
    public TimeSpan KeyTrust { get; } = TimeSpan.FromHours(5);

    /// <summary>A hold is valid for 29 days.</summary>
    public TimeSpan HoldWindow { get; } = TimeSpan.FromDays(29);

    /// <inheritdoc/>
    public async Task<Observation> AuthorizeAsync(AuthorizeCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        var payment = call.Payment;
        if (!PayPalMoney.TryToPayPal(payment.Amount, payment.Currency, out var value))
            return Refused(new Decline("amount_not_payable", $"PayPal cannot charge {payment.Amount} minor units of {payment.Currency}."));
        var unit = new PayPalUnit
        {
            Amount = new(payment.Currency, value),
            CustomId = payment.Id,
            InvoiceId = payment.Id,
            Description = $"Order {payment.Id}",
        };
        var experience = new PayPalExperience(options.ReturnUrl, options.CancelUrl, "PAY_NOW", "NO_SHIPPING");
        var create = new PayPalCreateOrder("AUTHORIZE", [unit], new PayPalSource(new PayPalWallet(experience)));
        try
        {
            var order = await pipeline.CallAsync("orders.create", token => client.PostAsync(
                "/v2/checkout/orders", create, PayPalJson.Default.PayPalCreateOrder, PayPalJson.Default.PayPalOrder, call.Key, token), cancellationToken);
            return Seen(Whole(order, payment));
        }
        catch (PayPalException refusal)
        {
            return Refused(PayPalMapping.ToDecline(refusal));
        }
    }

    /// <inheritdoc/>
    public async Task<Observation> FinishAsync(FinishCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            await pipeline.CallAsync("orders.authorize", token => client.PostAsync(
                $"/v2/checkout/orders/{call.Reference}/authorize", new PayPalNothing(), PayPalJson.Default.PayPalNothing,
                PayPalJson.Default.PayPalOrder, call.Key, token), cancellationToken);
            return await LookAsync(call.Reference, cancellationToken);
        }
        catch (PayPalException refusal) when (ChooseAgain.Contains(refusal.Issue))
        {
            var seen = await LookAsync(call.Reference, cancellationToken);
            return seen.Status is ProviderStatus.Approved or ProviderStatus.ActionRequired
                ? seen with { Status = ProviderStatus.ActionRequired, Decline = PayPalMapping.ToDecline(refusal) }
                : seen;
        }
        catch (PayPalException refusal)
        {
            // Done already, not approved after all, or refused for good: the order itself says which.
            var seen = await LookAsync(call.Reference, cancellationToken);
            return seen.Status == ProviderStatus.Approved
                ? seen with { Status = ProviderStatus.Declined, Decline = PayPalMapping.ToDecline(refusal) }
                : seen;
        }
    }

    /// <inheritdoc/>
    public async Task<Observation> CaptureAsync(CaptureCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!PayPalMoney.TryToPayPal(call.Amount, call.Currency, out var value))
            throw new ProviderRefusedException(new("amount_not_payable", $"PayPal cannot take {call.Amount} minor units of {call.Currency}."));
        var hold = call.Hold ?? (await LookAsync(call.Reference, cancellationToken)).Hold;
        if (hold is null)
            return await LookAsync(call.Reference, cancellationToken);
        try
        {
            var capture = new PayPalCreateCapture(new(call.Currency, value), FinalCapture: true);
            var taken = await pipeline.CallAsync("authorizations.capture", token => client.PostAsync(
                $"/v2/payments/authorizations/{hold}/capture", capture, PayPalJson.Default.PayPalCreateCapture,
                PayPalJson.Default.PayPalCapture, call.Key, token), cancellationToken);
            return taken is { Status: "COMPLETED" }
                ? new Observation(ProviderStatus.Captured, call.Reference) { Captured = call.Amount, Capture = taken.Id, Hold = hold }
                : await LookAsync(call.Reference, cancellationToken);
        }
        catch (PayPalException refusal)
        {
            var seen = await LookAsync(call.Reference, cancellationToken);
            return seen.Status == ProviderStatus.Authorized ? throw new ProviderRefusedException(PayPalMapping.ToDecline(refusal)) : seen;
        }
    }

    /// <summary>Lets the hold go. An order that holds nothing cannot be closed at PayPal; it is left to run out, and is never asked for money again.</summary>
    public async Task<Observation> CancelAsync(CancelCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        var seen = await LookAsync(call.Reference, cancellationToken);
        if (seen.Hold is not { } hold)
            return seen.Status == ProviderStatus.Captured ? seen : seen with { Status = ProviderStatus.Canceled };
        if (seen.Status is ProviderStatus.Captured or ProviderStatus.Canceled or ProviderStatus.Declined)
            return seen;
        try
        {
            await pipeline.CallAsync("authorizations.void", token => client.PostAsync(
                $"/v2/payments/authorizations/{hold}/void", new PayPalNothing(), PayPalJson.Default.PayPalNothing,
                PayPalJson.Default.PayPalAuthorization, call.Key, token), cancellationToken);
        }
        catch (PayPalException)
        {
            // Voided or captured meanwhile: the look tells.
        }

        return await LookAsync(call.Reference, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<RefundObservation> RefundAsync(RefundCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!PayPalMoney.TryToPayPal(call.Amount, call.Currency, out var value))
            return new RefundObservation(call.RefundId, null, Accepted: false, $"PayPal cannot give back {call.Amount} minor units of {call.Currency}.");
        var capture = call.Capture ?? (await LookAsync(call.Reference, cancellationToken)).Capture
            ?? throw new OutcomeUnknownException($"PayPal shows nothing taken for {call.Reference} yet.");
        try
        {
            var create = new PayPalCreateRefund(new(call.Currency, value), call.RefundId, InvoiceOf(call));
            var refund = await pipeline.CallAsync("captures.refund", token => client.PostAsync(
                $"/v2/payments/captures/{capture}/refund", create, PayPalJson.Default.PayPalCreateRefund,
                PayPalJson.Default.PayPalRefund, call.Key, token), cancellationToken);
            return refund is null
                ? throw new OutcomeUnknownException("PayPal's answer to a refund is empty.")
                : PayPalMapping.Observe(refund) with { RefundId = call.RefundId, Amount = call.Amount };
        }
        catch (PayPalException refusal)
        {
            var why = PayPalMapping.ToDecline(refusal);
            return new RefundObservation(call.RefundId, null, Accepted: false, $"{why.Code}: {why.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<Observation> LookAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            return Seen(await pipeline.CallAsync("orders.get", token => client.GetAsync(
                $"/v2/checkout/orders/{Uri.EscapeDataString(reference)}", PayPalJson.Default.PayPalOrder, token), cancellationToken));
        }
        catch (PayPalException gone) when (gone.Status == HttpStatusCode.NotFound)
        {
            // PayPal forgets orders that nobody approved.
            return new Observation(ProviderStatus.Canceled, reference);
        }
        catch (PayPalException refusal)
        {
            throw new OutcomeUnknownException($"PayPal does not show {reference}.", refusal) { Passing = false };
        }
    }

    /// <inheritdoc/>
    public async Task<string?> PaymentIdOfAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var order = await pipeline.CallAsync("orders.get", token => client.GetAsync(
                $"/v2/checkout/orders/{Uri.EscapeDataString(reference)}", PayPalJson.Default.PayPalOrder, token), cancellationToken);
            return order?.PurchaseUnits.Select(unit => unit.CustomId ?? unit.InvoiceId).FirstOrDefault();
        }
        catch (PayPalException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>PayPal finds no orders by our id. One whose key it forgot was never approved by anybody, so it holds nothing.</summary>
    public Task<Observation?> FindAsync(string paymentId, DateTimeOffset since, CancellationToken cancellationToken) => Task.FromResult<Observation?>(null);

    /// <summary>PayPal lists no orders.</summary>
    public IAsyncEnumerable<(string PaymentId, Observation Seen)> ListAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<(string, Observation)>();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefundObservation>> RefundsAsync(string reference, CancellationToken cancellationToken) =>
        (await LookAsync(reference, cancellationToken)).Refunds;

    /// <inheritdoc/>
    public async Task<RefundObservation?> FindRefundAsync(string reference, string refundId, CancellationToken cancellationToken) =>
        (await RefundsAsync(reference, cancellationToken)).FirstOrDefault(refund => refund.RefundId == refundId);

    private static string? InvoiceOf(RefundCall call) =>
        $"{call.PaymentId}-{call.RefundId}" is { Length: <= MaxInvoiceId } invoice ? invoice : null;

    private static Observation Seen(PayPalOrder? order) =>
        order is null ? throw new OutcomeUnknownException("PayPal's answer about an order is empty.") : PayPalMapping.Observe(order);

    // What it answers to a creation may leave out what we said.
    private static PayPalOrder? Whole(PayPalOrder? order, Payment payment)
    {
        if (order is null || order.PurchaseUnits.Count > 0 || !PayPalMoney.TryToPayPal(payment.Amount, payment.Currency, out var value))
            return order;
        return order with { PurchaseUnits = [new PayPalUnit { Amount = new(payment.Currency, value) }] };
    }

    private static Observation Refused(Decline decline) => new(ProviderStatus.Declined, null) { Decline = decline };
}
