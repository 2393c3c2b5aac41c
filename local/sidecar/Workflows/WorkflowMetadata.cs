using NexusCart.Sidecar.Metadata;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Workflows;

/// <summary>Tells the metadata API of connected workers, and of the actor types under which daprd runs an app's workflows while there are any.</summary>
internal sealed class WorkflowMetadata(WorkflowRuntime runtime) : IMetadataContributor
{
    private static readonly string[] ActorTypes = ["activity", "retentioner", "workflow"];

    /// <inheritdoc/>
    public void Contribute(Rt.GetMetadataResponse metadata)
    {
        var workers = runtime.ConnectedWorkers;
        if (workers == 0)
            return;

        metadata.Workflows = new Rt.MetadataWorkflows { ConnectedWorkers = workers };
        metadata.ActorRuntime ??= new Rt.ActorRuntime { Placement = "placement: connected" };
        metadata.ActorRuntime.RuntimeStatus = Rt.ActorRuntime.Types.ActorRuntimeStatus.Running;
        metadata.ActorRuntime.HostReady = true;
        var workflowType = runtime.Engine.ActorType;
        var root = workflowType[..workflowType.LastIndexOf('.')];
        foreach (var type in ActorTypes)
        {
            metadata.ActorRuntime.ActiveActors.Add(new Rt.ActiveActorsCount { Type = $"{root}.{type}" });
        }
    }
}
