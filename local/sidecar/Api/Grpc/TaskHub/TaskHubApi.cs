using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Workflows;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Api.Grpc.TaskHub;

/// <summary>The service <c>TaskHubSidecarService</c>: what workflow workers and clients speak. An adapter only.</summary>
internal sealed class TaskHubApi(WorkflowRuntime runtime)
{
    private static readonly Empty Nothing = new();
    private static readonly CompleteTaskResponse Completed = new();
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private WorkflowEngine Engine => runtime.Engine;

    public static Task<Empty> Hello() => Task.FromResult(Nothing);

    /// <summary>Connects a worker and sends it work until it goes.</summary>
    public async Task GetWorkItems(GetWorkItemsRequest request, IServerStreamWriter<WorkItemFrame> stream, ServerCallContext context)
    {
        using var worker = Engine.ConnectWorker();
        // Tells the worker at once that it is connected: headers would wait for the first item otherwise.
        await context.WriteResponseHeadersAsync([new(AnswerStreamApi.OfferHeader, AnswerStreamApi.Offer)]);
        try
        {
            while (await worker.WaitAsync(context.CancellationToken))
            {
                while (worker.TryNext(out var item))
                {
                    // What follows at once goes out in one write.
                    stream.WriteOptions = worker.HasMore ? Buffered : null;
                    await stream.WriteAsync(item, context.CancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The worker went; the using gives its work to others.
        }
    }

    public async Task<CompleteTaskResponse> CompleteActivityTask(ActivityResponse request)
    {
        await Engine.CompleteActivityAsync(request);
        return Completed;
    }

    public async Task<CompleteTaskResponse> CompleteWorkflowTask(WorkflowResponse request)
    {
        await Engine.CompleteTurnAsync(request);
        return Completed;
    }

    public async Task<CreateInstanceResponse> StartInstance(CreateInstanceRequest request, CancellationToken cancellation)
    {
        await Guard("failed to create workflow instance: ", () => Engine.StartAsync(
            new WorkflowStartRequest(request.InstanceId, request.Name)
            {
                Input = request.Input,
                StartAt = request.ScheduledStartTimestamp?.ToDateTimeOffset(),
                Trace = Traced(request),
            },
            cancellation));
        return new CreateInstanceResponse { InstanceId = request.InstanceId };
    }

    public Task<GetInstanceResponse> GetInstance(GetInstanceRequest request, CancellationToken cancellation) =>
        AnswerAsync(Engine.GetStateAsync(request.InstanceId, request.GetInputsAndOutputs, cancellation));

    public Task<GetInstanceResponse> WaitForInstanceStart(GetInstanceRequest request, CancellationToken cancellation) =>
        AnswerAsync(Engine.WaitForStartAsync(request.InstanceId, request.GetInputsAndOutputs, cancellation));

    public Task<GetInstanceResponse> WaitForInstanceCompletion(GetInstanceRequest request, CancellationToken cancellation) =>
        AnswerAsync(Engine.WaitForCompletionAsync(request.InstanceId, request.GetInputsAndOutputs, cancellation));

    public async Task<RaiseEventResponse> RaiseEvent(RaiseEventRequest request, CancellationToken cancellation)
    {
        await Guard("", () => Engine.RaiseEventAsync(request.InstanceId, request.Name, request.Input, cancellation));
        return new RaiseEventResponse();
    }

    public async Task<TerminateResponse> TerminateInstance(TerminateRequest request, CancellationToken cancellation)
    {
        await Guard(
            "failed to submit termination request: ",
            () => Engine.TerminateAsync(request.InstanceId, request.Output, request.Recursive, awaitEnd: true, cancellation));
        return new TerminateResponse();
    }

    public async Task<SuspendResponse> SuspendInstance(SuspendRequest request, CancellationToken cancellation)
    {
        await Guard("", () => Engine.SuspendAsync(request.InstanceId, request.Reason, awaitTurn: true, cancellation));
        return new SuspendResponse();
    }

    public async Task<ResumeResponse> ResumeInstance(ResumeRequest request, CancellationToken cancellation)
    {
        await Guard("", () => Engine.ResumeAsync(request.InstanceId, request.Reason, awaitTurn: true, cancellation));
        return new ResumeResponse();
    }

    public async Task<PurgeInstancesResponse> PurgeInstances(PurgeInstancesRequest request, CancellationToken cancellation)
    {
        if (request.RequestCase == PurgeInstancesRequest.RequestOneofCase.PurgeInstanceFilter)
            throw new RpcException(new Status(StatusCode.Unknown, "multi-instance purge is not unimplemented"));

        var deleted = 0;
        await Guard(
            "failed to purge workflow state: ",
            async () => deleted = await Engine.PurgeAsync(request.InstanceId, request.Recursive, request.Force, cancellation),
            missing: request.Recursive ? "failed to fetch workflow state: " : "");
        return new PurgeInstancesResponse { DeletedInstanceCount = deleted };
    }

    public async Task<RerunWorkflowFromEventResponse> RerunWorkflowFromEvent(RerunWorkflowFromEventRequest request, CancellationToken cancellation)
    {
        var newId = "";
        await Guard("", async () => newId = await Engine.RerunAsync(request, cancellation));
        return new RerunWorkflowFromEventResponse { NewInstanceID = newId };
    }

    public async Task<ListInstanceIDsResponse> ListInstanceIDs(ListInstanceIDsRequest request, CancellationToken cancellation)
    {
        var response = new ListInstanceIDsResponse();
        await Guard("", async () =>
        {
            var (ids, next) = await Engine.ListAsync(
                request.HasContinuationToken ? request.ContinuationToken : null,
                request.HasPageSize ? (int)Math.Min(request.PageSize, int.MaxValue - 1) : null,
                cancellation);
            response.InstanceIds.AddRange(ids);
            if (next is not null)
                response.ContinuationToken = next;
        });
        return response;
    }

    public async Task<GetInstanceHistoryResponse> GetInstanceHistory(GetInstanceHistoryRequest request, CancellationToken cancellation)
    {
        var events = await Engine.GetHistoryAsync(request.InstanceId, cancellation)
            ?? throw new RpcException(new Status(StatusCode.NotFound, $"workflow instance '{request.InstanceId}' not found"));
        return new GetInstanceHistoryResponse { Events = { events } };
    }

    /// <summary>The trace the instance belongs to: the caller's, or one that begins here.</summary>
    private TraceContext? Traced(CreateInstanceRequest request)
    {
        var given = request.ParentTraceContext;
        if (!runtime.Tracing.Exports)
            return given;
        using var leg = runtime.Tracing.Start("create_orchestration||" + request.Name, ActivityKind.Client, given?.TraceParent, given?.TraceState);
        if (leg.Span is not { } span)
            return given;
        span.SetTag("durabletask.type", "orchestration");
        span.SetTag("durabletask.task.name", request.Name);
        span.SetTag("durabletask.task.instance_id", request.InstanceId);
        return new TraceContext { TraceParent = leg.Trace.TraceParent, TraceState = leg.Trace.TraceState };
    }

    private static async Task<GetInstanceResponse> AnswerAsync(Task<WorkflowState?> asked) =>
        await asked is { } state ? new GetInstanceResponse { Exists = true, WorkflowState = state } : new GetInstanceResponse();

    /// <summary>Answers the engine's refusals as daprd words them.</summary>
    /// <param name="prefix">What daprd puts before the reason.</param>
    /// <param name="action">The request.</param>
    /// <param name="missing">What it puts besides when there is no such instance.</param>
    private static async Task Guard(string prefix, Func<Task> action, string missing = "")
    {
        try
        {
            await action();
        }
        catch (WorkflowFaultException fault)
        {
            var more = fault.Kind == WorkflowFaultKind.NoSuchInstance ? missing : "";
            var isBare = fault.Kind is WorkflowFaultKind.NoWorker or WorkflowFaultKind.Stalled;
            throw new RpcException(new Status(CodeOf(fault.Kind), isBare ? fault.Message : prefix + more + fault.Message));
        }
    }

    private static StatusCode CodeOf(WorkflowFaultKind kind) => kind switch
    {
        WorkflowFaultKind.InvalidRequest => StatusCode.InvalidArgument,
        WorkflowFaultKind.NoWorker => StatusCode.FailedPrecondition,
        WorkflowFaultKind.RerunTargetExists => StatusCode.AlreadyExists,
        WorkflowFaultKind.RerunSourceMissing => StatusCode.NotFound,
        WorkflowFaultKind.Unsupported => StatusCode.Unimplemented,
        _ => StatusCode.Unknown,
    };
}
