using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Events;

namespace NexusCart.Promotions.Actors;

/// <summary>Put a definition, or read it.</summary>
/// <param name="Draft">The definition, whose version is the one it replaces; null to read what is there.</param>
public sealed record DefinitionCommand(Definition? Draft);

/// <summary>What came of it.</summary>
/// <param name="Verdict">A read is always done.</param>
/// <param name="Stored">The definition as it is now; null when there is none.</param>
public sealed record DefinitionAnswer(RevisionVerdict Verdict, Definition? Stored);

/// <summary>The calls a promotion shard takes.</summary>
public interface IPromotionShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<DefinitionAnswer>[]> ExecuteAsync(ShardCommand<DefinitionCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Definition>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>One shard of what staff define. The only writer of its definitions and of their events.</summary>
public sealed class PromotionShardActor(ActorHost host, AggregateShardServices services)
    : AggregateShard<Definition, DefinitionCommand, DefinitionAnswer>(host, services), IPromotionShardActor
{
    /// <inheritdoc/>
    protected override ShardDecision<Definition, DefinitionAnswer> Decide(
        string entityId, Definition? entity, DefinitionCommand command, DateTimeOffset now)
    {
        if (command.Draft is null)
            return ShardDecision.Unchanged<Definition, DefinitionAnswer>(new DefinitionAnswer(RevisionVerdict.Done, entity));

        var (verdict, stored) = DefinitionRevision.Apply(entity, command.Draft, now);
        var answer = new DefinitionAnswer(verdict, stored);
        return stored is null || ReferenceEquals(stored, entity)
            ? ShardDecision.Unchanged<Definition, DefinitionAnswer>(answer)
            : ShardDecision.Changed(stored, answer, PromotionChanged.Pending(stored));
    }
}
