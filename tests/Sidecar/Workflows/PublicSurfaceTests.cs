using Dapr.Workflow;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>
/// The stand-in must offer what the official package offers, in the same words: WORKFLOW-PUBLIC-API.txt is the surface of
/// Dapr.Workflow 1.18.5 as reflection shows it.
/// </summary>
public sealed class PublicSurfaceTests
{
    private static readonly string[] Official = ["Dapr.Workflow.dll", "Dapr.Workflow.Abstractions.dll"];

    // Deliberately absent: the assemblies Dapr.Workflow.Versioning.Abstractions.dll and Dapr.Workflow.Versioning.Runtime.dll, that is
    // choosing among versions of a workflow by name. IsPatched is there.
    private static readonly string[] AbsentTypes = [];

    private static string RecordedFile => Path.Combine(AppContext.BaseDirectory, "Workflows", "WORKFLOW-PUBLIC-API.txt");

    [Fact]
    public void Every_official_type_and_member_is_there()
    {
        var ours = PublicSurface.Of(typeof(DaprWorkflowClient).Assembly);
        var missing = new List<string>();
        foreach (var (type, members) in PublicSurface.Read(RecordedFile, Official))
        {
            if (AbsentTypes.Contains(type))
                continue;
            if (ours.TryGetValue(type, out var have))
                missing.AddRange(members.Except(have).Select(member => $"{type}: {member}"));
            else
                missing.Add(type);
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Nothing_is_there_that_the_official_package_lacks()
    {
        var recorded = PublicSurface.Read(RecordedFile, Official);
        var more = new List<string>();
        foreach (var (type, members) in PublicSurface.Of(typeof(DaprWorkflowClient).Assembly))
        {
            if (recorded.TryGetValue(type, out var official))
                more.AddRange(members.Except(official).Select(member => $"{type}: {member}"));
            else
                more.Add(type);
        }

        Assert.Empty(more);
    }
}
