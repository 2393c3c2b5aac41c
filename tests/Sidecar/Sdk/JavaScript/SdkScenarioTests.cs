namespace NexusCart.Tests.Sidecar.Sdk.JavaScript;

/// <summary>The official JavaScript SDK as client and as app, a test a scenario; the scenarios themselves lie in <c>Sdk/js</c>.</summary>
public sealed class SdkScenarioTests(SdkScenarioRun run) : IClassFixture<SdkScenarioRun>
{
    public static IEnumerable<TheoryDataRow<string>> Scenarios =>
        SdkScenarios.All.Select(scenario => new TheoryDataRow<string>(scenario.Title) { TestDisplayName = "js.sdk." + scenario.Title });

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Scenario(string title)
    {
        Assert.SkipWhen(SdkScenarios.WhyNot is not null, $"{title}: {SdkScenarios.WhyNot}");
        var outcome = await run.OutcomeAsync(title);
        Assert.True(outcome.StartsWith("ok ", StringComparison.Ordinal), outcome);
    }
}
