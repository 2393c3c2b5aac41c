using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>Activities and timers.</summary>
internal sealed partial class WorkflowEngine
{
    private readonly Lock _runningGate = new();
    private readonly Dictionary<(string InstanceId, int TaskId), ActivityTask> _running = [];

    /// <summary>Takes a worker's answer to an activity; returns when it is stored. An answer nobody waits for is dropped.</summary>
    internal async Task CompleteActivityAsync(ActivityResponse response)
    {
        ActivityTask? task, next;
        var key = (response.InstanceId, response.TaskId);
        lock (_runningGate)
        {
            if (!_running.Remove(key, out task))
                return;

            next = task.Next;
            if (next is not null)
                _running.Add(key, next);
        }

        _dispatcher.Release(task);
        Measure(task, response);
        if (next is not null)
            _dispatcher.Enqueue(next);

        await task.Origin.EndActivityAsync(task, response);
    }

    /// <summary>Has an activity run by the app it is for, as soon as that app is here.</summary>
    private void Dispatch(ActivityTask task)
    {
        if (task.AppId == AppId)
            Run(task);
        else
            _hub.WhenAvailable(task.AppId, engine => engine.Run(task));
    }

    /// <summary>
    /// Answers name instance and number only. So of two activities of the same (an earlier generation's still runs) the later waits
    /// until the earlier has been answered.
    /// </summary>
    private void Run(ActivityTask task)
    {
        task.Queued = _time.GetTimestamp();
        _options.Metrics?.ActivityScheduled(task.Name);
        lock (_runningGate)
        {
            var key = (task.Instance.Id, task.TaskId);
            if (!_running.TryAdd(key, task))
            {
                var last = _running[key];
                while (last.Next is not null)
                {
                    last = last.Next;
                }

                last.Next = task;
                return;
            }
        }

        _dispatcher.Enqueue(task);
    }

    private async Task EndActivityAsync(ActivityTask task, ActivityResponse response)
    {
        var instance = task.Instance;
        var ended = new InboxEvent(HistoryEvents.TaskEnded(Now, task.Router, response, task.TaskExecutionId));
        var stored = ended.WhenConsumed;
        lock (instance.Gate)
        {
            if (instance.HasEnded || instance.Leaving is not null
                || !instance.Activities.TryGetValue(task.TaskId, out var open) || open != task)
            {
                return;
            }

            instance.Activities.Remove(task.TaskId);
            instance.Inbox.Add(ended);
        }

        Schedule(instance);
        WatchUnstored(instance, ended);
        await stored;
    }

    /// <summary>Puts an event that has been stored into the inbox; one that came too late is dropped again.</summary>
    private async Task AddStoredAsync(Instance instance, InboxEvent item)
    {
        bool isLate;
        lock (instance.Gate)
        {
            isLate = instance.HasEnded || instance.Leaving is not null;
            if (!isLate)
                instance.Inbox.Add(item);
        }

        if (isLate)
        {
            await _store.DropInboxAsync(instance.Id, item.Number!.Value);
            item.Consume();
            return;
        }

        if (instance.HeldStart is not null)
            ReleaseStart(instance);
        else
            Schedule(instance);
    }

    /// <summary>
    /// An event was not acknowledged by the store, which may have it all the same. It is deleted, or it would come up at a restart, long
    /// after its sender was told that it failed and sent it again. Until then the instance stays in memory: no other event gets its number.
    /// </summary>
    private void Forget(Instance instance, long number)
    {
        lock (instance.Gate)
        {
            instance.Pins++;
        }

        var stopping = _stopping.Token;
        _ = Task.Run(async () =>
        {
            while (!await TryDropAsync(instance.Id, number))
                await Task.Delay(TurnRetry, _time, stopping);
            Unpin(instance);
        });
    }

    private async Task<bool> TryDropAsync(string instanceId, long number)
    {
        try
        {
            await _store.DropInboxAsync(instanceId, number);
            return true;
        }
#pragma warning disable CA1031 // The store may throw anything.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogWarning(failure, "An event for workflow {Instance} that was refused could not be deleted; tried again in a second", instanceId);
            return false;
        }
    }

    /// <summary>Arms a timer. The instance's lock is held.</summary>
    private void Arm(Instance instance, int id, TimerCreatedEvent timer)
    {
        WorkflowTimer? entry = null;
        var fireAt = timer.FireAt;
        entry = AddTimer(fireAt.ToDateTimeOffset(), () =>
        {
            lock (instance.Gate)
            {
                if (!instance.Timers.TryGetValue(id, out var armed) || armed != entry)
                    return;

                instance.Timers.Remove(id);
                instance.Inbox.Add(new InboxEvent(HistoryEvents.TimerFired(Now, id, fireAt)));
            }

            Schedule(instance);
        });
        instance.Timers[id] = entry;
    }

    /// <summary>Has something done at a time, on a pool thread; it must not throw.</summary>
    private WorkflowTimer AddTimer(DateTimeOffset due, Action fire)
    {
        var timer = new WorkflowTimer(fire);
        _timers.Set(timer, due);
        return timer;
    }

    /// <summary>Takes back all timers. The instance's lock is held.</summary>
    private void DisarmAll(Instance instance)
    {
        foreach (var timer in instance.Timers.Values)
        {
            _timers.Remove(timer);
        }

        instance.Timers.Clear();
        if (instance.HeldStart is { } held)
            _timers.Remove(held);

        instance.HeldStart = null;
    }
}
