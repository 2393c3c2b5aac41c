using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Workflows;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

public sealed partial class DaprApi
{
    private WorkflowManagement Workflows => Block<WorkflowManagement>();

    public async Task<Rt.StartWorkflowResponse> StartWorkflowBeta1(Rt.StartWorkflowRequest request, ServerCallContext context) => new()
    {
        InstanceId = await Workflows.StartAsync(request.InstanceId, request.WorkflowName, TextOf(request.Input), context.CancellationToken),
    };

    /// <summary>Of a missing instance only the id is answered, not an error.</summary>
    public async Task<Rt.GetWorkflowResponse> GetWorkflowBeta1(Rt.GetWorkflowRequest request, ServerCallContext context)
    {
        var response = new Rt.GetWorkflowResponse { InstanceId = request.InstanceId };
        if (await Workflows.GetAsync(request.InstanceId, context.CancellationToken) is not { } state)
            return response;

        response.WorkflowName = state.Name;
        response.CreatedAt = state.CreatedTimestamp;
        response.LastUpdatedAt = state.LastUpdatedTimestamp;
        response.RuntimeStatus = WorkflowProperties.StatusOf(state);
        foreach (var (name, value) in WorkflowProperties.Of(state))
        {
            response.Properties.Add(name, value);
        }

        return response;
    }

    public async Task<Empty> RaiseEventWorkflowBeta1(Rt.RaiseEventWorkflowRequest request, ServerCallContext context)
    {
        await Workflows.RaiseEventAsync(request.InstanceId, request.EventName, TextOf(request.EventData), context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> PauseWorkflowBeta1(Rt.PauseWorkflowRequest request, ServerCallContext context)
    {
        await Workflows.PauseAsync(request.InstanceId, context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> ResumeWorkflowBeta1(Rt.ResumeWorkflowRequest request, ServerCallContext context)
    {
        await Workflows.ResumeAsync(request.InstanceId, context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> TerminateWorkflowBeta1(Rt.TerminateWorkflowRequest request, ServerCallContext context)
    {
        await Workflows.TerminateAsync(request.InstanceId, recursive: true, context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> PurgeWorkflowBeta1(Rt.PurgeWorkflowRequest request, ServerCallContext context)
    {
        await Workflows.PurgeAsync(request.InstanceId, recursive: true, context.CancellationToken);
        return new Empty();
    }

    private static string? TextOf(ByteString data) => data.IsEmpty ? null : data.ToStringUtf8();
}
