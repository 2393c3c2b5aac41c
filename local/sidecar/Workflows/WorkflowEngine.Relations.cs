using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Turns;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// Children, parents, and events between instances. Between a parent and its child nothing is stored but the parent's history: an
/// engine that begins calls the children again that have no end yet, and a call that is known already only has its answer repeated.
/// </summary>
internal sealed partial class WorkflowEngine
{
    /// <summary>An event for another instance, with its place in that one's inbox.</summary>
    private sealed record Message(Instance Target, InboxEvent Event);

    private void StartChild(ChildCall call, bool again) =>
        _hub.WhenAvailable(call.AppId, engine => _ = Task.Run(() => engine.StartChildAsync(call, again)));

    /// <summary>Starts a child, when no other instance of its id is active any more.</summary>
    private async Task StartChildAsync(ChildCall call, bool again)
    {
        try
        {
            while (true)
            {
                var former = again || _hasEvicted ? await FindAsync(call.InstanceId, _stopping.Token) : _instances.GetValueOrDefault(call.InstanceId);
                if (former is not null && !await MakeWayAsync(former, call))
                    return;

                try
                {
                    Schedule(await AddAsync(call.InstanceId, call.Started, _stopping.Token));
                    return;
                }
                catch (WorkflowFaultException fault) when (fault.Kind == WorkflowFaultKind.ActiveInstance)
                {
                    // Somebody was faster; wait for that one's end.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The engine stops; the parent's history still holds the call.
        }
#pragma warning disable CA1031 // The store may throw anything; the call must not be lost by it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "The child workflow {Instance} could not be started; tried again in a second", call.InstanceId);
            AddTimer(_time.GetUtcNow() + TurnRetry, () => StartChild(call, again: true));
        }
    }

    /// <summary>Waits until an instance leaves its id to a child.</summary>
    /// <returns>False when that instance is the child.</returns>
    private async Task<bool> MakeWayAsync(Instance former, ChildCall call)
    {
        Task wait;
        lock (former.Gate)
        {
            if (former.Leaving is { } leaving)
                wait = leaving;
            else if (former.IsEvicted)
                wait = Task.CompletedTask;
            else if (!ChildCalls.IsSameCall(former.Started.ParentInstance, call.Started.ExecutionStarted.ParentInstance))
                wait = former.HasEnded ? Task.CompletedTask : former.Ended.Wait();
            else
                wait = Task.FromResult(false);
        }

        if (wait is Task<bool>)
        {
            if (former.HasEnded)
                TellParent(former);

            return false;
        }

        await wait.WaitAsync(_stopping.Token);
        return true;
    }

    /// <summary>Gives an ended instance's result to its parent. A parent that is not here asks again when it is.</summary>
    private void TellParent(Instance child)
    {
        if (child.Started.ParentInstance is not { } parent)
            return;

        var parentApp = parent.HasAppID ? parent.AppID : AppId;
        _hub.Find(parentApp)?.EndChild(parent, child.Id, AppId, child.End!.ExecutionCompleted);
    }

    private void EndChild(ParentInstanceInfo parent, string childId, string childApp, ExecutionCompletedEvent end)
    {
        if (!_instances.TryGetValue(parent.WorkflowInstance.InstanceId, out var instance) || !TryPin(instance))
        {
            // When it comes back it calls its children again, and is told.
            if (_hasEvicted)
                Wake(parent.WorkflowInstance.InstanceId);

            return;
        }

        lock (instance.Gate)
        {
            instance.Pins--;
            if (instance.HasEnded || instance.Leaving is not null
                || instance.ExecutionId != parent.WorkflowInstance.ExecutionId
                || !instance.Children.TryGetValue(parent.TaskScheduledId, out var call) || call.InstanceId != childId)
            {
                return;
            }

            instance.Children.Remove(parent.TaskScheduledId);
            instance.Inbox.Add(new InboxEvent(
                HistoryEvents.ChildEnded(Now, HistoryEvents.Router(childApp, AppId), parent.TaskScheduledId, end)));
        }

        Schedule(instance);
    }

    /// <summary>Ends the children of an instance that is about to end, before that is stored: a repeated attempt finds them ended.</summary>
    private async Task TerminateChildrenAsync(Instance instance, ExecutionTerminatedEvent terminate)
    {
        List<ChildCall> children;
        lock (instance.Gate)
        {
            children = [.. instance.Children.Values];
        }

        foreach (var child in children)
        {
            if (_hub.Find(child.AppId) is not { } engine)
                continue;

            if (await engine.FindPinnedAsync(child.InstanceId, _stopping.Token) is not { } found)
                continue;

            try
            {
                await engine.PostAsync(found, HistoryEvents.Terminated(Now, terminate.Input, recursive: true), awaitTurn: false, _stopping.Token);
            }
            finally
            {
                Unpin(found);
            }
        }
    }

    private async Task StartDetachedAsync(CreateDetachedWorkflowAction action)
    {
        var started = HistoryEvents.Started(Now, HistoryEvents.Router(AppId), new ExecutionStartedEvent
        {
            Name = action.Name,
            Version = action.Version,
            Input = action.Input,
            WorkflowInstance = new TaskHub.WorkflowInstance
            {
                InstanceId = action.InstanceId,
                ExecutionId = action.ExecutionId ?? ChildCalls.NewExecutionId(),
            },
            ScheduledStartTimestamp = action.ScheduledStartTimestamp,
            ParentTraceContext = action.ParentTraceContext,
        });
        try
        {
            var instance = await AddAsync(action.InstanceId, started, _stopping.Token);
            await SaveNewAsync(instance);
            Schedule(instance);
        }
        catch (WorkflowFaultException fault) when (fault.Kind == WorkflowFaultKind.ActiveInstance)
        {
            _logger.LogDebug("The detached workflow {Instance} is active already", action.InstanceId);
        }
    }

    /// <summary>Finds the receivers of a turn's events, and their places in the receivers' inboxes, so that they are stored with the turn.</summary>
    private async ValueTask<IReadOnlyList<Message>> AddressAsync(TurnPlan plan)
    {
        if (plan.Messages.Count == 0)
            return [];

        var messages = new List<Message>(plan.Messages.Count);
        foreach (var (instanceId, item) in plan.Messages)
        {
            // Stays pinned until the event is in its inbox.
            var target = await FindPinnedAsync(instanceId, _stopping.Token);
            if (target is not { HasEnded: false })
            {
                if (target is not null)
                    Unpin(target);

                _logger.LogWarning("An event for workflow {Instance} is dropped: it does not run", instanceId);
                continue;
            }

            lock (target.Gate)
            {
                messages.Add(new Message(target, new InboxEvent(item) { Number = target.NextInboxNumber++ }));
            }
        }

        return messages;
    }

    private async Task DeliverAsync(Instance target, InboxEvent item)
    {
        await AddStoredAsync(target, item);
        Unpin(target);
    }

    private void Deliver(IReadOnlyList<Message> messages)
    {
        foreach (var (target, item) in messages)
        {
            _ = DeliverAsync(target, item);
        }
    }

    /// <summary>Takes back events of a turn that was not stored: when it is tried again they go out anew.</summary>
    private void Withdraw(IReadOnlyList<Message> messages)
    {
        foreach (var (target, item) in messages)
        {
            Forget(target, item.Number!.Value);
            Unpin(target);
        }
    }
}
