using System.Globalization;
using System.Text.Json;
using NexusCart.Sidecar.Components.Redis;
using NexusCart.Sidecar.PubSub;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// <c>pubsub.redis</c>: a stream per topic, an entry (<c>data</c>, <c>metadata</c>) per message, a consumer group per app; either
/// runtime delivers what the other published. A group begins with the oldest entry.
/// </summary>
/// <remarks>
/// A message whose consumer died stays pending and comes again after <c>processingTimeout</c>. So does one that the app refused to
/// the end, which Dapr acknowledges and thereby loses: here that happens with <c>--strict</c> only.
/// </remarks>
internal sealed class RedisPubSub(ComponentContext context) : IPubSub
{
    private const string Data = "data";
    private const string Metadata = "metadata";
    private RedisConnection _connection = null!;
    private RedisPubSubSettings _settings = null!;
    private SemaphoreSlim _slots = null!;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        var redis = new RedisSettings(context.Spec);
        _settings = new RedisPubSubSettings(context);
        _slots = new SemaphoreSlim(_settings.Concurrency);
        _connection = await RedisConnection.OpenAsync(redis, cancellation);
    }

    /// <inheritdoc/>
    public Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        var arguments = new List<object> { (RedisKey)topic };
        if (_settings.MaxLength is > 0 and var length)
            arguments.AddRange(["MAXLEN", "~", length]);
        else if (_settings.EntryTimeToLive > TimeSpan.Zero)
            arguments.AddRange(["MINID", "~", OldestKept()]);
        arguments.AddRange(["*", Data, (RedisValue)message.Data]);
        if (message.Metadata.Count > 0)
            arguments.AddRange([Metadata, JsonSerializer.Serialize(message.Metadata)]);
        return _connection.Database.ExecuteAsync("XADD", arguments).WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, CancellationToken cancellation)
    {
        await EnsureGroupAsync(_connection.Database, topic, _settings.Group).WaitAsync(cancellation);
        var consumer = new RedisStreamConsumer(_connection, _settings, _slots, topic, handler, context.Logger);
        consumer.Start();
        return consumer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _slots?.Dispose();
    }

    /// <summary>Makes a topic's stream and the group, where they are not there yet.</summary>
    internal static async Task EnsureGroupAsync(IDatabase database, string topic, string group)
    {
        try
        {
            await database.ExecuteAsync("XGROUP", "CREATE", (RedisKey)topic, group, "0", "MKSTREAM");
        }
        catch (RedisServerException e) when (e.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there.
        }
    }

    /// <summary>The message of a stream's entry.</summary>
    internal static BrokerMessage Read(StreamEntry entry, ILogger logger)
    {
        IReadOnlyDictionary<string, string> metadata = new Dictionary<string, string>();
        if (entry[Metadata] is { IsNull: false } json)
        {
            try
            {
                metadata = JsonSerializer.Deserialize<Dictionary<string, string>>(json.ToString()) ?? metadata;
            }
            catch (JsonException e)
            {
                logger.LogWarning("the metadata of message {Id} cannot be read: {Error}", entry.Id, e.Message);
            }
        }

        return new BrokerMessage((byte[]?)entry[Data] ?? [], ContentTypes.CloudEvent, metadata);
    }

    private string OldestKept() =>
        (context.Cluster.Time.GetUtcNow() - _settings.EntryTimeToLive).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) + "-1";
}
