using System.Globalization;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Where the components of a <see cref="VictimSidecar"/> keep what they are given: component files, and the server behind them.</summary>
/// <param name="Components">The component files' text.</param>
/// <param name="Server">The server; null where files are enough.</param>
internal sealed record Backend(string Components, TestServer? Server)
{
    /// <summary>The embedded profile's components.</summary>
    public static Backend Embedded { get; } = new(
        Component("statestore", "state.sqlite", "v1", "connectionString", "state.db", isActorStore: true)
        + Component("pubsub", "pubsub.embedded", "v1")
        + Component("lockstore", "lock.embedded", "v1"), Server: null);

    /// <summary>State and locks on a Redis server.</summary>
    public static Backend On(RedisServer server) => new(
        Component("statestore", "state.redis", "v1", "redisHost", server.Host, isActorStore: true)
        + Component("lockstore", "lock.redis", "v1", "redisHost", server.Host), server);

    /// <summary>State on a PostgreSQL server.</summary>
    public static Backend On(PostgresServer server) => new(
        Component("statestore", "state.postgresql", "v2", "connectionString", server.ConnectionString, isActorStore: true), server);

    private static string Component(
        string name, string type, string version, string setting = "comment", string value = "none", bool isActorStore = false) =>
        string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: { name: {{name}} }
            spec:
              type: {{type}}
              version: {{version}}
              metadata:
                - { name: {{setting}}, value: "{{value}}" }
                - { name: actorStateStore, value: "{{(isActorStore ? "true" : "false")}}" }
            ---

            """);
}

/// <summary>The servers of a class's tests, each started by the first test that needs it.</summary>
public sealed class Backends : IAsyncDisposable
{
    private readonly SharedServer<RedisServer> _redis = new();
    private readonly SharedServer<PostgresServer> _postgres = new();

    /// <summary>Why a backend is not to be had here, or null.</summary>
    public static string? Missing(string name) => name switch
    {
        "redis" => RedisServer.Missing,
        "postgres" => PostgresServer.Missing,
        _ => null,
    };

    internal async Task<Backend> GetAsync(string name) => name switch
    {
        "embedded" => Backend.Embedded,
        "redis" => Backend.On(await _redis.StartedAsync()),
        "postgres" => Backend.On(await _postgres.StartedAsync()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such backend"),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}
