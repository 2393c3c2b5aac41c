using Dapr.Common;
using Dapr.Workflow.Client;

namespace Dapr.Workflow;

/// <summary>
/// Starts, asks after and steers workflow instances of this app. Calls that the sidecar refuses throw <c>Grpc.Core.RpcException</c>
/// as it came.
/// </summary>
public interface IDaprWorkflowClient : IDaprClient, IAsyncDisposable
{
    /// <summary>Starts a workflow at once.</summary>
    /// <param name="name">Its registered name.</param>
    /// <param name="instanceId">The new instance's id; null: a new one. An id that is active is refused, a finished instance of the id is replaced.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <returns>The instance's id.</returns>
    Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId = null, object? input = null);

    /// <summary>Starts a workflow, at once or later.</summary>
    /// <param name="name">Its registered name.</param>
    /// <param name="instanceId">The new instance's id; null: a new one. An id that is active is refused, a finished instance of the id is replaced.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="startTime">When it starts; null: at once. A time without a kind is local.</param>
    /// <returns>The instance's id.</returns>
    Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId, object? input, DateTime? startTime);

    /// <summary>Starts a workflow, at once or later.</summary>
    /// <param name="name">Its registered name.</param>
    /// <param name="instanceId">The new instance's id; null: a new one. An id that is active is refused, a finished instance of the id is replaced.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="startTime">When it starts; null: at once.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>The instance's id.</returns>
    Task<string> ScheduleNewWorkflowAsync(
        string name,
        string? instanceId,
        object? input,
        DateTimeOffset? startTime,
        CancellationToken cancellation = default);

    /// <summary>What is known of an instance.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="getInputsAndOutputs">Whether to fetch input, output, custom status and failure too.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Its state; <see cref="WorkflowState.Exists"/> is false when there is no such instance.</returns>
    Task<WorkflowState> GetWorkflowStateAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default);

    /// <summary>Waits until an instance has started.</summary>
    /// <inheritdoc cref="GetWorkflowStateAsync"/>
    Task<WorkflowState> WaitForWorkflowStartAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default);

    /// <summary>Waits until an instance has ended, however it did. Goes on waiting when the sidecar is away for a while.</summary>
    /// <inheritdoc cref="GetWorkflowStateAsync"/>
    Task<WorkflowState> WaitForWorkflowCompletionAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default);

    /// <summary>Raises an event to an instance. To an ended one: accepted and ignored.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="eventName">The event's name.</param>
    /// <param name="eventPayload">Its payload; serialized.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Completes when the event is recorded.</returns>
    Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default);

    /// <summary>Ends an instance and its child workflows without running their compensations.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="output">Its output; serialized.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Completes when the instance has ended.</returns>
    Task TerminateWorkflowAsync(string instanceId, object? output = null, CancellationToken cancellation = default);

    /// <summary>Holds an instance until it is resumed.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="reason">Why; for its history.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Completes when the instance is suspended.</returns>
    Task SuspendWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default);

    /// <summary>Lets a suspended instance go on.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="reason">Why; for its history.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Completes when the instance is resumed.</returns>
    Task ResumeWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default);

    /// <summary>Deletes an ended instance and its child workflows.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Whether anything was deleted.</returns>
    Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellation = default);

    /// <summary>The ids of this app's instances, a page at a time, in no given order.</summary>
    /// <param name="continuationToken">Of the page before; null: the first page.</param>
    /// <param name="pageSize">At least 1; null: the sidecar's choice.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>A page.</returns>
    Task<WorkflowInstancePage> ListInstanceIdsAsync(string? continuationToken = null, int? pageSize = null, CancellationToken cancellation = default);

    /// <summary>The history of an instance.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>Its events, oldest first.</returns>
    Task<IReadOnlyList<WorkflowHistoryEvent>> GetInstanceHistoryAsync(string instanceId, CancellationToken cancellation = default);

    /// <summary>Runs an ended workflow again from one of its events on, as a new instance.</summary>
    /// <param name="sourceInstanceId">The ended instance.</param>
    /// <param name="eventId">The number of a task, timer or child in its history.</param>
    /// <param name="options">The new id, a new input.</param>
    /// <param name="cancellation">Stops waiting for the answer.</param>
    /// <returns>The new instance's id.</returns>
    Task<string> RerunWorkflowFromEventAsync(
        string sourceInstanceId,
        uint eventId,
        RerunWorkflowFromEventOptions? options = null,
        CancellationToken cancellation = default);
}
