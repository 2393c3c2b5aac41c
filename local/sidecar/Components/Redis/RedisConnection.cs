using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.Redis;

/// <summary>
/// A component's connection to its Redis server. It comes back by itself after the server was away; until then calls wait as long
/// as the read timeout, and fail after it.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;

    private RedisConnection(ConnectionMultiplexer connection, RedisSettings settings) =>
        (_connection, Settings) = (connection, settings);

    public RedisSettings Settings { get; }

    public IDatabase Database => _connection.GetDatabase();

    public ISubscriber Subscriber => _connection.GetSubscriber();

    /// <summary>The one server: for commands that are not about a key.</summary>
    public IServer Server => _connection.GetServers()[0];

    /// <summary>Connects.</summary>
    /// <exception cref="InvalidOperationException">The server is not there, or does not take the credentials.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisSettings settings, CancellationToken cancellation)
    {
        ConnectionMultiplexer? connection = null;
        try
        {
            connection = await ConnectionMultiplexer.ConnectAsync(settings.ToOptions()).WaitAsync(cancellation);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellation);
            return new RedisConnection(connection, settings);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            throw new InvalidOperationException($"error connecting to redis at {settings.Host}: {e.Message}", e);
        }
    }

    /// <summary>A connection that nothing else uses, for commands that wait at the server. It may not be up yet.</summary>
    /// <param name="longestWait">How long such a command waits at most.</param>
    public async Task<ConnectionMultiplexer> OpenReaderAsync(TimeSpan longestWait)
    {
        var options = Settings.ToOptions();
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = checked((int)(longestWait + Settings.ReadTimeout).TotalMilliseconds);
        options.SyncTimeout = options.AsyncTimeout;
        options.CommandMap = CommandMap.Create(["SUBSCRIBE", "PSUBSCRIBE"], available: false);
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
