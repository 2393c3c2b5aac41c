using NexusCart.Sidecar.Components.Redis;
using NexusCart.Sidecar.Configuration;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.Configuration;

/// <summary>
/// <c>configuration.redis</c>: a string per key, <c>value||version</c>. All keys means every string of the database, so it wants a
/// database of its own (<c>redisDB</c>). Subscribers hear of changes by keyspace notifications, which it switches on; a key that is
/// deleted comes as an empty item.
/// </summary>
internal sealed class RedisConfigurationStore(ComponentContext context) : IConfigurationStore
{
    private const string Separator = "||";
    private const string WrongType = "WRONGTYPE";
    private const int ScanPage = 1000;
    private static readonly Dictionary<string, string> NoMetadata = [];
    private RedisConnection _connection = null!;

    private string ChannelPrefix => $"__keyspace@{_connection.Settings.Database}__:";

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation) =>
        _connection = await RedisConnection.OpenAsync(new RedisSettings(context.Spec), cancellation);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        if (keys.Count == 0)
            keys = await AllKeysAsync(cancellation);
        var items = await Task.WhenAll(keys.Select(key => ReadAsync(key).WaitAsync(cancellation)));
        var found = new Dictionary<string, ConfigurationItem>(StringComparer.Ordinal);
        foreach (var (key, item) in keys.Zip(items))
        {
            if (item is not null)
                found[key] = item;
        }

        return found;
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationListener listener, CancellationToken cancellation)
    {
        await EnableNotificationsAsync().WaitAsync(cancellation);
        var subscription = new Subscription(this, listener);
        IEnumerable<RedisChannel> channels = keys.Count == 0
            ? [RedisChannel.Pattern(ChannelPrefix + "*")]
            : keys.Distinct(StringComparer.Ordinal).Select(key => RedisChannel.Literal(ChannelPrefix + key));
        foreach (var channel in channels)
            await subscription.AddAsync(channel).WaitAsync(cancellation);
        return subscription;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task EnableNotificationsAsync()
    {
        try
        {
            await _connection.Database.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "KA");
        }
        catch (RedisServerException e)
        {
            // Hosted servers have their settings elsewhere.
            context.Logger.LogWarning("notify-keyspace-events cannot be set, changes may not be noticed: {Error}", e.Message);
        }
    }

    private async Task<IReadOnlyList<string>> AllKeysAsync(CancellationToken cancellation)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var key in _connection.Server.KeysAsync(_connection.Settings.Database, pageSize: ScanPage).WithCancellation(cancellation))
            keys.Add(key.ToString());
        return [.. keys];
    }

    private async Task<ConfigurationItem?> ReadAsync(string key)
    {
        try
        {
            var text = (await _connection.Database.StringGetAsync(key)).ToString();
            var parts = text.Split(Separator);
            return parts[0].Length == 0 ? null : new ConfigurationItem(parts[0], parts.Length > 1 ? parts[1] : "", NoMetadata);
        }
        catch (RedisServerException e) when (e.Message.StartsWith(WrongType, StringComparison.Ordinal))
        {
            return null;
        }
    }

    private sealed class Subscription(RedisConfigurationStore store, ConfigurationListener listener) : IAsyncDisposable
    {
        private readonly List<ChannelMessageQueue> _queues = [];

        public async Task AddAsync(RedisChannel channel)
        {
            var queue = await store._connection.Subscriber.SubscribeAsync(channel);
            queue.OnMessage(ReportAsync);
            _queues.Add(queue);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var queue in _queues)
                await queue.UnsubscribeAsync();
        }

        private async Task ReportAsync(ChannelMessage message)
        {
            var key = message.Channel.ToString()[store.ChannelPrefix.Length..];
            try
            {
                var item = message.Message == "del" ? ConfigurationItem.Deleted : await store.ReadAsync(key);
                if (item is not null)
                    listener(new Dictionary<string, ConfigurationItem> { [key] = item });
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                store.Logger.LogError("a change of configuration key {Key} could not be read: {Error}", key, e.Message);
            }
        }
    }

    private ILogger Logger => context.Logger;
}
