using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using NexusCart.Tests.Sidecar.Workflows.JavaScript;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>The table of docs/dapr-compatibility.md that says which recorded cases run: what runs must pass, each in its own test.</summary>
public sealed class ConformanceSummaryTests
{
    private const string Begin = "<!-- conformance: held true by ConformanceSummaryTests -->";
    private const string End = "<!-- end of conformance -->";

    [Fact]
    public void Table_in_the_documentation_is_true()
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "docs", "dapr-compatibility.md")).ReplaceLineEndings("\n");
        var (from, to) = (document.IndexOf(Begin, StringComparison.Ordinal), document.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, "docs/dapr-compatibility.md has lost the marks around the table");

        var table = Table();
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        Assert.Equal(table, document[(from + Begin.Length)..to].Trim('\n'));
    }

    private static string Table()
    {
        var table = new StringBuilder("| area | recorded | run | own | left out |\n|---|---|---|---|---|\n");
        var own = ConformanceTests.Load("own").CountBy(AreaOf).ToDictionary(StringComparer.Ordinal);
        var (recorded, run) = (0, 0);
        foreach (var area in ConformanceTests.Load("cases").GroupBy(AreaOf).OrderBy(area => area.Key, StringComparer.Ordinal))
        {
            var (left, reasons) = LeftOut(area, WhyNowhere);
            Append(table, area.Key, area.Count(), area.Count() - left, own.GetValueOrDefault(area.Key), reasons);
            recorded += area.Count();
            run += area.Count() - left;
        }

        Append(table, "**all**", recorded, run, own.Values.Sum(), "");
        var scenarios = ScenarioRun.Names.Count();
        Append(table, "workflows (JavaScript SDK)", scenarios, scenarios, 0, "");
        AppendBackends(table, "state", [("mem", null, "memory"), ("sqlite", null, "SQLite"), ("redis", null, "Redis"), ("sqlite", "postgres", "PostgreSQL")]);
        AppendBackends(table, "pubsub", [("mem", null, "memory"), ("redis", null, "Redis"), ("rabbitmq", null, "RabbitMQ"), ("kafka", null, "Kafka")]);
        return table.ToString().TrimEnd('\n');
    }

    private static void AppendBackends(StringBuilder table, string area, ReadOnlySpan<(string Backend, string? Variant, string Name)> backends)
    {
        table.Append(CultureInfo.InvariantCulture, $"\n| {area}, with our own, on | run | left out |\n|---|---|---|\n");
        var cases = ConformanceTests.Load().Where(item => AreaOf(item) == area).ToList();
        foreach (var (backend, variant, name) in backends)
        {
            var (left, reasons) = LeftOut(cases, item => ConformanceTests.WhyLeftOut(item, backend, variant));
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {cases.Count - left} | {reasons} |\n");
        }
    }

    private static (int Count, string Reasons) LeftOut(IEnumerable<JsonObject> cases, Func<JsonObject, string?> why)
    {
        var left = cases.Select(item => (Id: IdOf(item), Why: why(item))).Where(item => item.Why is not null).ToList();
        var reasons = left.GroupBy(item => item.Why!, item => item.Id).Select(reason => $"{string.Join(", ", reason.Order(StringComparer.Ordinal))}: {reason.Key}");
        return (left.Count, string.Join("; ", reasons));
    }

    private static void Append(StringBuilder table, string area, int recorded, int run, int own, string left) =>
        table.Append(CultureInfo.InvariantCulture, $"| {area} | {recorded} | {run} | {own} | {left} |\n");

    // A case counts as run when it runs on the backend of its profile or, in profile main, on another.
    private static string? WhyNowhere(JsonObject testCase)
    {
        var reasons = ((string[])["mem", "sqlite", "redis"]).Select(backend => ConformanceTests.WhyLeftOut(testCase, backend)).ToList();
        return reasons.Contains(null) ? null : reasons.Find(reason => !reason!.StartsWith("only on", StringComparison.Ordinal)) ?? reasons[0];
    }

    private static string AreaOf(JsonObject testCase) => testCase["area"]!.GetValue<string>();

    private static string IdOf(JsonObject testCase) => testCase["id"]!.GetValue<string>();
}
