using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Turns;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

internal sealed partial class WorkflowEngine
{
    /// <summary>Generations in a row that may pass before one is stored.</summary>
    private const int UnsavedGenerationLimit = 20;

    /// <summary>
    /// Takes a worker's answer to a turn; returns when what follows from it is stored. An answer nobody waits for (a second one, a late
    /// one) is dropped.
    /// </summary>
    internal Task CompleteTurnAsync(WorkflowResponse response)
    {
        if (!_instances.TryGetValue(response.InstanceId, out var instance))
            return Task.CompletedTask;

        Turn turn;
        lock (instance.Gate)
        {
            if (instance.Turn is not { IsOut: true, IsAnswered: false } current)
                return Task.CompletedTask;

            turn = current;
            turn.IsAnswered = true;
        }

        Volatile.Write(ref _lastTurnAnswer, _time.GetTimestamp());
        _dispatcher.Release(instance);
        return FinishTurnAsync(instance, turn, response);
    }

    /// <summary>Gives an instance its turn when there is anything to do.</summary>
    private void Schedule(Instance instance)
    {
        bool isLoaded;
        lock (instance.Gate)
        {
            if (!instance.IsReady)
                return;

            instance.IsBusy = true;
            isLoaded = instance.History.IsLoaded;
        }

        if (isLoaded)
            _dispatcher.Enqueue(instance);
        else
            _ = LoadHistoryAsync(instance);
    }

