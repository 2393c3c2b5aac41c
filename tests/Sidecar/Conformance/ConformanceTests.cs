using System.Text.Json.Nodes;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>The recorded answers of the real runtime, one test a case. Each class is one profile, so profiles run in parallel.</summary>
[TestCaseOrderer(typeof(RecordedOrder))]
public abstract class ConformanceTests(ConformanceProfile fixture)
{
    // Cases that are left out, with their reasons.
    private static readonly Dictionary<string, string> LaterCases = new(StringComparer.Ordinal)
    {
        ["invoke.path.16"] = "the web server refuses a NUL in a path before any code of ours sees it (400 instead of 500)",
    };

    private const int MostAttempts = 3;
    private const string NoMetadata = "publish metadata do not travel with RabbitMQ's messages";
    private const string NoExpiration = "RabbitMQ ends messages by itself, and the envelope has no time of expiry";
    private const string OwnMetadata = "Kafka's messages have metadata of their own: partition, offset, time";

    private static readonly Dictionary<(string Case, string Backend), string> LaterOnBackends = new()
    {
        [("state.grpc.first-write-noetag", "postgres")] = "a first write to a key that exists is answered Internal, as PostgreSQL's component does",
        [("state.http.query", "redis")] = "the query API, which needs a module that Redis does not come with, is not served",
        [("pubsub.bulksub.raw", "rabbitmq")] = NoMetadata,
        [("own.pubsub.metadata-headers", "rabbitmq")] = NoMetadata,
        [("own.pubsub.bulk-metadata", "rabbitmq")] = NoMetadata,
        [("pubsub.ttl", "rabbitmq")] = NoExpiration,
        [("own.pubsub.ttl-names", "rabbitmq")] = NoExpiration,
        [("own.pubsub.expiration-form", "rabbitmq")] = NoExpiration,
        [("pubsub.bulksub.envelope", "kafka")] = OwnMetadata,
        [("pubsub.bulksub.raw", "kafka")] = OwnMetadata,
        [("own.pubsub.bulk-metadata", "kafka")] = "a bulk publish is one request, whose metadata every entry gets",
        [("pubsub.big", "kafka")] = "brokers take messages of less than 1 MiB",
    };

    /// <summary>The cases of a profile, of some areas or of all: id and area.</summary>
    public static IEnumerable<TheoryDataRow<string>> Cases(string profile, string? onlyAreas = null) =>
        Load()
            .Where(testCase => (testCase["profile"]?.GetValue<string>() ?? "main") == profile)
            .Where(testCase => onlyAreas is null || onlyAreas.Split(',').Contains(testCase["area"]!.GetValue<string>()))
            .Select(testCase => (Id: testCase["id"]!.GetValue<string>(), Area: testCase["area"]!.GetValue<string>()))
            .Select(testCase => new TheoryDataRow<string>(testCase.Id) { TestDisplayName = testCase.Id }.WithTrait("area", testCase.Area));

    /// <summary>Runs a case, or skips it by name.</summary>
    protected async Task RunAsync(string id)
    {
        var testCase = Load().First(testCase => testCase["id"]!.GetValue<string>() == id);
        var reason = WhyLeftOut(testCase, fixture.Backend, fixture.Variant);
        Assert.SkipWhen(reason is not null, $"{id}: {reason}");
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? "");

        IReadOnlyList<string> faults = [];
        for (var attempt = 0; attempt < (MeasuresTime(testCase) ? MostAttempts : 1); attempt++)
        {
            await using var runner = new CaseRunner(await fixture.EnvironmentAsync(), testCase);
            faults = await runner.RunAsync();
            if (faults.Count == 0)
                break;
        }

        Assert.True(faults.Count == 0, $"{testCase["title"]}{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
    }

    /// <summary>Whether a pause of the machine, which is nothing the sidecar answers for, can make a case fail.</summary>
    private static bool MeasuresTime(JsonObject testCase) =>
        (testCase["tags"] as JsonArray)?.Any(tag => tag!.GetValue<string>() is "timing" or "ttl") == true;

    /// <summary>Why a case does not run on a backend, or on one that is held to its expectations; null when it does.</summary>
    internal static string? WhyLeftOut(JsonObject testCase, string backend, string? variant = null)
    {
        var id = testCase["id"]!.GetValue<string>();
        if ((testCase["tags"] as JsonArray)?.Any(tag => tag!.GetValue<string>() == "bug") == true)
            return "records a fault of daprd that is not repeated here";
        if (LaterCases.TryGetValue(id, out var reason))
            return reason;
        var backends = (testCase["backends"] as JsonArray)?.Select(name => name!.GetValue<string>()).ToList();
        if (backends is not null && !backends.Contains(backend))
            return $"only on {string.Join(", ", backends)}";
        return LaterOnBackends.GetValueOrDefault((id, variant ?? backend));
    }

    /// <summary>
    /// The cases of some folders: "cases" holds the recorded ones, "own" those we wrote in the same format for what they leave open.
    /// </summary>
    internal static IEnumerable<JsonObject> Load(params string[] folders) =>
        (folders is [] ? ["cases", "own"] : folders)
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(ConformanceEnvironment.Kit, folder), "*.json"))
            .Order(StringComparer.Ordinal)
            .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!.AsArray().Select(testCase => testCase!.AsObject()));
}

/// <summary>The running environment of one profile, started with its first case that is not skipped.</summary>
/// <param name="profile">Its name.</param>
/// <param name="backend">Backend whose expectations hold.</param>
/// <param name="variant">Whose components stand in for those of the backend; the backend's own when null.</param>
public abstract class ConformanceProfile(string profile, string backend, string? variant = null) : IAsyncDisposable
{
    private ConformanceEnvironment? _environment;

    /// <summary>Backend whose expectations hold.</summary>
    public string Backend => backend;

    /// <summary>Backend whose components run.</summary>
    public string Variant => variant ?? backend;

    /// <summary>The server that is not installed; null when nothing is missing.</summary>
    public string? Missing => Variant switch
    {
        "redis" => RedisServer.Missing,
        "postgres" => PostgresServer.Missing,
        "rabbitmq" => RabbitServer.Missing,
        _ => null,
    };

    /// <summary>The environment.</summary>
    public async Task<ConformanceEnvironment> EnvironmentAsync() => _environment ??= await ConformanceEnvironment.StartAsync(profile, backend, Variant);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_environment is not null)
            await _environment.DisposeAsync();
    }
}
