using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Actors;

/// <summary>A command on a dead letter; one of its parts is set, or it only looks.</summary>
/// <param name="Arrived">It came.</param>
/// <param name="Replay">It is to be published again.</param>
/// <param name="DiscardReason">It is to be given up.</param>
/// <param name="By">Who wants it.</param>
/// <param name="Forget">Who is to be forgotten.</param>
public sealed record DeadLetterCommand(
    DeadEvent? Arrived = null, bool Replay = false, string? DiscardReason = null, string By = "", Whom? Forget = null);

/// <summary>What came of a command.</summary>
/// <param name="Verdict">What it came to.</param>
/// <param name="DeadLetter">The dead letter; null when there is none.</param>
public sealed record DeadLetterAnswer(DeadLetterVerdict Verdict, DeadLetter? DeadLetter);

/// <summary>The calls the dead letters take.</summary>
public interface IDeadLetterActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<DeadLetterAnswer>[]> ExecuteAsync(ShardCommand<DeadLetterCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadGroupAsync"/>
    Task<ShardPage<DeadLetter>> ReadGroupAsync(ShardGroupRequest request);
}

/// <summary>
/// The dead letters; there are few, and one actor holds them. That one is published again is pending in its state until it is done.
/// </summary>
public sealed class DeadLetterActor(ActorHost host, AggregateShardServices services, EventPublisher publisher)
    : AggregateShard<DeadLetter, DeadLetterCommand, DeadLetterAnswer>(host, services), IDeadLetterActor
{
    /// <summary>The group of all of them.</summary>
    public const string All = "all";

    private const string Republish = "notifications.republish";

    /// <inheritdoc/>
    protected override string? GroupOf(DeadLetter entity) => All;

    /// <inheritdoc/>
    protected override ShardDecision<DeadLetter, DeadLetterAnswer> Decide(
        string entityId, DeadLetter? entity, DeadLetterCommand command, DateTimeOffset now)
    {
        if (command.Arrived is { } arrived)
        {
            var received = DeadLetter.Of(entity, arrived, now);
            return ShardDecision.Changed(received, new DeadLetterAnswer(DeadLetterVerdict.Done, received));
        }

        if (entity is null)
            return ShardDecision.Unchanged<DeadLetter, DeadLetterAnswer>(new DeadLetterAnswer(DeadLetterVerdict.NotFound, null));
        if (command.Forget is { } whom)
        {
            var forgetting = entity.Forget(whom);
            var done = new DeadLetterAnswer(DeadLetterVerdict.Done, forgetting);
            return ReferenceEquals(forgetting, entity)
                ? ShardDecision.Unchanged<DeadLetter, DeadLetterAnswer>(done) : ShardDecision.Changed(forgetting, done);
        }

        var next = entity;
        var verdict = command.Replay ? entity.Replay(command.By, now, out next)
            : command.DiscardReason is { } reason ? entity.Discard(command.By, reason, now, out next)
            : DeadLetterVerdict.Done;
        var answer = new DeadLetterAnswer(verdict, next);
        if (ReferenceEquals(next, entity))
            return ShardDecision.Unchanged<DeadLetter, DeadLetterAnswer>(answer);
        return command.Replay
            ? ShardDecision.Changed(next, answer, new PendingEvent($"{entityId}:{next.Replays}", Republish, next.Event.Topic, entityId, next.Event.Envelope))
            : ShardDecision.Changed(next, answer);
    }

    /// <inheritdoc/>
    protected override Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        return publisher.RepublishAsync(pending.Topic, pending.Data, cancellationToken);
    }
}
