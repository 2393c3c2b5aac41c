using NexusCart.Tests.Servers;

namespace NexusCart.Bench.Load;

/// <summary>What a component keeps its data in, and the real server behind it, started for the bench alone.</summary>
public sealed class Backend : IAsyncDisposable
{
    /// <summary>The state store without a server.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>The broker without a server.</summary>
    public const string Embedded = "embedded";

    private const string Memory = "memory";
    private const string Redis = "redis";
    private const string Postgres = "postgresql";
    private const string Rabbit = "rabbitmq";

    private readonly TestServer? _server;

    private Backend(string name, string yaml, string component, TestServer? server)
    {
        Name = name;
        Components = new Dictionary<string, string>(StringComparer.Ordinal) { [component] = yaml };
        _server = server;
    }

    /// <summary>The names a state store can be measured on.</summary>
    public static IReadOnlyList<string> StateStores { get; } = [Memory, Sqlite, Redis, Postgres];

    /// <summary>The names pub/sub can be measured on.</summary>
    public static IReadOnlyList<string> Brokers { get; } = [Memory, Embedded, Redis, Rabbit];

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The component file, by the component's name.</summary>
    public IReadOnlyDictionary<string, string> Components { get; }

    /// <summary>A state store. What writes to a disk does so before it answers, with an fsync.</summary>
    /// <param name="name">One of <see cref="StateStores"/>.</param>
    /// <param name="component">Name of the component.</param>
    /// <exception cref="InvalidOperationException">The server is not installed.</exception>
    public static async Task<Backend> StateStoreAsync(string name, string component)
    {
        switch (name)
        {
            case Memory:
                return new Backend(name, BenchSidecar.Component(component, "state.in-memory"), component, server: null);
            case Sqlite:
                return new Backend(name, BenchSidecar.Component(component, "state.sqlite", ("connectionString", "state.db")), component, server: null);
            case Redis:
                var redis = await StartAsync(RedisServer.Missing, static () => new RedisServer());
                return new Backend(name, BenchSidecar.Component(component, "state.redis", ("redisHost", redis.Host)), component, redis);
            case Postgres:
                var postgres = await StartAsync(PostgresServer.Missing, static () => new PostgresServer());
                return new Backend(name, BenchSidecar.Component(component, "state.postgresql/v2", ("connectionString", postgres.ConnectionString)), component, postgres);
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such state store.");
        }
    }

    /// <summary>A broker, with the settings of the profiles.</summary>
    /// <param name="name">One of <see cref="Brokers"/>.</param>
    /// <param name="component">Name of the component.</param>
    /// <exception cref="InvalidOperationException">The server is not installed.</exception>
    public static async Task<Backend> BrokerAsync(string name, string component)
    {
        switch (name)
        {
            case Memory:
                return new Backend(name, BenchSidecar.Component(component, "pubsub.in-memory"), component, server: null);
            case Embedded:
                return new Backend(name, BenchSidecar.Component(component, "pubsub.embedded"), component, server: null);
            case Redis:
                var redis = await StartAsync(RedisServer.Missing, static () => new RedisServer());
                return new Backend(
                    name,
                    BenchSidecar.Component(
                        component, "pubsub.redis", ("redisHost", redis.Host), ("concurrency", "64"), ("queueDepth", "100"), ("processingTimeout", "30s"), ("redeliverInterval", "5s")),
                    component,
                    redis);
            case Rabbit:
                var rabbit = await StartAsync(RabbitServer.Missing, static () => new RabbitServer());
                return new Backend(
                    name,
                    BenchSidecar.Component(
                        component,
                        "pubsub.rabbitmq",
                        ("connectionString", rabbit.ConnectionString),
                        ("durable", "true"),
                        ("deletedWhenUnused", "false"),
                        ("deliveryMode", "2"),
                        ("publisherConfirm", "true"),
                        ("requeueInFailure", "true"),
                        ("prefetchCount", "64"),
                        ("concurrency", "parallel")),
                    component,
                    rabbit);
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such broker.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<T> StartAsync<T>(string? missing, Func<T> make)
        where T : TestServer
    {
        if (missing is not null)
            throw new InvalidOperationException($"This cannot be measured here: {missing}.");

        var server = make();
        await server.StartAsync();
        return server;
    }
}
