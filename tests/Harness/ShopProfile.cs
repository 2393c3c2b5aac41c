using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Harness;

/// <summary>
/// A profile of <c>components/</c> that a shop can run on, as it is or with single files exchanged. A shop runs on a copy that differs in
/// one thing only: which file its secrets come from, so that the servers of the test are found.
/// </summary>
public sealed record ShopProfile
{
    private const string BrokersVariable = "NEXUSCART_KAFKA_BROKERS";

    /// <summary>Files; nothing to install.</summary>
    public static readonly ShopProfile Embedded = new() { Folder = "embedded" };

    /// <summary>Everything in Redis.</summary>
    public static readonly ShopProfile Redis = new() { Folder = "redis", Needs = ShopServers.Redis };

    /// <summary>State in PostgreSQL, events through RabbitMQ.</summary>
    public static readonly ShopProfile PostgresRabbit = new()
    {
        Folder = "postgres-rabbitmq", Needs = ShopServers.Postgres | ShopServers.Rabbit | ShopServers.Redis,
    };

    /// <summary>State in PostgreSQL, events through Kafka.</summary>
    public static readonly ShopProfile PostgresKafka = new()
    {
        Folder = "postgres-kafka", Needs = ShopServers.Postgres | ShopServers.Kafka | ShopServers.Redis,
    };

    /// <summary>The folder below <c>components/</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>The servers it needs.</summary>
    public ShopServers Needs { get; init; }

    /// <summary>Component files that take the place of the profile's own, or are added to it: name and text.</summary>
    public IReadOnlyDictionary<string, string> Exchanged { get; init; } = new Dictionary<string, string>();

    /// <summary>The embedded profile with a store for each of these cells of orders, as components/README.md says to add one.</summary>
    public static ShopProfile EmbeddedInCells(IReadOnlyList<string> cells)
    {
        var folder = Path.Combine(RepoPaths.Components, Embedded.Folder);
        var store = File.ReadAllText(Path.Combine(folder, "statestore-orders-1.yaml"));
        // Only one actor state store may be visible to an app, so that of all others names those that see it.
        const string others = "scopes: [gateway, catalog, inventory, carts, orders, payments, users, promotions, notifications]";
        return cells.Aggregate(
            Embedded.With("statestore.yaml", $"{File.ReadAllText(Path.Combine(folder, "statestore.yaml"))}\n{others}\n"),
            (profile, cell) => profile.With($"statestore-orders-{cell}.yaml", store.Replace("orders-1", $"orders-{cell}", StringComparison.Ordinal)));
    }

    /// <summary>Whether the secrets are in the environment of the sidecars rather than in a file.</summary>
    public bool HasSecretsInEnvironment { get; init; }

    /// <summary>Kafka brokers of somebody else, host and port; null for the cluster that the client's library plays.</summary>
    public static string? KafkaBrokers => Environment.GetEnvironmentVariable(BrokersVariable) is { Length: > 0 } brokers ? brokers : null;

    /// <summary>Why tests on it are skipped; null when the machine has what it needs.</summary>
    public string? Missing =>
        (Needs.HasFlag(ShopServers.Redis) ? RedisServer.Missing : null)
        ?? (Needs.HasFlag(ShopServers.Postgres) ? PostgresServer.Missing : null)
        ?? (Needs.HasFlag(ShopServers.Rabbit) ? RabbitServer.Missing : null);

    /// <summary>The profile of this name, for tests that are told by an environment variable.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ShopProfile Named(string name) =>
        new[] { Embedded, Redis, PostgresRabbit, PostgresKafka }.SingleOrDefault(profile => profile.Folder == name)
        ?? throw new ArgumentException($"There is no profile '{name}'.", nameof(name));

    /// <summary>The same profile with one file of another one.</summary>
    public ShopProfile With(string file, ShopProfile from, ShopServers needs) =>
        With(file, File.ReadAllText(Path.Combine(RepoPaths.Components, from.Folder, file)), needs);

    /// <summary>The same profile with another text in one file.</summary>
    public ShopProfile With(string file, string text, ShopServers needs = ShopServers.None) =>
        this with { Exchanged = new Dictionary<string, string>(Exchanged) { [file] = text }, Needs = Needs | needs };
}

/// <summary>Servers that a profile needs.</summary>
[Flags]
public enum ShopServers
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A Redis server.</summary>
    Redis = 1,

    /// <summary>A PostgreSQL server.</summary>
    Postgres = 2,

    /// <summary>A RabbitMQ server.</summary>
    Rabbit = 4,

    /// <summary>A Kafka broker; one in the test's own process where none is named.</summary>
    Kafka = 8,
}
