namespace NexusCart.Tests.Sidecar.Workflows.JavaScript;

/// <summary>
/// The official JavaScript SDK, as worker and client, against our sidecar: the scenarios that were recorded from daprd, a test each.
/// They run in groups, each with sidecars of its own, because most of their time is waiting.
/// </summary>
public abstract class ScenarioTests(ScenarioRun run)
{
    private static readonly string[] Wire = ["wire-", "crossapp-"];
    private static readonly string[] Kills = ["worker-", "restart-"];

    public static IEnumerable<TheoryDataRow<string>> OnTheWire => Rows(name => Begins(name, Wire));

    public static IEnumerable<TheoryDataRow<string>> WithKills => Rows(name => Begins(name, Kills));

    public static IEnumerable<TheoryDataRow<string>> TheRest => Rows(name => !Begins(name, [.. Wire, .. Kills]));

    protected async Task PassesAsync(string name)
    {
        Assert.SkipWhen(ScenarioRun.WhyNot is not null, $"{name}: {ScenarioRun.WhyNot}");
        var (passed, line) = await run.OutcomeAsync(name);
        Assert.True(passed, line);
    }

    private static bool Begins(string name, string[] prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<TheoryDataRow<string>> Rows(Func<string, bool> filter) =>
        ScenarioRun.Names.Where(filter).Select(name => new TheoryDataRow<string>(name) { TestDisplayName = "js." + name });
}

/// <summary>Workflows, events, timers, children and the management APIs.</summary>
public sealed class SdkScenarioTests(SdkScenarioTests.Run run) : ScenarioTests(run), IClassFixture<SdkScenarioTests.Run>
{
    [Theory]
    [MemberData(nameof(TheRest))]
    public Task Scenario(string name) => PassesAsync(name);

    public sealed class Run() : ScenarioRun(TheRest.Select(row => row.Data), strict: true);
}

/// <summary>Work items and answers message by message, and calls between two apps.</summary>
public sealed class WireScenarioTests(WireScenarioTests.Run run) : ScenarioTests(run), IClassFixture<WireScenarioTests.Run>
{
    [Theory]
    [MemberData(nameof(OnTheWire))]
    public Task Scenario(string name) => PassesAsync(name);

    public sealed class Run() : ScenarioRun(OnTheWire.Select(row => row.Data), strict: true);
}

/// <summary>Workers and sidecars that are killed in the middle.</summary>
public sealed class KillScenarioTests(KillScenarioTests.Run run) : ScenarioTests(run), IClassFixture<KillScenarioTests.Run>
{
    [Theory]
    [MemberData(nameof(WithKills))]
    public Task Scenario(string name) => PassesAsync(name);

    public sealed class Run() : ScenarioRun(WithKills.Select(row => row.Data), strict: true);
}

/// <summary>What is different on purpose when not strict (docs/dapr-compatibility.md); every other scenario passes in either mode.</summary>
public sealed class DefaultModeScenarioTests(DefaultModeScenarioTests.Run run) : IClassFixture<DefaultModeScenarioTests.Run>
{
    private static readonly (string Name, string Difference)[] ByDesign =
    [
        ("get-missing", "/waitStart/err: expected \"DEADLINE_EXCEEDED\""),
        ("grpc-api-errors", "/PurgeWorkflowBeta1/details"),
        ("http-errors", "/termMissing/body/message"),
        ("worker-absent-event-arrives", "/e: expected \"refused\" got \"taken\""),
    ];

    public static IEnumerable<TheoryDataRow<string, string>> Differences =>
        ByDesign.Select(row => new TheoryDataRow<string, string>(row.Name, row.Difference) { TestDisplayName = "js.default." + row.Name });

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task Differs_on_purpose(string name, string difference)
    {
        Assert.SkipWhen(ScenarioRun.WhyNot is not null, $"{name}: {ScenarioRun.WhyNot}");
        var (passed, line) = await run.OutcomeAsync(name);
        Assert.False(passed);
        Assert.Contains(difference, line, StringComparison.Ordinal);
    }

    public sealed class Run() : ScenarioRun(ByDesign.Select(row => row.Name), strict: false);
}
