using System.Globalization;
using System.Text;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>The table of docs/dapr-compatibility.md that lists every RPC and route of Dapr's API with its state, as a running sidecar has them.</summary>
public sealed class ApiSummaryTests : IAsyncDisposable
{
    private const string Begin = "<!-- api: held true by ApiSummaryTests -->";
    private const string End = "<!-- end of api -->";

    // RPCs by what their names hold; the first that fits counts, so the narrower names stand first.
    private static readonly (string Block, string[] Names)[] Blocks =
    [
        ("actors", ["Actor"]),
        ("binary files", ["BinaryFile"]),
        ("bindings", ["InvokeBinding"]),
        ("configuration", ["Configuration"]),
        ("conversation", ["Converse"]),
        ("cryptography", ["Encrypt", "Decrypt", "Subtle"]),
        ("invocation", ["InvokeService"]),
        ("jobs", ["Job"]),
        ("locks", ["TryLock", "Unlock"]),
        ("metadata and shutdown", ["Metadata", "Shutdown"]),
        ("pub/sub", ["PublishEvent", "TopicEvents"]),
        ("secrets", ["Secret"]),
        ("state", ["State"]),
        ("vectors and search", ["Collection", "Vectors", "Index", "Documents", "SearchAlpha1"]),
        ("workflows", ["Workflow"]),
    ];

    private readonly SidecarBed _bed = new();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Table_in_the_documentation_is_true()
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "docs", "dapr-compatibility.md")).ReplaceLineEndings("\n");
        var (from, to) = (document.IndexOf(Begin, StringComparison.Ordinal), document.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, "docs/dapr-compatibility.md has lost the marks around the table");

        var sidecar = await _bed.StartSidecarAsync("summary");
        var endpoints = sidecar.Host.Sidecar.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var table = Rpcs(endpoints) + "\n" + Routes(endpoints);
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        Assert.Equal(table.TrimEnd('\n'), document[(from + Begin.Length)..to].Trim('\n'));
    }

    private static string Rpcs(List<RouteEndpoint> endpoints)
    {
        var served = endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method)
            .Where(method => method?.ServiceName == Rt.Dapr.Descriptor.FullName)
            .Select(method => method!.Name).ToHashSet(StringComparer.Ordinal);
        var table = new StringBuilder("| RPCs of `dapr.proto.runtime.v1.Dapr` | served | answer `Unimplemented` |\n|---|---|---|\n");
        foreach (var block in Rt.Dapr.Descriptor.Methods.Select(method => method.Name).GroupBy(BlockOf).OrderBy(block => block.Key, StringComparer.Ordinal))
            table.Append(CultureInfo.InvariantCulture, $"| {block.Key} | {Names(block.Where(served.Contains))} | {Names(block.Where(name => !served.Contains(name)))} |\n");
        return table.ToString();
    }

    private static string Routes(List<RouteEndpoint> endpoints)
    {
        var table = new StringBuilder("| HTTP | methods |\n|---|---|\n");
        var routes = endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is null && endpoint.RoutePattern.RawText!.StartsWith("/v1.0", StringComparison.Ordinal))
            .GroupBy(endpoint => endpoint.RoutePattern.RawText!, endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            .OrderBy(route => route.Key, StringComparer.Ordinal);
        foreach (var route in routes)
            table.Append(CultureInfo.InvariantCulture, $"| `{route.Key}` | {string.Join(", ", route.SelectMany(methods => methods).Distinct().Order(StringComparer.Ordinal))} |\n");
        return table.ToString();
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    private static string BlockOf(string rpc)
    {
        var block = Blocks.FirstOrDefault(candidate => candidate.Names.Any(name => rpc.Contains(name, StringComparison.Ordinal))).Block;
        return block ?? throw new InvalidOperationException($"{rpc} belongs to no building block of this table");
    }
}
