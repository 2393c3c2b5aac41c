using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Events;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Actors;

/// <summary>What came of a command.</summary>
/// <param name="Payment">The payment after it; null when there is none.</param>
/// <param name="Next">What the caller has to do at the provider.</param>
/// <param name="Refused">Why it was refused.</param>
public sealed record PaymentAnswer(Payment? Payment, NextStep Next = NextStep.None, Refused? Refused = null);

/// <summary>The calls a payment shard takes.</summary>
public interface IPaymentShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<PaymentAnswer>[]> ExecuteAsync(ShardCommand<PaymentCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Payment>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>
/// One shard of the payments: the only writer of its payments and of their events, and the inbox of their webhooks. Next to
/// events it keeps one other kind of pending effect: provider payments that must not stay open, cancelled until that succeeds.
/// </summary>
public sealed class PaymentShardActor(ActorHost host, AggregateShardServices services, IPaymentProvider provider)
    : AggregateShard<Payment, PaymentCommand, PaymentAnswer>(host, services), IPaymentShardActor
{
    private const string Release = "payments.release";
    private readonly TimeProvider _time = services.Time;

    /// <inheritdoc/>
    protected override ShardDecision<Payment, PaymentAnswer> Decide(
        string entityId, Payment? entity, PaymentCommand command, DateTimeOffset now)
    {
        var decision = PaymentMachine.Decide(entityId, entity, command, now);
        if (decision.Anomaly is { } anomaly)
            Logger.LogError("A payment and its provider disagree: {Anomaly}", anomaly);

        var answer = new PaymentAnswer(decision.Payment, decision.Next, decision.Refused);
        var pending = Pending(entityId, decision);
        return decision.Refused is not null || (ReferenceEquals(decision.Payment, entity) && pending.Count == 0)
            ? ShardDecision.Unchanged<Payment, PaymentAnswer>(answer)
            : ShardDecision.Changed(decision.Payment!, answer, pending);
    }

    /// <inheritdoc/>
    protected override async Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        if (pending.Type != Release)
        {
            await base.DispatchAsync(pending, cancellationToken);
            return;
        }

        // An unknown outcome throws, and the effect stays pending. Whatever the provider says is fine: a payment that it took
        // the money of meanwhile is told by its webhook. A second cancel does nothing, so each attempt may have its own key.
        var reference = pending.Data.GetString()!;
        var key = $"{pending.Key}/release/{Identifiers.New(_time)}";
        var seen = await provider.CancelAsync(new(pending.Key, reference, key), cancellationToken);
        Logger.LogInformation("Released {Reference} of payment {PaymentId}: {Status}", reference, pending.Key, seen.Status);
    }

    private static List<PendingEvent> Pending(string paymentId, PaymentDecision decision)
    {
        var pending = new List<PendingEvent>();
        if (decision.News is { } news)
            pending.Add(PaymentEvents.Of(decision.Payment!, news));
        if (decision.Release is { } reference)
        {
            var data = JsonSerializer.SerializeToElement(reference, PaymentShardJson.Default.String);
            pending.Add(new PendingEvent($"{paymentId}:release:{reference}", Release, "", paymentId, data));
        }

        return pending;
    }
}
