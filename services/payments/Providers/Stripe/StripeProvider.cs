using System.Net;
using System.Runtime.CompilerServices;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Values;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>Stripe's payment intents, with manual capture.</summary>
public sealed class StripeProvider(IStripeClient client, StripePipeline pipeline, StripeOptions options) : IPaymentProvider
{
    private const int PageSize = 100;
    private const int MostPages = 50;

    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly PaymentIntentService _intents = new(client);
    private readonly RefundService _refunds = new(client);

    /// <inheritdoc/>
    public string Name => ProviderNames.Stripe;

    /// <inheritdoc/>
    public bool IsAvailable => pipeline.IsAvailable;

    /// <summary>Stripe prunes keys after a day at the earliest.</summary>
    public TimeSpan KeyTrust { get; } = TimeSpan.FromHours(20);

    /// <summary>A card's hold, when the customer was there.</summary>
    public TimeSpan HoldWindow { get; } = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public async Task<Observation> AuthorizeAsync(AuthorizeCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        var payment = call.Payment;
        if (!StripeMoney.TryToStripe(payment.Amount, payment.Currency, out var amount))
            return Refused(new Decline("amount_not_payable", $"The provider cannot charge {payment.Amount} minor units of {payment.Currency}."));
        var create = new PaymentIntentCreateOptions
        {
            Amount = amount,
            Currency = StripeMoney.Currency(payment.Currency),
            CaptureMethod = "manual",
            Confirm = true,
            PaymentMethod = payment.Instrument?.Token ?? payment.PaymentMethod,
            Customer = payment.Instrument?.Customer,
            AllowedPaymentMethodTypes = ["card"],
            ReceiptEmail = payment.Email.Length == 0 ? null : payment.Email,
            ReturnUrl = options.ReturnUrl,
            Description = $"Order {payment.Id}",
            Metadata = new() { [StripeMapping.PaymentIdKey] = payment.Id },
        };
        try
        {
            return StripeMapping.Observe(await pipeline.CallAsync("payment_intents.create", token => _intents.CreateAsync(create, Keyed(call.Key), token), cancellationToken));
        }
        catch (StripeException refusal)
        {
            // A declined card names its intent; anything else was refused before there was one.
            var decline = StripeMapping.ToDecline(refusal.StripeError);
            return refusal.StripeError.PaymentIntent is { } intent
                ? StripeMapping.Observe(intent) with { Status = ProviderStatus.Declined, Decline = decline }
                : Refused(decline);
        }
    }

