using Dapr.Workflow.Client;
using Google.Protobuf.WellKnownTypes;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Replay;

internal sealed partial class ReplayContext
{
    /// <summary>The time that stands for a wait without end.</summary>
    private static readonly Timestamp EndOfTime = new() { Seconds = 253402300799, Nanos = 999_999_999 };

    public override async Task CallActivityAsync(string name, object? input = null, WorkflowTaskOptions? options = null) =>
        await CallAsync(name, input, options, static (_, _) => true);

    public override Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null) =>
        CallAsync(name, input, options, static (context, result) => context.Deserialize<T>(result));

    public override async Task CallChildWorkflowAsync(string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null) =>
        await CallChildAsync(workflowName, input, options, static (_, _) => true);

    public override Task<TResult> CallChildWorkflowAsync<TResult>(
        string workflowName,
        object? input = null,
        ChildWorkflowTaskOptions? options = null) =>
        CallChildAsync(workflowName, input, options, static (context, result) => context.Deserialize<TResult>(result));

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        RequireTurn();
        return TimerAsync(ToTimestamp(fireAt), static action => action.CreateTimer = new Wire.TimerOriginCreateTimer(), cancellationToken);
    }

    public override async Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default)
    {
        RequireTurn();
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        var waiter = _mailbox.Take(eventName);
        using var giveUp = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        return Deserialize<T>((await waiter.Task).EventRaised.Input);
    }

    public override async Task<T> WaitForExternalEventAsync<T>(string eventName, TimeSpan timeout)
    {
        RequireTurn();
        ArgumentException.ThrowIfNullOrWhiteSpace(eventName);
        if (timeout == TimeSpan.Zero)
            throw new TaskCanceledException($"The event '{eventName}' was not waited for: the timeout is zero.");

        using var eventCame = new CancellationTokenSource();
        var timer = TimerAsync(
            timeout < TimeSpan.Zero ? EndOfTime : ToTimestamp(_now + timeout),
            action => action.ExternalEvent = new Wire.TimerOriginExternalEvent { Name = eventName },
            eventCame.Token);
        var waiter = _mailbox.Take(eventName);
        if (await Task.WhenAny(waiter.Task, timer) == timer)
        {
            waiter.TrySetCanceled();
            throw new TaskCanceledException($"The event '{eventName}' did not come within {timeout}.");
        }

        // Its continuations must run here and now, not on a pool thread.
#pragma warning disable CA1849
        eventCame.Cancel();
#pragma warning restore CA1849
        return Deserialize<T>((await waiter.Task).EventRaised.Input);
    }

    // Not async: of a long history every turn makes these calls again, and each state machine less is felt.
    private Task<T> CallAsync<T>(string name, object? input, WorkflowTaskOptions? options, Func<ReplayContext, string?, T> read) =>
        options?.RetryPolicy is { } policy
            ? CallRetriedAsync(name, input, options, policy, read)
            : CallOnceAsync(name, input, options, read);

    private async Task<T> CallRetriedAsync<T>(
        string name,
        object? input,
        WorkflowTaskOptions options,
        WorkflowRetryPolicy policy,
        Func<ReplayContext, string?, T> read)
    {
        RequireTurn();
        var first = _tasks.Next;
        return (await new RetryInterceptor<T>(
            this,
            policy,
            () => CallOnceAsync(name, input, options, read),
            delay => TimerAsync(
                ToTimestamp(_now + delay),
                action => action.ActivityRetry = new Wire.TimerOriginActivityRetry { TaskExecutionId = TaskExecutionId(first, name) },
                CancellationToken.None)).Invoke())!;
    }

    private async Task<T> CallOnceAsync<T>(string name, object? input, WorkflowTaskOptions? options, Func<ReplayContext, string?, T> read)
    {
        RequireTurn();
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        RefusePropagation(options);
        var id = _tasks.Take();
        if (!IsRecorded(id, Wire.HistoryEvent.EventTypeOneofCase.TaskScheduled, name))
        {
            var router = RouterTo(options?.TargetAppId);
            _tasks.Add(new Wire.WorkflowAction
            {
                Id = id,
                Router = router,
                ScheduleTask = new Wire.ScheduleTaskAction
                {
                    Name = name,
                    Input = Serialize(input),
                    Router = router,
                    TaskExecutionId = TaskExecutionId(id, name),
                },
            });
        }

        var end = await _tasks.Open(id).Task;
        if (end.EventTypeCase == Wire.HistoryEvent.EventTypeOneofCase.TaskCompleted)
            return read(this, end.TaskCompleted.Result);

        var failure = WireFailures.ToPublic(end.TaskFailed?.FailureDetails);
        throw new WorkflowTaskFailedException($"Task failed: {failure.ErrorMessage}", failure);
    }

    private async Task<T> CallChildAsync<T>(
        string name,
        object? input,
        ChildWorkflowTaskOptions? options,
        Func<ReplayContext, string?, T> read)
    {
        RequireTurn();
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        RefusePropagation(options);
        if (options?.RetryPolicy is not { } policy)
            return await CallChildOnceAsync(name, input, options, read);

        var firstChild = options.InstanceId ?? NewGuid().ToString();
        return (await new RetryInterceptor<T>(
            this,
            policy,
            () => CallChildOnceAsync(name, input, options, read),
            delay => TimerAsync(
                ToTimestamp(_now + delay),
                action => action.ChildWorkflowRetry = new Wire.TimerOriginChildWorkflowRetry { InstanceId = firstChild },
                CancellationToken.None)).Invoke())!;
    }

    private async Task<T> CallChildOnceAsync<T>(
        string name,
        object? input,
        ChildWorkflowTaskOptions? options,
        Func<ReplayContext, string?, T> read)
    {
        RequireTurn();
        var childId = options?.InstanceId ?? NewGuid().ToString();
        var id = _tasks.Take();
        if (!IsRecorded(id, Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated, name))
        {
            var router = RouterTo(options?.TargetAppId);
            _tasks.Add(new Wire.WorkflowAction
            {
                Id = id,
                Router = router,
                CreateChildWorkflow = new Wire.CreateChildWorkflowAction
                {
                    InstanceId = childId,
                    Name = name,
                    Input = Serialize(input),
                    Router = router,
                },
            });
        }

        var end = await _tasks.Open(id).Task;
        if (end.EventTypeCase == Wire.HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted)
            return read(this, end.ChildWorkflowInstanceCompleted.Result);

        throw new WorkflowTaskFailedException(
            $"Child workflow '{name}' failed",
            WireFailures.ToPublic(end.ChildWorkflowInstanceFailed?.FailureDetails));
    }

    private async Task TimerAsync(Timestamp fireAt, Action<Wire.CreateTimerAction> setOrigin, CancellationToken cancellation)
    {
        var id = _tasks.Take();
        if (!IsRecorded(id, Wire.HistoryEvent.EventTypeOneofCase.TimerCreated))
        {
            var action = new Wire.CreateTimerAction { FireAt = fireAt };
            setOrigin(action);
            _tasks.Add(new Wire.WorkflowAction { Id = id, CreateTimer = action });
        }

        var timer = _tasks.Open(id);
        using var giveUp = cancellation.Register(() =>
        {
            if (timer.TrySetCanceled(cancellation))
                _tasks.Forget(id);
        });
        await timer.Task;
    }

    private string TaskExecutionId(int id, string name) =>
        DeterministicGuid.Create(GuidNamespace(), $"{InstanceId}|activity|{id}|{name}").ToString("N");

    private Wire.TaskRouter? RouterTo(string? targetAppId) =>
        string.IsNullOrWhiteSpace(targetAppId) || string.IsNullOrWhiteSpace(_appId)
            ? null
            : new Wire.TaskRouter { SourceAppID = _appId, TargetAppID = targetAppId };

    private static Timestamp ToTimestamp(DateTime time) => Timestamp.FromDateTime(time.Kind switch
    {
        DateTimeKind.Utc => time,
        DateTimeKind.Local => time.ToUniversalTime(),
        _ => DateTime.SpecifyKind(time, DateTimeKind.Utc),
    });

    private static void RefusePropagation(WorkflowTaskOptions? options)
    {
        if (options is { PropagationScope: not HistoryPropagationScope.None })
            throw new NotSupportedException("This stand-in of Dapr.Workflow does not propagate history.");
    }
}
