using NexusCart.Sidecar.Components.Redis;
using NexusCart.Sidecar.Locks;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.Locks;

/// <summary>
/// <c>lock.redis</c>: a string per lock that holds its owner and ends with the lease, as in Dapr. A server with replicas is refused:
/// after a failover a lock could be held twice.
/// </summary>
internal sealed class RedisLockStore(ComponentContext context) : ILockStore
{
    private const string UnlockScript = """
        local owner = redis.call('GET', KEYS[1])
        if not owner then return 1 end
        if owner ~= ARGV[1] then return 2 end
        redis.call('DEL', KEYS[1])
        return 0
        """;

    private RedisConnection _connection = null!;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        _connection = await RedisConnection.OpenAsync(new RedisSettings(context.Spec), cancellation);
        var replication = await _connection.Server.InfoAsync("replication").WaitAsync(cancellation);
        if (replication.SelectMany(section => section).Any(item => item is { Key: "connected_slaves", Value: not "0" }))
            throw new InvalidOperationException("a redis server with replicas does not keep locks safe and is not supported");
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryLockAsync(string key, string owner, TimeSpan lease, CancellationToken cancellation) =>
        await _connection.Database.StringSetAsync(key, owner, lease, When.NotExists).WaitAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask<UnlockOutcome> UnlockAsync(string key, string owner, CancellationToken cancellation) =>
        (UnlockOutcome)(int)await _connection.Database.ScriptEvaluateAsync(UnlockScript, [key], [owner]).WaitAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;
}
