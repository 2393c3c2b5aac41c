using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Notifications.Actors;

/// <summary>A step of sending a mail.</summary>
public enum MailStep
{
    /// <summary>Asks to be the one who sends it.</summary>
    Claim,

    /// <summary>It was sent.</summary>
    Mark,

    /// <summary>It was not sent.</summary>
    GiveUp,
}

/// <summary>A step of sending the mail of an event.</summary>
public sealed record MailCommand(MailStep Step, MailKind Kind);

/// <summary>What came of a claim.</summary>
public sealed record MailAnswer(MailVerdict Verdict);

/// <summary>The calls a mail shard takes.</summary>
public interface IMailShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<MailAnswer>[]> ExecuteAsync(ShardCommand<MailCommand>[] batch);
}

/// <summary>One shard of the book of sent mails.</summary>
public sealed class MailShardActor(ActorHost host, AggregateShardServices services)
    : AggregateShard<SentMail, MailCommand, MailAnswer>(host, services), IMailShardActor
{
    /// <inheritdoc/>
    protected override ShardDecision<SentMail, MailAnswer> Decide(string entityId, SentMail? entity, MailCommand command, DateTimeOffset now)
    {
        switch (command.Step)
        {
            case MailStep.Claim:
                var verdict = SentMail.Claim(entity, command.Kind, now, out var claimed);
                return verdict is MailVerdict.Send
                    ? ShardDecision.Changed(claimed, new MailAnswer(verdict)) : ShardDecision.Unchanged<SentMail, MailAnswer>(new MailAnswer(verdict));
            case MailStep.Mark:
                return ShardDecision.Changed(
                    (entity ?? new SentMail(command.Kind, now, null)) with { SentAt = now }, new MailAnswer(MailVerdict.Sent));
            default:
                return entity is { SentAt: null, ClaimedAt: not null }
                    ? ShardDecision.Changed(entity with { ClaimedAt = null }, new MailAnswer(MailVerdict.Send))
                    : ShardDecision.Unchanged<SentMail, MailAnswer>(new MailAnswer(MailVerdict.Send));
        }
    }
}
