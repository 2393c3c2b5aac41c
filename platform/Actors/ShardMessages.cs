using Grpc.Core;

namespace NexusCart.Platform.Actors;

/// <summary>A command for one entity of a shard.</summary>
/// <param name="EntityId">The aggregate's id.</param>
/// <param name="Command">What to do; the domain makes it idempotent.</param>
public sealed record ShardCommand<TCommand>(string EntityId, TCommand Command);

/// <summary>The answer to one <see cref="ShardCommand{TCommand}"/>.</summary>
/// <param name="Answer">The domain's answer when <paramref name="Code"/> is OK.</param>
/// <param name="Code">OK, Internal (the domain threw) or Unavailable (the event backlog is full; nothing was done).</param>
/// <param name="Detail">Why not OK.</param>
public sealed record ShardReply<TAnswer>(TAnswer? Answer, StatusCode Code = StatusCode.OK, string? Detail = null);

/// <summary>Asks for a page of a shard's entities, in the order they were created.</summary>
/// <param name="Token">Empty for the first page, then <see cref="ShardPage{TEntity}.NextToken"/>.</param>
public sealed record ShardPageRequest(string Token);

/// <summary>Asks for a page of a group's entities, newest first.</summary>
/// <param name="Group">The group; empty: all entities of the shard.</param>
/// <param name="Token">Empty for the first page, then <see cref="ShardPage{TEntity}.NextToken"/>.</param>
/// <param name="Limit">Most entities in the page; 1 or more.</param>
public sealed record ShardGroupRequest(string Group, string Token, int Limit);

/// <summary>Entities of a shard, in the order they were created.</summary>
/// <param name="Entities">Up to one index chunk of entities.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record ShardPage<TEntity>(IReadOnlyList<TEntity> Entities, string NextToken);

/// <summary>What a command does: the entity's next value if it changed, the answer, and the events it causes.</summary>
/// <param name="Next">The new value, stored as one key; null when nothing changed.</param>
/// <param name="Answer">What the caller gets.</param>
/// <param name="Events">Published after the turn is durable.</param>
public readonly record struct ShardDecision<TEntity, TAnswer>(TEntity? Next, TAnswer Answer, IReadOnlyList<PendingEvent> Events)
    where TEntity : class;

/// <summary>Makes <see cref="ShardDecision{TEntity,TAnswer}"/>s.</summary>
public static class ShardDecision
{
    /// <summary>The command changed nothing: a read, a refusal, a repetition.</summary>
    public static ShardDecision<TEntity, TAnswer> Unchanged<TEntity, TAnswer>(TAnswer answer)
        where TEntity : class => new(null, answer, []);

    /// <summary>The command changed the entity.</summary>
    public static ShardDecision<TEntity, TAnswer> Changed<TEntity, TAnswer>(
        TEntity next, TAnswer answer, params IReadOnlyList<PendingEvent> events)
        where TEntity : class => new(next, answer, events);
}
