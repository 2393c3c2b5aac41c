using Microsoft.Extensions.Logging;

namespace Dapr.Workflow;

/// <summary>What a workflow may use: everything here gives the same answer at each replay.</summary>
public abstract class WorkflowContext : IWorkflowContext
{
    /// <summary>The workflow's registered name.</summary>
    public abstract string Name { get; }

    /// <summary>The instance's id.</summary>
    public abstract string InstanceId { get; }

    /// <inheritdoc/>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <inheritdoc/>
    public abstract bool IsReplaying { get; }

    /// <inheritdoc/>
    public abstract bool IsPatched(string patchName);

    /// <summary>Runs an activity whose result does not matter.</summary>
    /// <param name="name">The activity's registered name.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="options">Retry policy and target app.</param>
    /// <returns>Completes when the activity has.</returns>
    /// <exception cref="WorkflowTaskFailedException">The activity threw, and no attempt is left.</exception>
    public virtual Task CallActivityAsync(string name, object? input = null, WorkflowTaskOptions? options = null) =>
        CallActivityAsync<object>(name, input, options);

    /// <summary>Runs an activity.</summary>
    /// <typeparam name="T">The type its result is deserialized to.</typeparam>
    /// <param name="name">The activity's registered name.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="options">Retry policy and target app.</param>
    /// <returns>The activity's result.</returns>
    /// <exception cref="WorkflowTaskFailedException">The activity threw, and no attempt is left.</exception>
    public abstract Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null);

    /// <summary>Starts a durable timer.</summary>
    /// <param name="delay">Counted from <see cref="CurrentUtcDateTime"/>.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <returns>Completes when the timer fires.</returns>
    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken = default) =>
        CreateTimer(CurrentUtcDateTime.Add(delay), cancellationToken);

    /// <summary>Starts a durable timer.</summary>
    /// <param name="fireAt">When it fires (UTC); a time in the past fires at once.</param>
    /// <param name="cancellationToken">Stops waiting for it. To be cancelled by <c>Cancel</c>: <c>CancelAsync</c> would leave the workflow's thread.</param>
    /// <returns>Completes when the timer fires.</returns>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>Waits for an event raised to this instance, without end. Events that came earlier are buffered, first in first out.</summary>
    /// <typeparam name="T">The type its payload is deserialized to.</typeparam>
    /// <param name="eventName">The event's name; upper and lower case are one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The event's payload.</returns>
    public abstract Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default);

    /// <summary>Waits for an event raised to this instance, for a time.</summary>
    /// <typeparam name="T">The type its payload is deserialized to.</typeparam>
    /// <param name="eventName">The event's name; upper and lower case are one.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <returns>The event's payload.</returns>
    /// <exception cref="TaskCanceledException">The time passed without the event.</exception>
    public virtual async Task<T> WaitForExternalEventAsync<T>(string eventName, TimeSpan timeout)
    {
        using var stopTimer = new CancellationTokenSource();
        using var stopEvent = new CancellationTokenSource();
        var timer = CreateTimer(timeout, stopTimer.Token);
        var raised = WaitForExternalEventAsync<T>(eventName, stopEvent.Token);
        var loser = await Task.WhenAny(timer, raised) == raised ? stopTimer : stopEvent;
#pragma warning disable CA1849 // CancelAsync would go on another thread, and a workflow's decisions are made on one.
        loser.Cancel();
#pragma warning restore CA1849
        return await raised;
    }

    /// <summary>Raises an event to another workflow instance.</summary>
    /// <param name="instanceId">The receiver.</param>
    /// <param name="eventName">The event's name.</param>
    /// <param name="payload">Its payload; serialized.</param>
    public abstract void SendEvent(string instanceId, string eventName, object payload);

    /// <summary>Sets the status that callers see beside the runtime's own.</summary>
    /// <param name="customStatus">Any serializable value; null clears it.</param>
    public abstract void SetCustomStatus(object? customStatus);

    /// <summary>Runs another workflow as this one's child.</summary>
    /// <typeparam name="TResult">The type its result is deserialized to.</typeparam>
    /// <param name="workflowName">The child's registered name.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="options">Instance id, retry policy and target app.</param>
    /// <returns>The child's result.</returns>
    /// <exception cref="WorkflowTaskFailedException">The child failed or was terminated.</exception>
    public abstract Task<TResult> CallChildWorkflowAsync<TResult>(
        string workflowName,
        object? input = null,
        ChildWorkflowTaskOptions? options = null);

    /// <summary>Runs another workflow whose result does not matter as this one's child.</summary>
    /// <param name="workflowName">The child's registered name.</param>
    /// <param name="input">Its input; serialized.</param>
    /// <param name="options">Instance id, retry policy and target app.</param>
    /// <returns>Completes when the child has.</returns>
    /// <exception cref="WorkflowTaskFailedException">The child failed or was terminated.</exception>
    public virtual Task CallChildWorkflowAsync(
        string workflowName,
        object? input = null,
        ChildWorkflowTaskOptions? options = null) =>
        CallChildWorkflowAsync<object>(workflowName, input, options);

    /// <summary>A logger that is silent during replay, so each line is written once.</summary>
    /// <param name="categoryName">The logger's category.</param>
    /// <returns>The logger.</returns>
    public abstract ILogger CreateReplaySafeLogger(string categoryName);

    /// <inheritdoc cref="CreateReplaySafeLogger(string)"/>
    /// <param name="type">The type whose name is the category.</param>
    public abstract ILogger CreateReplaySafeLogger(Type type);

    /// <inheritdoc cref="CreateReplaySafeLogger(string)"/>
    /// <typeparam name="T">The type whose name is the category.</typeparam>
    public abstract ILogger CreateReplaySafeLogger<T>();

    /// <summary>Ends this generation of the workflow and starts it anew with an empty history under the same id.</summary>
    /// <param name="newInput">The input of the new generation.</param>
    /// <param name="preserveUnprocessedEvents">Whether events nobody waited for yet move along.</param>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>A new id, the same at each replay.</summary>
    /// <returns>A version 5 UUID.</returns>
    public abstract Guid NewGuid();

    /// <summary>The history the caller handed down, where the runtime propagates it.</summary>
    /// <returns>The history, or null when there is none.</returns>
    public abstract PropagatedHistory? GetPropagatedHistory();
}
