using Dapr.Common.Serialization;
using Google.Protobuf.WellKnownTypes;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow;

/// <summary>What was known of a workflow instance when it was asked for.</summary>
public sealed class WorkflowState
{
    private readonly Wire.WorkflowState? _state;
    private readonly IDaprSerializer _serializer;

    internal WorkflowState(Wire.WorkflowState? state, IDaprSerializer serializer)
    {
        _state = state;
        _serializer = serializer;
        FailureDetails = state?.FailureDetails is { } failure ? WireFailures.ToPublic(failure) : null;
    }

    /// <summary>The workflow's registered name; null when there is no such instance.</summary>
    public string? WorkflowName => _state?.Name;

    /// <summary>Whether there is such an instance.</summary>
    public bool Exists => _state is not null;

    /// <summary>Whether it has started and not ended; false while suspended.</summary>
    public bool IsWorkflowRunning => RuntimeStatus == WorkflowRuntimeStatus.Running;

    /// <summary>Whether it has ended, well or not.</summary>
    public bool IsWorkflowCompleted =>
        RuntimeStatus is WorkflowRuntimeStatus.Completed or WorkflowRuntimeStatus.Failed or WorkflowRuntimeStatus.Terminated;

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt => ToTime(_state?.CreatedTimestamp);

    /// <summary>When its state last changed.</summary>
    public DateTimeOffset LastUpdatedAt => ToTime(_state?.LastUpdatedTimestamp);

    /// <summary>Where it stands; <see cref="WorkflowRuntimeStatus.Unknown"/> when there is no such instance.</summary>
    public WorkflowRuntimeStatus RuntimeStatus =>
        _state is { WorkflowStatus: >= Wire.OrchestrationStatus.Running and <= Wire.OrchestrationStatus.Stalled }
            ? (WorkflowRuntimeStatus)_state.WorkflowStatus
            : WorkflowRuntimeStatus.Unknown;

    /// <summary>How it failed; null unless it did.</summary>
    public WorkflowTaskFailureDetails? FailureDetails { get; }

    /// <summary>Its input.</summary>
    /// <typeparam name="T">The type to deserialize to.</typeparam>
    /// <returns>The input; default when it had none or it was not fetched.</returns>
    public T? ReadInputAs<T>() => Read<T>(_state?.Input);

    /// <summary>Its result.</summary>
    /// <typeparam name="T">The type to deserialize to.</typeparam>
    /// <returns>The result; default while there is none or when it was not fetched.</returns>
    public T? ReadOutputAs<T>() => Read<T>(_state?.Output);

    /// <summary>The status the workflow set itself.</summary>
    /// <typeparam name="T">The type to deserialize to.</typeparam>
    /// <returns>The status; default when none is set or it was not fetched.</returns>
    public T? ReadCustomStatusAs<T>() => Read<T>(_state?.CustomStatus);

    private static DateTimeOffset ToTime(Timestamp? time) => time?.ToDateTimeOffset() ?? default;

    private T? Read<T>(string? text) => string.IsNullOrEmpty(text) ? default : _serializer.Deserialize<T>(text);
}
