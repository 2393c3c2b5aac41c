using System.Text.Json;
using Dapr.Workflow;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NexusCart.Tests.Workflows.Harness;

/// <summary>
/// A workflow context that runs on a recorded history, as the SDK's does: a call becomes a decision with a running number,
/// and completes when the history says so. Everything runs on the caller's thread.
/// </summary>
internal sealed class ReplayingContext(string instanceId, DateTime startedAt) : WorkflowContext
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    private readonly List<Decision> _decisions = [];
    private readonly Dictionary<int, Action<HistoryEvent>> _waiting = [];
    private readonly List<(string Name, Action<string> Take)> _eventWaiters = [];
    private readonly List<EventRaised> _unconsumed = [];
    private DateTime _now = startedAt;

    public IReadOnlyList<Decision> Decisions => _decisions;

    public override string Name => "test";

    public override string InstanceId => instanceId;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => false;

    /// <summary>Lets the workflow go on as far as one more event carries it.</summary>
    public void Apply(HistoryEvent happened)
    {
        _now = happened.At;
        switch (happened)
        {
            case ActivityCompleted completed when _waiting.Remove(completed.ActionId, out var resume):
                resume(completed);
                break;
            case ActivityFailed failed when _waiting.Remove(failed.ActionId, out var resume):
                resume(failed);
                break;
            case TimerFired fired when _waiting.Remove(fired.ActionId, out var resume):
                resume(fired);
                break;
            case EventRaised raised:
                Deliver(raised);
                break;
        }
    }

    public override async Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null)
    {
        var policy = options?.RetryPolicy;
        for (var attempt = 1; ; attempt++)
        {
            var result = await ScheduleAsync(name, JsonSerializer.Serialize(input, Json));
            if (result is ActivityCompleted completed)
                return JsonSerializer.Deserialize<T>(completed.ResultJson, Json)!;

            var failed = (ActivityFailed)result;
            if (policy is null || attempt >= policy.MaxNumberOfAttempts)
            {
                throw new WorkflowTaskFailedException(
                    failed.ErrorMessage, new WorkflowTaskFailureDetails(failed.ErrorType, failed.ErrorMessage));
            }

            var wait = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
            await CreateTimer(
                _now.AddMilliseconds(Math.Min(wait, policy.MaxRetryInterval?.TotalMilliseconds ?? wait)), CancellationToken.None);
        }
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var id = _decisions.Count;
        _decisions.Add(new CreateTimer(id, fireAt));
        var fired = new TaskCompletionSource();
        _waiting[id] = _ => fired.TrySetResult();
        cancellationToken.Register(() => fired.TrySetCanceled(cancellationToken));
        return fired.Task;
    }

    public override Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default)
    {
        var early = _unconsumed.FindIndex(raised => Same(raised.Name, eventName));
        if (early >= 0)
        {
            var raised = _unconsumed[early];
            _unconsumed.RemoveAt(early);
            return Task.FromResult(JsonSerializer.Deserialize<T>(raised.PayloadJson, Json)!);
        }

        var arrived = new TaskCompletionSource<T>();
        var waiter = (eventName, new Action<string>(json => arrived.TrySetResult(JsonSerializer.Deserialize<T>(json, Json)!)));
        _eventWaiters.Add(waiter);
        cancellationToken.Register(() =>
        {
            _eventWaiters.Remove(waiter);
            arrived.TrySetCanceled(cancellationToken);
        });
        return arrived.Task;
    }

    public override ILogger CreateReplaySafeLogger(string categoryName) => NullLogger.Instance;

    public override ILogger CreateReplaySafeLogger(Type type) => NullLogger.Instance;

    public override ILogger CreateReplaySafeLogger<T>() => NullLogger.Instance;

    public override bool IsPatched(string patchName) => throw Unused();

    public override void SendEvent(string instanceId, string eventName, object payload) => throw Unused();

    public override void SetCustomStatus(object? customStatus) => throw Unused();

    public override Task<TResult> CallChildWorkflowAsync<TResult>(
        string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null) => throw Unused();

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => throw Unused();

    public override Guid NewGuid() => throw Unused();

    public override PropagatedHistory? GetPropagatedHistory() => throw Unused();

    private static NotSupportedException Unused() => new("The checkout saga does not use this; teach the harness when it does.");

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private Task<HistoryEvent> ScheduleAsync(string name, string inputJson)
    {
        var id = _decisions.Count;
        _decisions.Add(new ScheduleActivity(id, name, inputJson));
        var done = new TaskCompletionSource<HistoryEvent>();
        _waiting[id] = done.SetResult;
        return done.Task;
    }

    private void Deliver(EventRaised raised)
    {
        var waiter = _eventWaiters.FindIndex(waiting => Same(waiting.Name, raised.Name));
        if (waiter < 0)
        {
            _unconsumed.Add(raised);
            return;
        }

        var take = _eventWaiters[waiter].Take;
        _eventWaiters.RemoveAt(waiter);
        take(raised.PayloadJson);
    }
}
