using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Events;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Actors;

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

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadGroupAsync"/>
    Task<ShardPage<Payment>> ReadGroupAsync(ShardGroupRequest request);
}

/// <summary>
/// One shard of the payments: the only writer of its payments and of their events, and the inbox of their webhooks. Next to
/// events it keeps what has to be done at the provider (<see cref="PaymentEffects"/>) until that succeeded.
/// </summary>
public sealed class PaymentShardActor(ActorHost host, AggregateShardServices services, PaymentEffects effects)
    : AggregateShard<Payment, PaymentCommand, PaymentAnswer>(host, services), IPaymentShardActor
{
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

    /// <summary>The group of payments that were begun on a day: what a reconciliation reads.</summary>
    public static string DayOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override string? GroupOf(Payment entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return DayOf(entity.CreatedAt);
    }

    /// <inheritdoc/>
    protected override Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken) =>
        PaymentEffects.Knows(pending) ? effects.RunAsync(pending, cancellationToken) : base.DispatchAsync(pending, cancellationToken);

    private static List<PendingEvent> Pending(string paymentId, PaymentDecision decision)
    {
        var pending = new List<PendingEvent>();
        if (decision.News is { } news)
            pending.Add(PaymentEvents.Of(decision.Payment!, news));
        if (decision.FailedRefund is { } failed)
            pending.Add(PaymentEvents.Of(decision.Payment!, failed));
        if (decision.Dispute is { } dispute)
            pending.Add(PaymentEvents.Of(decision.Payment!, dispute));
        pending.AddRange(PaymentEffects.Of(paymentId, decision));
        return pending;
    }
}
