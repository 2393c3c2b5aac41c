using System.Diagnostics;
using Dapr.Common.Serialization;
using Dapr.Workflow.Client;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow;

/// <inheritdoc cref="IDaprWorkflowClient"/>
public sealed class DaprWorkflowClient : IDaprWorkflowClient
{
    private static readonly TimeSpan FirstWaitRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWaitRetry = TimeSpan.FromSeconds(15);

    private readonly Wire.TaskHubSidecarService.TaskHubSidecarServiceClient _sidecar;
    private readonly IDaprSerializer _serializer;
    private readonly IDisposable? _owned;

    internal DaprWorkflowClient(CallInvoker invoker, IDaprSerializer serializer, IDisposable? owned = null)
    {
        _sidecar = new Wire.TaskHubSidecarService.TaskHubSidecarServiceClient(invoker);
        _serializer = serializer;
        _owned = owned;
    }

    /// <inheritdoc/>
    public Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId = null, object? input = null) =>
        ScheduleNewWorkflowAsync(name, instanceId, input, default(DateTimeOffset?));

    /// <inheritdoc/>
    public Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId, object? input, DateTime? startTime) =>
        ScheduleNewWorkflowAsync(name, instanceId, input, startTime is { } time ? new DateTimeOffset(time) : default(DateTimeOffset?));

    /// <inheritdoc/>
    public async Task<string> ScheduleNewWorkflowAsync(
        string name,
        string? instanceId,
        object? input,
        DateTimeOffset? startTime,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var request = new Wire.CreateInstanceRequest
        {
            InstanceId = instanceId ?? Guid.NewGuid().ToString(),
            Name = name,
            Input = Serialize(input),
            ScheduledStartTimestamp = startTime is { } time ? Timestamp.FromDateTimeOffset(time) : null,
            ParentTraceContext = CurrentTrace(),
        };
        var response = await _sidecar.StartInstanceAsync(request, cancellationToken: cancellation);
        return response.InstanceId;
    }

    /// <inheritdoc/>
    public async Task<WorkflowState> GetWorkflowStateAsync(
        string instanceId,
        bool getInputsAndOutputs = true,
        CancellationToken cancellation = default)
    {
        var request = InstanceRequest(instanceId, getInputsAndOutputs);
        try
        {
            var response = await _sidecar.GetInstanceAsync(request, cancellationToken: cancellation);
            return new WorkflowState(response.Exists ? response.WorkflowState : null, _serializer);
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return new WorkflowState(null, _serializer);
        }
    }

    /// <inheritdoc/>
    public Task<WorkflowState> WaitForWorkflowStartAsync(
        string instanceId,
        bool getInputsAndOutputs = true,
        CancellationToken cancellation = default) =>
        WaitAsync(_sidecar.WaitForInstanceStartAsync, InstanceRequest(instanceId, getInputsAndOutputs), cancellation);

    /// <inheritdoc/>
    public Task<WorkflowState> WaitForWorkflowCompletionAsync(
        string instanceId,
        bool getInputsAndOutputs = true,
        CancellationToken cancellation = default) =>
        WaitAsync(_sidecar.WaitForInstanceCompletionAsync, InstanceRequest(instanceId, getInputsAndOutputs), cancellation);

    /// <inheritdoc/>
    public async Task RaiseEventAsync(
        string instanceId,
        string eventName,
        object? eventPayload = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var request = new Wire.RaiseEventRequest { InstanceId = instanceId, Name = eventName, Input = Serialize(eventPayload) };
        await _sidecar.RaiseEventAsync(request, cancellationToken: cancellation);
    }

    /// <inheritdoc/>
    public async Task TerminateWorkflowAsync(string instanceId, object? output = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var request = new Wire.TerminateRequest { InstanceId = instanceId, Output = Serialize(output), Recursive = true };
        await _sidecar.TerminateInstanceAsync(request, cancellationToken: cancellation);
    }

    /// <inheritdoc/>
    public async Task SuspendWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var request = new Wire.SuspendRequest { InstanceId = instanceId, Reason = reason ?? string.Empty };
        await _sidecar.SuspendInstanceAsync(request, cancellationToken: cancellation);
    }

    /// <inheritdoc/>
    public async Task ResumeWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var request = new Wire.ResumeRequest { InstanceId = instanceId, Reason = reason ?? string.Empty };
        await _sidecar.ResumeInstanceAsync(request, cancellationToken: cancellation);
    }

    /// <inheritdoc/>
    public async Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var request = new Wire.PurgeInstancesRequest { InstanceId = instanceId, Recursive = true };
        var response = await _sidecar.PurgeInstancesAsync(request, cancellationToken: cancellation);
        return response.DeletedInstanceCount > 0;
    }

    /// <inheritdoc/>
    public async Task<WorkflowInstancePage> ListInstanceIdsAsync(
        string? continuationToken = null,
        int? pageSize = null,
        CancellationToken cancellation = default)
    {
        var request = new Wire.ListInstanceIDsRequest();
        if (continuationToken is not null)
            request.ContinuationToken = continuationToken;

        if (pageSize is { } size)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size, nameof(pageSize));
            request.PageSize = (uint)size;
        }

        var response = await _sidecar.ListInstanceIDsAsync(request, cancellationToken: cancellation);
        return new WorkflowInstancePage([.. response.InstanceIds], response.HasContinuationToken ? response.ContinuationToken : null);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WorkflowHistoryEvent>> GetInstanceHistoryAsync(string instanceId, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var request = new Wire.GetInstanceHistoryRequest { InstanceId = instanceId };
        var response = await _sidecar.GetInstanceHistoryAsync(request, cancellationToken: cancellation);
        return [.. response.Events.Select(HistoryEventMap.ToPublic)];
    }

    /// <inheritdoc/>
    public async Task<string> RerunWorkflowFromEventAsync(
        string sourceInstanceId,
        uint eventId,
        RerunWorkflowFromEventOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourceInstanceId);
        if (options is { Input: not null, OverwriteInput: false })
        {
            throw new ArgumentException(
                $"{nameof(RerunWorkflowFromEventOptions.OverwriteInput)} must be true when {nameof(RerunWorkflowFromEventOptions.Input)} is set.",
                nameof(options));
        }

        var request = new Wire.RerunWorkflowFromEventRequest { SourceInstanceID = sourceInstanceId, EventID = eventId };
        if (options?.NewInstanceId is { } newId)
            request.NewInstanceID = newId;

        if (options is { OverwriteInput: true })
        {
            request.OverwriteInput = true;
            request.Input = Serialize(options.Input);
        }

        var response = await _sidecar.RerunWorkflowFromEventAsync(request, cancellationToken: cancellation);
        return response.NewInstanceID;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static Wire.GetInstanceRequest InstanceRequest(string instanceId, bool getInputsAndOutputs)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return new Wire.GetInstanceRequest { InstanceId = instanceId, GetInputsAndOutputs = getInputsAndOutputs };
    }

    private static Wire.TraceContext? CurrentTrace() =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } activity
            ? new Wire.TraceContext
            {
                TraceParent = id,
                TraceState = string.IsNullOrEmpty(activity.TraceStateString) ? null : activity.TraceStateString,
            }
            : null;

    /// <summary>A missing value travels as the empty text.</summary>
    private string Serialize(object? value) => value is null ? string.Empty : _serializer.Serialize(value, value.GetType());

    /// <summary>Waits on the sidecar, and through its absences: the instance goes on when it is back.</summary>
    private async Task<WorkflowState> WaitAsync(
        Func<Wire.GetInstanceRequest, CallOptions, AsyncUnaryCall<Wire.GetInstanceResponse>> wait,
        Wire.GetInstanceRequest request,
        CancellationToken cancellation)
    {
        for (var delay = FirstWaitRetry; ; delay = delay * 2 < LongestWaitRetry ? delay * 2 : LongestWaitRetry)
        {
            try
            {
                var response = await wait(request, new CallOptions(cancellationToken: cancellation));
                return response.Exists
                    ? new WorkflowState(response.WorkflowState, _serializer)
                    : throw new InvalidOperationException($"Workflow instance '{request.InstanceId}' does not exist");
            }
            catch (RpcException cancelled) when (cancelled.StatusCode == StatusCode.Cancelled && cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancelled.Message, cancelled, cancellation);
            }
            catch (RpcException away) when (away.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unavailable)
            {
                await Task.Delay(delay, cancellation);
            }
        }
    }
}
