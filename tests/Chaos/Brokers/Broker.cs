using NexusCart.Tests.Chaos.Blocks;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Chaos.Brokers;

/// <summary>What carries the events of a trial: a component with the settings of a shop that must not lose any, and how it goes and comes.</summary>
/// <param name="Backend">The component.</param>
/// <param name="KillAsync">Ends the server, as kill -9 does; null where there is none.</param>
/// <param name="StartAsync">Starts it again over the same files.</param>
internal sealed record Broker(Backend Backend, Func<Task>? KillAsync = null, Func<Task>? StartAsync = null)
{
    /// <summary>The log in a file.</summary>
    public static Broker Embedded { get; } = new(Component("pubsub.embedded", ("redeliverInterval", "200ms")));

    /// <summary>Streams of a Redis server.</summary>
    public static Broker On(RedisServer server) => new(
        Component(
            "pubsub.redis",
            ("redisHost", server.Host), ("processingTimeout", "2s"), ("redeliverInterval", "500ms"), ("readTimeout", "10s"), ("concurrency", "10")),
        server.KillAsync,
        server.StartAsync);

    /// <summary>Queues of a RabbitMQ server.</summary>
    public static Broker On(RabbitServer server) => new(
        Component(
            "pubsub.rabbitmq",
            ("connectionString", server.ConnectionString), ("durable", "true"), ("deletedWhenUnused", "false"), ("deliveryMode", "2"),
            ("publisherConfirm", "true"), ("requeueInFailure", "true"), ("prefetchCount", "20"), ("concurrency", "parallel"), ("reconnectWait", "500ms")),
        server.KillAsync,
        server.StartAsync);

    /// <summary>Partitions of a Kafka cluster, which keeps its memory when it is away.</summary>
    public static Broker On(KafkaCluster cluster) => new(
        Component("pubsub.kafka", [.. cluster.Settings, ("initialOffset", "oldest")]),
        () =>
        {
            cluster.Stop();
            return Task.CompletedTask;
        },
        () =>
        {
            cluster.Start();
            return Task.CompletedTask;
        });

    private static Backend Component(string type, params (string Name, string Value)[] settings) => new(
        $$"""
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: { name: pubsub }
        spec:
          type: {{type}}
          version: v1
          metadata: [{{string.Join(", ", settings.Select(setting => $"{{ name: {setting.Name}, value: \"{setting.Value}\" }}"))}}]
        """,
        Server: null);
}

/// <summary>The brokers of a class's tests, each started by the first test that needs it.</summary>
public sealed class BrokerServers : IAsyncDisposable
{
    private readonly SharedServer<RedisServer> _redis = new();
    private readonly SharedServer<RabbitServer> _rabbit = new();
    private readonly Lazy<KafkaCluster> _kafka = new();

    /// <summary>Why a broker is not to be had here, or null.</summary>
    public static string? Missing(string name) => name switch
    {
        "redis" => RedisServer.Missing,
        "rabbitmq" => RabbitServer.Missing,
        _ => null,
    };

    internal async Task<Broker> GetAsync(string name) => name switch
    {
        "embedded" => Broker.Embedded,
        "redis" => Broker.On(await _redis.StartedAsync()),
        "rabbitmq" => Broker.On(await _rabbit.StartedAsync()),
        "kafka" => Broker.On(_kafka.Value),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such broker"),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _rabbit.DisposeAsync();
        if (_kafka.IsValueCreated)
            await _kafka.Value.DisposeAsync();
    }
}
