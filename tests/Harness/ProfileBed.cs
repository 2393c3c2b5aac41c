using System.Globalization;
using System.Text.Json;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Harness;

/// <summary>The servers of a profile, started for one shop and set as the profile's README says, and the profile's files made to find them.</summary>
internal sealed class ProfileBed(ShopProfile profile) : IAsyncDisposable
{
    // As components/ says it, from the folder of an app and from the folder of the run file.
    private static readonly string[] SecretsFile = ["\"../../components/secrets.json\"", "\"components/secrets.json\""];
    private const string Database = "nexuscart";

    private const string MailPort = "\"1025\"";

    private readonly List<TestServer> _servers = [];
    private readonly MailCatcher _mails = new();
    private KafkaCluster? _kafka;
    private readonly Dictionary<string, string> _secrets =
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(RepoPaths.Components, "secrets.json")))!;

    /// <summary>Where mails arrive, in profiles that send them.</summary>
    public MailCatcher Mails => _mails;

    /// <summary>The servers, running.</summary>
    public IReadOnlyList<TestServer> Servers => _servers;

    /// <summary>What the sidecars need in their environment.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        profile.HasSecretsInEnvironment ? _secrets : new Dictionary<string, string>();

    /// <summary>Starts the servers.</summary>
    public async Task StartAsync()
    {
        await Task.WhenAll(
            profile.Needs.HasFlag(ShopServers.Redis) ? StartRedisAsync() : Task.CompletedTask,
            profile.Needs.HasFlag(ShopServers.Postgres) ? StartPostgresAsync() : Task.CompletedTask,
            profile.Needs.HasFlag(ShopServers.Rabbit) ? StartRabbitAsync() : Task.CompletedTask);
        if (profile.Needs.HasFlag(ShopServers.Kafka))
            _secrets["kafka-brokers"] = ShopProfile.KafkaBrokers ?? (_kafka = new KafkaCluster()).Brokers;
    }

    /// <summary>Writes the profile's files and its secrets; the copy differs from the original in where the secrets and the mail server are, and in what is exchanged.</summary>
    /// <returns>The folder of the components.</returns>
    public string Write(string folder)
    {
        var secrets = Path.Combine(folder, "secrets.json");
        File.WriteAllText(secrets, JsonSerializer.Serialize(_secrets));
        var target = Directory.CreateDirectory(Path.Combine(folder, "components", profile.Folder)).FullName;
        var own = Path.Combine(RepoPaths.Components, profile.Folder);
        foreach (var file in Directory.EnumerateFiles(own, "*.yaml").Select(Path.GetFileName).Union(profile.Exchanged.Keys).OfType<string>())
        {
            var text = profile.Exchanged.GetValueOrDefault(file) ?? File.ReadAllText(Path.Combine(own, file));
            foreach (var original in SecretsFile)
                text = text.Replace(original, JsonSerializer.Serialize(secrets), StringComparison.Ordinal);
            if (file == "mail.yaml")
                text = text.Replace(MailPort, $"\"{_mails.Port}\"", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(target, file), text);
        }

        return target;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        if (_kafka is not null)
            await _kafka.DisposeAsync();
        await _mails.DisposeAsync();
    }

    private async Task StartRedisAsync()
    {
        var server = await StartAsync(new RedisServer(Path.Combine(RepoPaths.Components, "redis", "redis.conf")));
        _secrets["redis-host"] = server.Host;
    }

    private async Task StartPostgresAsync()
    {
        var server = await StartAsync(new PostgresServer());
        await server.RunSqlAsync($"CREATE DATABASE {Database}");
        await server.RunSqlAsync(await File.ReadAllTextAsync(Path.Combine(RepoPaths.Components, "postgres.sql")), Database);
        var port = server.Port.ToString(CultureInfo.InvariantCulture);
        _secrets["postgres-connection"] = $"host=127.0.0.1 port={port} user=postgres database={Database} pool_max_conns=10";
    }

    private async Task StartRabbitAsync()
    {
        var definitions = Path.Combine(RepoPaths.Components, "postgres-rabbitmq", "definitions.json");
        var login = new Uri(_secrets["rabbitmq-connection"]).UserInfo.Split(':');
        var server = await StartAsync(new RabbitServer((definitions, login[0], login[1])));
        _secrets["rabbitmq-connection"] = server.ConnectionString;
    }

    private async Task<T> StartAsync<T>(T server)
        where T : TestServer
    {
        lock (_servers)
            _servers.Add(server);
        await server.StartAsync();
        return server;
    }
}
