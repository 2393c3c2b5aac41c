using System.Globalization;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Components.Redis;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary><c>bindings.redis</c>: sets, reads, counts and deletes a key of a Redis server, as it is and without a prefix.</summary>
/// <remarks>
/// Settings: those of <see cref="RedisSettings"/>. Metadata of a call: <c>key</c>, and for create and increment <c>ttlInSeconds</c>.
/// </remarks>
internal sealed class RedisBinding(ComponentContext context) : IOutputBinding
{
    private RedisConnection? _connection;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => ["OUTPUT_BINDING"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Operations => ["create", "delete", "get", "increment"];

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation) =>
        _connection = await RedisConnection.OpenAsync(new RedisSettings(context.Spec), cancellation);

    /// <inheritdoc/>
    public async Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation)
    {
        if (!request.Metadata.TryGetValue("key", out var key) || key.Length == 0)
            throw new ArgumentException("redis binding: missing key in request metadata");
        var database = _connection!.Database;
        switch (request.Operation)
        {
            case "get":
                return new BindingResponse((ReadOnlyMemory<byte>)await database.StringGetAsync(key).WaitAsync(cancellation));
            case "delete":
                await database.KeyDeleteAsync(key).WaitAsync(cancellation);
                return null;
            case "increment":
                await IncrementAsync(database, key, TimeToLive(request), cancellation);
                return null;
            default:
                var lifetime = TimeToLive(request) is { } ttl ? new Expiration(ttl) : Expiration.Default;
                await database.StringSetAsync(key, request.Data, lifetime).WaitAsync(cancellation);
                return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task IncrementAsync(IDatabase database, RedisKey key, TimeSpan? ttl, CancellationToken cancellation)
    {
        var transaction = database.CreateTransaction();
        var counted = transaction.StringIncrementAsync(key);
        if (ttl is { } lifetime)
            _ = transaction.KeyExpireAsync(key, lifetime);
        await transaction.ExecuteAsync().WaitAsync(cancellation);
        // A value that is no number fails here and not in the transaction.
        await counted.WaitAsync(cancellation);
    }

    private static TimeSpan? TimeToLive(BindingRequest request)
    {
        if (!request.Metadata.TryGetValue("ttlInSeconds", out var text))
            return null;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            throw new ArgumentException($"redis binding: ttlInSeconds is no number: '{text}'");
        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