    private async Task LoadHistoryAsync(Instance instance)
    {
        try
        {
            var batches = await _store.ReadHistoryAsync(instance.Id, _stopping.Token);
            lock (instance.Gate)
            {
                instance.History.Load(batches);
                Interlocked.Add(ref _historyBytes, instance.History.Length);
            }

            _dispatcher.Enqueue(instance);
        }
        catch (OperationCanceledException)
        {
            // The engine stops; the next one begins here again.
        }
#pragma warning disable CA1031 // The store may throw anything; the instance must not be lost by it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "The history of workflow {Instance} could not be read; tried again in a second", instance.Id);
            AddTimer(_time.GetUtcNow() + TurnRetry, () => _ = LoadHistoryAsync(instance));
        }
    }

    private async Task FinishTurnAsync(Instance instance, Turn turn, WorkflowResponse response)
    {
        Interlocked.Increment(ref _commits);
        try
        {
            var plan = TurnPlanner.Plan(this, instance, turn, response);
            if (plan.Stall is { } stall)
                await StallAsync(instance, turn, stall);
            else if (plan.NextGeneration is not null)
                await ContinueAsNewAsync(instance, plan);
            else
                await CommitAsync(instance, plan);
        }
        catch (WorkflowFaultException fault) when (fault.Kind == WorkflowFaultKind.ActiveInstance)
        {
            // The start was refused; who asked for it has been told.
        }
#pragma warning disable CA1031 // The store may throw anything; the turn must not be lost by it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "A turn of workflow {Instance} failed; tried again in a second", instance.Id);
            RetryTurn(instance, turn);
        }
        finally
        {
            Interlocked.Decrement(ref _commits);
            lock (instance.Gate)
            {
                turn.Done.Set();
                // Last: the worker's answers are acknowledged before anybody hears of the end.
                if (instance.HasEnded)
                    instance.Ended.Set();
            }
        }
    }

    private void RetryTurn(Instance instance, Turn turn)
    {
        lock (instance.Gate)
        {
            turn.IsOut = false;
            turn.IsAnswered = false;
        }

        if (!_stopping.IsCancellationRequested)
            AddTimer(_time.GetUtcNow() + TurnRetry, () => _dispatcher.Enqueue(instance));
    }

    /// <summary>Stores what a turn decided, then does it.</summary>
    private async Task CommitAsync(Instance instance, TurnPlan plan)
    {
        if (plan.Terminate is { Recurse: true } terminate)
            await TerminateChildrenAsync(instance, terminate);

        foreach (var detached in plan.Detached)
        {
            await StartDetachedAsync(detached);
        }

        var messages = await AddressAsync(plan);
        try
        {
            await SaveTurnAsync(instance, plan, messages);
        }
        catch
        {
            Withdraw(messages);
            throw;
        }

        var isFirst = instance.FirstTurn is null;
        Apply(instance, plan);
        Measure(instance, isFirst);
        Deliver(messages);
        plan.Activities.ForEach(Dispatch);
        plan.Children.ForEach(call => StartChild(call, again: false));
        if (instance.HasEnded)
            TellParent(instance);

        Schedule(instance);
        SweepSoon();
    }

    private async Task SaveTurnAsync(Instance instance, TurnPlan plan, IReadOnlyList<Message> messages)
    {
        await SettleAsync(instance, plan.Turn);
        while (true)
        {
            try
            {
                await _store.CommitAsync(Operations(instance, plan, messages));
                return;
            }
            catch (ETagMismatchException) when (instance.Stored.MustBeNew)
            {
                await AdoptFormerAsync(instance);
            }
        }
    }

    /// <summary>Brings memory up to what was just stored.</summary>
    private void Apply(Instance instance, TurnPlan plan)
    {
        List<InboxEvent> consumed;
        lock (instance.Gate)
        {
            instance.FirstTurn ??= plan.Turn.StartedAt;
            instance.Updated = Now;
            instance.LastActive = _time.GetTimestamp();
            instance.CustomStatus = plan.CustomStatus;
            instance.History.Append(plan.Batch.Span);
            Interlocked.Add(ref _historyBytes, plan.Batch.Length);
            MarkStored(instance, instance.History.Batches);
            instance.Stored.CustomStatus = StoredStatus(plan.CustomStatus);
            instance.UnsavedGenerations = 0;
            Register(instance, plan);
            instance.Turn = null;
            instance.IsBusy = false;
            consumed = [.. instance.Consumed, .. plan.Turn.Events];
            instance.Consumed = [];
            if (plan.End is not null)
                consumed.AddRange(End(instance, plan.End));

            instance.FirstTurnDone.Set();
        }

        consumed.ForEach(static item => item.Consume());
        if (!instance.HasEnded)
            return;

        Retire(instance);
        if (DeleteAt(instance.End!) is { } due)
            SweepAt(due);
    }

    /// <summary>Notes what the turn left open. The instance's lock is held.</summary>
    private void Register(Instance instance, TurnPlan plan)
    {
        foreach (var item in plan.Turn.Events)
        {
            instance.IsSuspended = item.Kind switch
            {
                HistoryEvent.EventTypeOneofCase.ExecutionSuspended => true,
                HistoryEvent.EventTypeOneofCase.ExecutionResumed => false,
                _ => instance.IsSuspended,
            };
        }

        instance.Patches.UnionWith(plan.Patches);
        foreach (var activity in plan.Activities)
        {
            instance.Activities[activity.TaskId] = activity;
        }

        foreach (var child in plan.Children)
        {
            instance.Children[child.TaskId] = child;
        }

        if (plan.End is null && instance.Leaving is null)
        {
            foreach (var (id, timer) in plan.Timers)
            {
                Arm(instance, id, timer);
            }
        }
    }

    /// <summary>Ends an instance; the events that nobody will take are returned. Its lock is held.</summary>
    private List<InboxEvent> End(Instance instance, HistoryEvent end)
    {
        instance.End = end;
        if (!instance.HasEnded)
            return [];

        DisarmAll(instance);
        instance.Children.Clear();
        Interlocked.Add(ref _historyBytes, -instance.History.Length);
        instance.History.Unload();
        var left = instance.Inbox;
        instance.Inbox = [];
        return left;
    }

    /// <summary>Lets a new generation take over. It goes to the worker at once; of every twentieth in a row the start is stored.</summary>
    private async Task ContinueAsNewAsync(Instance instance, TurnPlan plan)
    {
        var next = plan.NextGeneration!;
        bool mustSave;
        lock (instance.Gate)
        {
            instance.Consumed.AddRange(plan.Turn.Events);
            instance.Start = NextStart(instance, next);
            instance.Generation++;
            Interlocked.Add(ref _historyBytes, -instance.History.Length);
            instance.History = new HistoryLog();
            instance.Stored.IsStale = true;
            instance.Activities.Clear();
            instance.Children.Clear();
            instance.Patches.Clear();
            DisarmAll(instance);
            instance.CustomStatus = plan.CustomStatus;
            instance.Inbox =
            [
                new InboxEvent(instance.Start),
                .. next.CarryoverEvents.Select(static item => new InboxEvent(item)),
                .. instance.Inbox,
            ];
            instance.Turn = null;
            mustSave = ++instance.UnsavedGenerations >= UnsavedGenerationLimit;
        }

        if (mustSave)
        {
            await SettleAsync(instance, plan.Turn);
            await SaveGenerationAsync(instance);
        }

        _dispatcher.Enqueue(instance);
    }

    private HistoryEvent NextStart(Instance instance, CompleteWorkflowAction next)
    {
        var started = instance.Started.Clone();
        started.Input = next.Result;
        started.ScheduledStartTimestamp = null;
        started.WorkflowInstance = new TaskHub.WorkflowInstance { InstanceId = instance.Id, ExecutionId = ChildCalls.NewExecutionId() };
        return HistoryEvents.Started(Now, HistoryEvents.Router(AppId), started);
    }

    /// <summary>The instance cannot go on: what the turn took stays for a later try.</summary>
    private async Task StallAsync(Instance instance, Turn turn, ExecutionStalledEvent stall)
    {
        var stalled = HistoryEvents.Stalled(Now, stall.Reason, stall.HasDescription ? stall.Description : null);
        var plan = new TurnPlan(new Turn([])) { CustomStatus = instance.CustomStatus, Batch = BatchOf(stalled) };
        await _store.CommitAsync(Operations(instance, plan, []));
        List<InboxEvent> waiters;
        lock (instance.Gate)
        {
            instance.Stall = stall;
            instance.FirstTurn ??= turn.StartedAt;
            instance.Updated = Now;
            instance.History.Append(plan.Batch.Span);
            MarkStored(instance, instance.History.Batches);
            waiters = [.. turn.Events];
            instance.Inbox = [.. turn.Events, .. instance.Inbox];
            instance.Turn = null;
            instance.IsBusy = false;
            instance.FirstTurnDone.Set();
        }

        waiters.ForEach(static item => item.Consume());
        _logger.LogWarning("Workflow {Instance} is stalled: {Reason} {Description}", instance.Id, stall.Reason, stall.Description);
    }

    /// <summary>A work item has outgrown what may be sent to a worker.</summary>
    internal void StallTooLarge(Instance instance, int bytes)
    {
        var stall = new ExecutionStalledEvent
        {
            Reason = StalledReason.PayloadSizeExceeded,
            Description = $"Workflow payload size {bytes} bytes exceeds 95% of max gRPC body size {_options.MaxBodySize} bytes; "
                + "increase daprd --max-body-size and restart to resume",
        };
        Turn turn;
        lock (instance.Gate)
        {
            turn = instance.Turn!;
            turn.IsAnswered = true;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await StallAsync(instance, turn, stall);
            }
#pragma warning disable CA1031 // The store may throw anything; the turn must not be lost by it.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _logger.LogError(failure, "Workflow {Instance} could not be stalled; tried again in a second", instance.Id);
                RetryTurn(instance, turn);
            }
        });
    }
}
