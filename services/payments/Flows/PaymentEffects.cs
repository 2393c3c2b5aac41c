using System.Text.Json;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Flows;

/// <summary>
/// What a payment's turn leaves to be done at the provider: kept beside its events, and done again until it succeeds. Releases
/// what must not stay open, asks for holds that customers agreed to, and works off the inbox of webhooks.
/// </summary>
public sealed partial class PaymentEffects(
    PaymentProviders providers, PaymentFlows flows, IPaymentBook book, IPaymentDesk desk, TimeProvider time, ILogger<PaymentEffects> logger)
{
    private const string Release = "payments.release";
    private const string Finish = "payments.finish";
    private const string Inbox = "payments.inbox";
    private const string Task = "payments.task";
    private const string TaskDone = "payments.task-done";
    private const string Itself = "payments";

    /// <summary>The effects of a decision.</summary>
    public static IEnumerable<PendingEvent> Of(string paymentId, PaymentDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (decision.Release is { } released)
        {
            var effect = new PaymentEffect(paymentId, decision.Payment!.Provider, released);
            yield return Pending($"{paymentId}:release:{released}", Release, effect);
        }

        if (decision.Finish is { } agreed)
        {
            // Once for each attempt, and again when a customer agreed anew after the provider refused.
            var payment = decision.Payment!;
            var id = $"{paymentId}:finish:{payment.Generation}:{payment.SeenEvents[^1]}";
            yield return Pending(id, Finish, new PaymentEffect(paymentId, payment.Provider, agreed));
        }

        if (decision.Inbox is { } item)
            yield return PendingEvent.Create($"inbox:{item.EventId}", Inbox, "", KeyOf(paymentId), item, PaymentShardJson.Default.InboxItem);

        foreach (var (type, task) in TasksOf(decision))
            yield return PendingEvent.Create($"{type}:{task.Id}", type, "", task.Id, task, PaymentShardJson.Default.PaymentTask);
    }

    /// <summary>Whether a pending event is one of these effects.</summary>
    public static bool Knows(PendingEvent pending)
    {
        ArgumentNullException.ThrowIfNull(pending);
        return pending.Type is Release or Finish or Inbox or Task or TaskDone;
    }

    /// <summary>Has an effect; an exception keeps it pending.</summary>
    public async Task RunAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        switch (pending.Type)
        {
            case Release:
                await ReleaseAsync(Read(pending), cancellationToken);
                break;
            case Finish:
                await flows.FinishAsync(Read(pending).PaymentId, cancellationToken);
                break;
            case Task:
                await desk.OpenAsync(pending.Data.Deserialize(PaymentShardJson.Default.PaymentTask)!, cancellationToken);
                break;
            case TaskDone:
                var done = pending.Data.Deserialize(PaymentShardJson.Default.PaymentTask)!;
                await desk.OpenAsync(done, cancellationToken);
                await desk.ResolveAsync(new TaskResolution(done.Id, Itself, done.Note ?? ""), cancellationToken);
                break;
            default:
                await UnderstandAsync(pending.Data.Deserialize(PaymentShardJson.Default.InboxItem)!, cancellationToken);
                break;
        }
    }

    // Whatever the provider says is fine: a payment that it took the money of meanwhile is told by its webhook. A second cancel
    // does nothing, so each attempt may have its own key.
    private async Task ReleaseAsync(PaymentEffect effect, CancellationToken cancellationToken)
    {
        var paymentId = effect.PaymentId;
        var provider = providers.Find(effect.Provider) ?? throw new InvalidOperationException($"The shop no longer pays by {effect.Provider}.");
        var key = $"{paymentId}/release/{Identifiers.New(time)}";
        var seen = await provider.CancelAsync(new(paymentId, effect.Reference, key), cancellationToken);
        LogReleased(logger, effect.Reference, paymentId, seen.Status);
    }

    private async Task UnderstandAsync(InboxItem item, CancellationToken cancellationToken)
    {
        var paymentId = item.PaymentId;
        if (paymentId is null && item.Reference is { } reference && providers.Find(item.Provider) is { } provider)
            paymentId = await provider.PaymentIdOfAsync(reference, cancellationToken);
        if (!Identifiers.IsId(paymentId))
        {
            LogForeign(logger, item.EventId, item.Type);
            return;
        }

        if (item.Dispute is { } dispute)
            await book.ExecuteAsync(paymentId!, new ObserveDispute(dispute, item.EventId), CancellationToken.None);
        else
            await flows.GetAsync(paymentId!, refresh: true, cancellationToken);
        // The capture it gives back of is known by now.
        if (item.Refund is { } refund)
            await book.ExecuteAsync(paymentId!, new ObserveRefund(refund), CancellationToken.None);
    }

    private static IEnumerable<(string Type, PaymentTask Task)> TasksOf(PaymentDecision decision)
    {
        if (decision.Payment is not { } payment)
            yield break;
        if (decision.FailedRefund is { } failed)
            yield return (Task, PaymentTask.Of(payment, failed));
        if (decision.Dispute is { Status: DisputeStatus.Open } opened)
            yield return (Task, PaymentTask.Of(payment, opened));
        else if (decision.Dispute is { } closed)
            yield return (TaskDone, PaymentTask.Of(payment, closed) with { Note = $"The dispute was {closed.Status.ToString().ToLowerInvariant()}." });
        if (decision.Anomaly is { } anomaly)
            yield return (Task, PaymentTask.Of(payment, PaymentTaskKinds.Anomaly, anomaly, 0, anomaly));
    }

    private static PaymentEffect Read(PendingEvent pending) => pending.Data.ValueKind == JsonValueKind.String
        ? new PaymentEffect(pending.Key, ProviderNames.Stripe, pending.Data.GetString()!) // As it was written when there was one provider.
        : pending.Data.Deserialize(PaymentShardJson.Default.PaymentEffect)!;

    private static PendingEvent Pending(string id, string type, PaymentEffect effect) =>
        PendingEvent.Create(id, type, "", KeyOf(effect.PaymentId), effect, PaymentShardJson.Default.PaymentEffect);

    // Not the payment's own key: a provider that does not answer must not hold up the payment's events.
    private static string KeyOf(string paymentId) => paymentId + "/provider";

    [LoggerMessage(Level = LogLevel.Information, Message = "Released {Reference} of payment {PaymentId}: {Status}")]
    private static partial void LogReleased(ILogger logger, string reference, string paymentId, ProviderStatus status);

    [LoggerMessage(Level = LogLevel.Information, Message = "Event {EventId} ({EventType}) is about no payment of ours")]
    private static partial void LogForeign(ILogger logger, string eventId, string eventType);
}

/// <summary>Something to be done at a provider.</summary>
/// <param name="PaymentId">The payment it is done for.</param>
/// <param name="Provider">One of <see cref="ProviderNames"/>.</param>
/// <param name="Reference">The provider's id of the payment.</param>
public sealed record PaymentEffect(string PaymentId, string Provider, string Reference);
