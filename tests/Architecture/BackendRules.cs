using System.Text.Json;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Architecture;

/// <summary>What keeps the services on the ground that all backends share; docs/backends.md says why, and which test holds which rule.</summary>
public sealed partial class BackendRules
{
    private const string TopologyGuard = "platform/Actors/ActorTopologyGuard.cs";
    private const string Publisher = "platform/Events/EventPublisher.cs";
    private const string Subscriber = "platform/Events/SubscriptionEndpoints.cs";
    private const int Rules = 21;

    [Theory]
    [InlineData(3, "ExecuteStateTransaction")]
    [InlineData(4, "GetStateAndETag|TrySaveState|TryDeleteState|GetStateEntry|StateEntry<")]
    [InlineData(5, "ttlInSeconds|ttlExpireTime")]
    [InlineData(6, "\"contentType\"|SaveByteState")]
    [InlineData(7, "QueryState")]
    [InlineData(8, "SaveBulkState|DeleteBulkState")]
    [InlineData(16, "BulkSubscribe|BulkTopic|BulkPublish")]
    [InlineData(18, @"\bTryLock|\.Lock\(|\.Unlock\(|DistributedLock")]
    [InlineData(21, "ScheduleJob|DaprJobs")]
    public void Nothing_is_used_that_backends_do_differently(int rule, string pattern)
    {
        var wrong = from file in Services()
                    from line in file.Lines
                    where Regex.IsMatch(line, pattern) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    select $"rule {rule}: {file.Path}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Create_only_writes_are_in_one_place_and_always_create_only()
    {
        var users = Services().Where(file => file.Text.Contains("FirstWrite", StringComparison.Ordinal)).Select(file => file.Path);
        Assert.Equal([TopologyGuard], users);
        var saves = SaveState().Matches(Repository.Files.Single(file => file.Path == TopologyGuard).Text);
        Assert.NotEmpty(saves);
        Assert.All(saves, save => Assert.Contains("FirstWrite", save.Value));
    }

    [Fact]
    public void Events_leave_and_arrive_in_one_place()
    {
        Assert.Equal([Publisher], Services().Where(file => Publishes().IsMatch(file.Text)).Select(file => file.Path));
        Assert.Equal([Subscriber], Services().Where(file => Subscribes().IsMatch(file.Text)).Select(file => file.Path));
    }

    [Fact]
    public void Handlers_read_the_event_and_no_headers()
    {
        var handlers = Repository.Code("services").Where(file => file.Path.Contains("/Events/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(handlers);
        Assert.DoesNotContain(handlers, file => file.Text.Contains("HttpContext", StringComparison.Ordinal) || file.Text.Contains("Headers", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_caller_of_the_sidecar_has_a_time_limit()
    {
        // The readiness probe's limit is that of its health check.
        var callers = Services().Where(file => TakesClient().IsMatch(file.Text)).ToList();
        Assert.True(callers.Count >= 4);
        Assert.DoesNotContain(callers, file => !TimeLimit().IsMatch(file.Text));
    }

    [Fact]
    public void No_component_has_an_outbox() => Assert.DoesNotContain(
        Repository.Files,
        file => file.Path.StartsWith("components/", StringComparison.Ordinal) && file.Text.Contains("outboxPublish", StringComparison.Ordinal));

    [Fact]
    public void Secrets_are_strings_and_configuration_has_a_database_of_its_own()
    {
        using var secrets = JsonDocument.Parse(Component("secrets.json"));
        Assert.All(secrets.RootElement.EnumerateObject(), secret => Assert.Equal(JsonValueKind.String, secret.Value.ValueKind));

        var databases = Repository.Files.Where(file => file.Path.StartsWith("components/redis/", StringComparison.Ordinal) && file.Path.EndsWith(".yaml", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetFileName(file.Path), file => Database().Match(file.Text) is { Success: true } match ? match.Groups[1].Value : "0");
        Assert.Single(databases.Values, databases["configstore.yaml"]);
    }

    [Fact]
    public void The_documentation_says_of_each_rule_which_test_holds_it()
    {
        var rows = Row().Matches(Repository.Files.Single(file => file.Path == "docs/backends.md").Text).ToList();
        Assert.Equal(Enumerable.Range(1, Rules), rows.Select(row => int.Parse(row.Groups[1].Value)));
        foreach (var row in rows)
            NamedTests.AssertIn(row.Value);
    }

    private static IEnumerable<SourceFile> Services() => Repository.Code("services", "platform", "workflows");

    private static string Component(string name) => Repository.Files.Single(file => file.Path == "components/" + name).Text;

    [GeneratedRegex(@"SaveStateAsync\([^;]*;")]
    private static partial Regex SaveState();

    [GeneratedRegex(@"\.Publish(Byte)?EventAsync")]
    private static partial Regex Publishes();

    [GeneratedRegex(@"\.WithTopic\(|\[Topic\(")]
    private static partial Regex Subscribes();

    [GeneratedRegex(@"DaprClient dapr[,)]")]
    private static partial Regex TakesClient();

    [GeneratedRegex(@"CancelAfter|new CancellationTokenSource\([^)]|HealthCheckRegistration")]
    private static partial Regex TimeLimit();

    [GeneratedRegex("redisDB, value: \"(\\d+)\"")]
    private static partial Regex Database();

    [GeneratedRegex(@"^\| (\d+) \|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
