using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Reconciliation;
using NexusCart.Payments.V1;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using Payment = NexusCart.Payments.V1.Payment;

namespace NexusCart.Payments.Api;

/// <summary>The payments API. UNAVAILABLE means that the outcome is unknown: repeat the same request.</summary>
public sealed partial class PaymentsService(
    PaymentFlows flows,
    PaymentProviders providers,
    WalletFlows wallet,
    IPaymentDesk desk,
    Reconciler reconciler,
    ShardClient<Domain.Payment, PaymentCommand, PaymentAnswer> shards,
    ILogger<PaymentsService> logger) : V1.Payments.PaymentsBase
{
    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<Payment> Authorize(AuthorizeRequest request, ServerCallContext context)
    {
        var begin = PaymentRequests.Check(request);
        if (providers.Find(ProviderNames.Of(request.PaymentMethod)) is null)
            throw Refusal.Invalid("paymentMethod", $"is {ProviderNames.Of(request.PaymentMethod)}'s; this shop pays by {string.Join(", ", providers.All.Select(provider => provider.Name))}");
        begin = begin with { Instrument = await ResolveAsync(request, context.CancellationToken) };
        return await AnswerAsync(
            "authorize", request.PaymentId, flows.AuthorizeAsync(request.PaymentId, begin, context.CancellationToken),
            () => ParkedAsync(request.PaymentId, context.CancellationToken));
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<Payment> Capture(CaptureRequest request, ServerCallContext context)
    {
        var begin = PaymentRequests.Check(request);
        return AnswerAsync("capture", request.PaymentId, flows.CaptureAsync(request.PaymentId, begin, context.CancellationToken));
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<Payment> Void(VoidRequest request, ServerCallContext context)
    {
        var begin = PaymentRequests.Check(request);
        return AnswerAsync("void", request.PaymentId, flows.VoidAsync(request.PaymentId, begin, context.CancellationToken));
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<Payment> Refund(RefundRequest request, ServerCallContext context)
    {
        var begin = PaymentRequests.Check(request);
        return AnswerAsync("refund", request.PaymentId, flows.RefundAsync(request.PaymentId, begin, context.CancellationToken));
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<Payment> GetPayment(GetPaymentRequest request, ServerCallContext context)
    {
        PaymentRequests.Check(request);
        return AnswerAsync("get", request.PaymentId, flows.GetAsync(request.PaymentId, request.Refresh, context.CancellationToken));
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<AuditShardResponse> AuditShard(AuditShardRequest request, ServerCallContext context)
    {
        if (request.Shard < 0 || request.Shard >= shards.ShardCount)
            throw Refusal.Invalid("shard", $"must be 0 to {shards.ShardCount - 1}");
        var page = await shards.ReadPageAsync(request.Shard, request.PageToken, context.CancellationToken);
        var answer = new AuditShardResponse { ShardCount = shards.ShardCount, NextPageToken = page.NextToken };
        foreach (var payment in page.Entities)
        {
            answer.Payments.Add(PaymentMapping.ToAudited(payment));
        }

        return answer;
    }

    /// <summary>What is known of a payment whose provider is out of order, and who could be paid by instead.</summary>
    private async Task<Payment> ParkedAsync(string paymentId, CancellationToken cancellationToken)
    {
        var answer = PaymentMapping.ToMessage(await flows.GetAsync(paymentId, refresh: false, cancellationToken), paymentId);
        if (answer.Status != V1.PaymentStatus.Pending)
            return answer;
        answer.ProviderUnavailable = true;
        answer.OfferedProviders.AddRange(providers.OfferedInsteadOf(answer.Provider));
        return answer;
    }

    /// <param name="step">For the log.</param>
    /// <param name="paymentId">The payment.</param>
    /// <param name="flow">What is under way.</param>
    /// <param name="parked">The answer when the provider did not answer in all attempts; null where only an error will do.</param>
    private async Task<Payment> AnswerAsync(string step, string paymentId, Task<PaymentAnswer> flow, Func<Task<Payment>>? parked = null)
    {
        try
        {
            return PaymentMapping.ToMessage(await flow, paymentId);
        }
        catch (ProviderRefusedException refused)
        {
            logger.LogWarning(refused, "The provider refused to {Step} payment {PaymentId}", step, paymentId);
            throw Refusal.Precondition("provider_refused", refused.Message);
        }
        catch (Exception unknown) when (unknown is OutcomeUnknownException or KeySpentException)
        {
            logger.LogWarning(unknown, "The outcome of {Step} of payment {PaymentId} is unknown", step, paymentId);
            return parked is not null && unknown is OutcomeUnknownException { BlamesProvider: true }
                ? await parked()
                : throw Refusal.Unavailable(unknown.Message);
        }
    }
}
