using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Actors;

/// <summary>
/// Sends commands to the aggregate shards of one actor type: finds the shard of an entity, batches per shard, and
/// turns replies that are no answers into <see cref="RpcException"/>s.
/// </summary>
public sealed class ShardClient<TEntity, TCommand, TAnswer>
    where TEntity : class
{
    private readonly ActorBatcher<ShardCommand<TCommand>, ShardReply<TAnswer>> _batcher;
    private readonly ActorProxy[] _shards;
    private readonly TimeSpan _callTimeout;

    /// <param name="proxies">Makes actor proxies.</param>
    /// <param name="actorType">The actor type's name.</param>
    /// <param name="shardCount">Number of shards.</param>
    /// <param name="batching">Bounds of batching.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="weigh">Weight of a command, for example its bytes; 1 each when null.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public ShardClient(
        IActorProxyFactory proxies,
        string actorType,
        int shardCount,
        ActorBatcherOptions? batching = null,
        TimeProvider? time = null,
        Func<TCommand, long>? weigh = null,
        ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardCount);
        batching ??= new ActorBatcherOptions();
        _callTimeout = batching.CallTimeout;
        _shards = [.. Enumerable.Range(0, shardCount).Select(shard => proxies.Create(new ActorId(ShardId(shard)), actorType))];
        _batcher = new(CallAsync, batching, time, weigh is null ? null : command => weigh(command.Command), logger);
    }

    /// <summary>Number of shards.</summary>
    public int ShardCount => _shards.Length;

    /// <summary>The shard that holds <paramref name="entityId"/>.</summary>
    public int ShardOf(string entityId) => StableHash.Bucket(entityId, ShardCount);

    /// <summary>Executes a command on one entity and returns the domain's answer.</summary>
    /// <exception cref="RpcException">
    /// Unavailable: unknown, repeat with the same id. ResourceExhausted: too much waits. Internal: the domain threw.
    /// </exception>
    public Task<TAnswer> ExecuteAsync(string entityId, TCommand command, CancellationToken cancellationToken = default) =>
        ExecuteAsync(ShardOf(entityId), entityId, command, cancellationToken);

    /// <summary>The same on a shard of the caller's choice, for ids that carry their shard.</summary>
    public async Task<TAnswer> ExecuteAsync(int shard, string entityId, TCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(entityId);
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardCount);
        var reply = await _batcher.SendAsync(ShardId(shard), new ShardCommand<TCommand>(entityId, command), cancellationToken);
        return reply.Code == StatusCode.OK
            ? reply.Answer!
            : throw new RpcException(new Status(reply.Code, reply.Detail ?? "The shard gave no answer."));
    }

    /// <summary>A page of a shard's entities in order of creation; <paramref name="token"/> is empty for the first.</summary>
    /// <exception cref="RpcException">Unavailable: the shard did not answer.</exception>
    public Task<ShardPage<TEntity>> ReadPageAsync(int shard, string token, CancellationToken cancellationToken = default) =>
        ReadAsync(shard, "ReadPageAsync", new ShardPageRequest(token), cancellationToken);

    /// <summary>A page of a group's entities, newest first; <paramref name="token"/> is empty for the first.</summary>
    /// <exception cref="RpcException">Unavailable: the shard did not answer.</exception>
    public Task<ShardPage<TEntity>> ReadGroupAsync(
        int shard, string group, string token, int limit, CancellationToken cancellationToken = default) =>
        ReadAsync(shard, "ReadGroupAsync", new ShardGroupRequest(group, token, limit), cancellationToken);

    private async Task<ShardPage<TEntity>> ReadAsync<TQuestion>(
        int shard, string method, TQuestion question, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardCount);
        try
        {
            return await _shards[shard]
                .InvokeMethodAsync<TQuestion, ShardPage<TEntity>>(method, question, cancellationToken)
                .WaitAsync(_callTimeout, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"Shard {shard} did not answer.", failure));
        }
    }

    private async Task<IReadOnlyList<ShardReply<TAnswer>>> CallAsync(
        string actorId, IReadOnlyList<ShardCommand<TCommand>> batch, CancellationToken cancellationToken) =>
        await _shards[int.Parse(actorId, null)].InvokeMethodAsync<ShardCommand<TCommand>[], ShardReply<TAnswer>[]>(
            "ExecuteAsync", [.. batch], cancellationToken);

    private static string ShardId(int shard) => string.Create(null, $"{shard}");
}