    /// <summary>Stripe holds the money by itself once the customer acted: only a look.</summary>
    public Task<Observation> FinishAsync(FinishCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return LookAsync(call.Reference, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Observation> CaptureAsync(CaptureCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!StripeMoney.TryToStripe(call.Amount, call.Currency, out var amount))
            throw new ArgumentException($"{call.Amount} {call.Currency} was never authorised at Stripe.", nameof(call));
        var capture = new PaymentIntentCaptureOptions { AmountToCapture = amount };
        return ActAsync(call.Reference, "payment_intents.capture", token => _intents.CaptureAsync(call.Reference, capture, Keyed(call.Key), token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Observation> CancelAsync(CancelCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        var cancel = new PaymentIntentCancelOptions { CancellationReason = "abandoned" };
        return ActAsync(call.Reference, "payment_intents.cancel", token => _intents.CancelAsync(call.Reference, cancel, Keyed(call.Key), token), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<RefundObservation> RefundAsync(RefundCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!StripeMoney.TryToStripe(call.Amount, call.Currency, out var amount))
            return new RefundObservation(call.RefundId, null, Accepted: false, $"The provider cannot give back {call.Amount} minor units of {call.Currency}.");
        var create = new RefundCreateOptions
        {
            PaymentIntent = call.Reference,
            Amount = amount,
            Metadata = new() { [StripeMapping.PaymentIdKey] = call.PaymentId, [StripeMapping.RefundIdKey] = call.RefundId },
        };
        try
        {
            var refund = await pipeline.CallAsync("refunds.create", token => _refunds.CreateAsync(create, Keyed(call.Key), token), cancellationToken);
            return StripeMapping.Observe(refund) with { RefundId = call.RefundId };
        }
        catch (StripeException refusal)
        {
            var why = StripeMapping.ToDecline(refusal.StripeError);
            return new RefundObservation(call.RefundId, null, Accepted: false, $"{why.Code}: {why.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<Observation> LookAsync(string reference, CancellationToken cancellationToken) =>
        StripeMapping.Observe(await pipeline.CallAsync("payment_intents.retrieve", token => _intents.GetAsync(reference, null, null, token), cancellationToken));

    /// <inheritdoc/>
    public async Task<string?> PaymentIdOfAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var intent = await pipeline.CallAsync("payment_intents.retrieve", token => _intents.GetAsync(reference, null, null, token), cancellationToken);
            return intent.Metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey);
        }
        catch (StripeException missing) when (missing.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<Observation?> FindAsync(string paymentId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Listing is consistent at once; searching by metadata may lag by a minute.
        var list = new PaymentIntentListOptions
        {
            Limit = PageSize,
            Created = new DateRangeOptions { GreaterThanOrEqual = (since - ClockSkew).UtcDateTime },
        };
        for (var page = 0; page < MostPages; page++)
        {
            var intents = await pipeline.CallAsync("payment_intents.list", token => _intents.ListAsync(list, null, token), cancellationToken);
            if (intents.FirstOrDefault(intent => intent.Metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey) == paymentId) is { } found)
                return StripeMapping.Observe(found);
            if (!intents.HasMore)
                return null;
            list.StartingAfter = intents.Data[^1].Id;
        }

        throw new OutcomeUnknownException($"Payment {paymentId} is not among the provider's latest {MostPages * PageSize}.");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<(string PaymentId, Observation Seen)> ListAsync(
        DateTimeOffset since, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var list = new PaymentIntentListOptions
        {
            Limit = PageSize,
            Created = new DateRangeOptions { GreaterThanOrEqual = since.UtcDateTime, LessThanOrEqual = until.UtcDateTime },
        };
        StripeList<PaymentIntent> intents;
        do
        {
            intents = await pipeline.CallAsync("payment_intents.list", token => _intents.ListAsync(list, null, token), cancellationToken);
            foreach (var intent in intents.Data)
            {
                if (intent.Metadata?.GetValueOrDefault(StripeMapping.PaymentIdKey) is { } paymentId && Identifiers.IsId(paymentId))
                    yield return (paymentId, StripeMapping.Observe(intent));
            }

            list.StartingAfter = intents.Data.Count > 0 ? intents.Data[^1].Id : null;
        }
        while (intents.HasMore);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefundObservation>> RefundsAsync(string reference, CancellationToken cancellationToken)
    {
        var list = new RefundListOptions { PaymentIntent = reference, Limit = PageSize };
        var refunds = await pipeline.CallAsync("refunds.list", token => _refunds.ListAsync(list, null, token), cancellationToken);
        return [.. refunds.Data.Select(StripeMapping.Observe)];
    }

    /// <inheritdoc/>
    public async Task<RefundObservation?> FindRefundAsync(string reference, string refundId, CancellationToken cancellationToken) =>
        (await RefundsAsync(reference, cancellationToken)).FirstOrDefault(seen => seen.RefundId == refundId);

    private async Task<Observation> ActAsync(
        string reference, string endpoint, Func<CancellationToken, Task<PaymentIntent>> act, CancellationToken cancellationToken)
    {
        try
        {
            return StripeMapping.Observe(await pipeline.CallAsync(endpoint, act, cancellationToken));
        }
        catch (StripeException refusal) when (refusal.StripeError.PaymentIntent is { } intent)
        {
            // Refused because of what the payment is by now.
            return StripeMapping.Observe(intent);
        }
        catch (StripeException refusal) when (refusal.HttpStatusCode != HttpStatusCode.NotFound)
        {
            return await LookAsync(reference, cancellationToken);
        }
    }

    private static Observation Refused(Decline decline) => new(ProviderStatus.Declined, null) { Decline = decline };

    private static RequestOptions Keyed(string key) => new() { IdempotencyKey = key };
}
