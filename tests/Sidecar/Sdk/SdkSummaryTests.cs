using System.Globalization;
using System.Reflection;
using System.Text;
using NexusCart.Tests.Sidecar.Actors;
using NexusCart.Tests.Sidecar.Sdk.JavaScript;

namespace NexusCart.Tests.Sidecar.Sdk;

/// <summary>The table of docs/dapr-compatibility.md that says how many scenarios of each SDK run, by building block.</summary>
public sealed class SdkSummaryTests
{
    private const string Begin = "<!-- sdks: held true by SdkSummaryTests -->";
    private const string End = "<!-- end of sdks -->";

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
        var (http, grpc, dotnet) = (JavaScript("http"), JavaScript("grpc"), DotNet());
        var table = new StringBuilder("| building block | JavaScript, HTTP | JavaScript, gRPC | .NET |\n|---|---|---|---|\n");
        foreach (var block in http.Keys.Union(grpc.Keys).Union(dotnet.Keys).Order(StringComparer.Ordinal))
            Append(block, http.GetValueOrDefault(block), grpc.GetValueOrDefault(block), dotnet.GetValueOrDefault(block));
        Append("**all**", http.Values.Sum(), grpc.Values.Sum(), dotnet.Values.Sum());
        return table.ToString().TrimEnd('\n');

        void Append(string block, int http, int grpc, int dotnet) =>
            table.Append(CultureInfo.InvariantCulture, $"| {block} | {http} | {grpc} | {dotnet} |\n");
    }

    private static Dictionary<string, int> JavaScript(string protocol) =>
        SdkScenarios.All.Where(scenario => scenario.Protocol == protocol).CountBy(scenario => scenario.Block).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, int> DotNet()
    {
        var tests = from type in typeof(SdkSummaryTests).Assembly.GetTypes()
                    where type.Namespace == typeof(SdkSummaryTests).Namespace + ".DotNet" || type == typeof(ActorSdkTests)
                    from method in type.GetMethods()
                    where method.IsDefined(typeof(FactAttribute))
                    let block = type == typeof(ActorSdkTests) ? "actors" : BlockOf(method) ?? BlockOf(type)
                    from run in Enumerable.Range(0, Math.Max(1, method.GetCustomAttributes<InlineDataAttribute>().Count()))
                    select block;
        return tests.CountBy(block => block).ToDictionary(StringComparer.Ordinal);
    }

    private static string? BlockOf(MemberInfo member) =>
        member.GetCustomAttributes<TraitAttribute>().FirstOrDefault(trait => trait.Name == "block")?.Value;
}
