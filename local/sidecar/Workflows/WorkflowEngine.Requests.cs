using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>What clients ask of running instances. To one that has ended all of it is accepted and ignored.</summary>
internal sealed partial class WorkflowEngine
{
    private const int PurgeBatch = 128;
    private static readonly Turn NoTurn = new([]);

    /// <summary>Raises an event; returns when it is stored.</summary>
    /// <exception cref="WorkflowFaultException">There is no such instance, or it is stalled.</exception>
    internal async Task RaiseEventAsync(string instanceId, string name, string? input, CancellationToken cancellation) =>
        await PostAsync(instanceId, HistoryEvents.Raised(Now, name, input), awaitTurn: false, cancellation);

    /// <summary>Suspends an instance; returns when it is suspended, or without <paramref name="awaitTurn"/> when that is stored as asked for.</summary>
    /// <exception cref="WorkflowFaultException">There is no such instance, or it is stalled.</exception>
    internal async Task SuspendAsync(string instanceId, string? reason, bool awaitTurn, CancellationToken cancellation) =>
        await PostAsync(instanceId, HistoryEvents.Suspended(Now, reason), awaitTurn, cancellation);

    /// <summary>Resumes an instance; returns when it is resumed, or without <paramref name="awaitTurn"/> when that is stored as asked for.</summary>
    /// <exception cref="WorkflowFaultException">There is no such instance, or it is stalled.</exception>
    internal async Task ResumeAsync(string instanceId, string? reason, bool awaitTurn, CancellationToken cancellation) =>
        await PostAsync(instanceId, HistoryEvents.Resumed(Now, reason), awaitTurn, cancellation);

    /// <summary>Ends an instance; returns when it has ended, or without <paramref name="awaitEnd"/> when that is stored as asked for.</summary>
    /// <exception cref="WorkflowFaultException">There is no such instance, or it is stalled.</exception>
    internal async Task TerminateAsync(string instanceId, string? output, bool recursive, bool awaitEnd, CancellationToken cancellation)
    {
        var instance = await GetPinnedAsync(instanceId, cancellation);
        try
        {
            await PostAsync(instance, HistoryEvents.Terminated(Now, output, recursive), awaitTurn: false, cancellation);
            if (awaitEnd)
                await WaitAsync(instance, static waiting => waiting.Ended.Wait(), cancellation);
        }
        finally
        {
            Unpin(instance);
        }
    }

    /// <summary>Deletes an ended instance.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="recursive">Its children too, and theirs.</param>
    /// <param name="force">Whether it has ended or not.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>How many instances were deleted.</returns>
    /// <exception cref="WorkflowFaultException">There is no such instance, or it has not ended.</exception>
    internal async Task<int> PurgeAsync(string instanceId, bool recursive, bool force, CancellationToken cancellation)
    {
        var deleted = 0;
        await MeasureAsync(WorkflowMetrics.Purge, async () => deleted = await PurgeFoundAsync(instanceId, recursive, force, cancellation));
        return deleted;
    }

    private async Task<int> PurgeFoundAsync(string instanceId, bool recursive, bool force, CancellationToken cancellation)
    {
        var instance = await GetPinnedAsync(instanceId, cancellation);
        try
        {
            return await PurgeAsync(instance, recursive, force, cancellation);
        }
        finally
        {
            Unpin(instance);
        }
    }

    private async Task<int> PurgeAsync(Instance instance, bool recursive, bool force, CancellationToken cancellation)
    {
        if (!force && !instance.HasEnded)
            throw new WorkflowFaultException(WorkflowFaultKind.NotCompleted, "orchestration has not yet completed");

        var deleted = 0;
        if (recursive)
        {
            // Together, so that the deletions share commits.
            var children = (await ReadHistoryAsync(instance, cancellation))
                .Where(static item => item.EventTypeCase == HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated);
            foreach (var batch in children.Chunk(PurgeBatch))
            {
                deleted += (await Task.WhenAll(batch.Select(child => PurgeChildAsync(child, force, cancellation)))).Sum();
            }
        }

        return deleted + (await DeleteAsync(instance, cancellation) ? 1 : 0);
    }

    private async Task<int> PurgeChildAsync(HistoryEvent created, bool force, CancellationToken cancellation)
    {
        var app = created.Router.HasTargetAppID ? created.Router.TargetAppID : AppId;
        if (_hub.Find(app) is not { } engine)
            return 0;

        try
        {
            return await engine.PurgeAsync(created.ChildWorkflowInstanceCreated.InstanceId, recursive: true, force, cancellation);
        }
        catch (WorkflowFaultException gone) when (gone.Kind == WorkflowFaultKind.NoSuchInstance)
        {
            return 0;
        }
    }

    /// <summary>Takes an instance out of memory and store. Until that is done its id is not given to another.</summary>
    private async Task<bool> DeleteAsync(Instance instance, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task turnStored;
        lock (instance.Gate)
        {
            if (instance.Leaving is not null)
                return false;

            instance.Leaving = done.Task;
            turnStored = instance.Turn is { IsAnswered: true } turn ? turn.Done.Wait() : Task.CompletedTask;
        }

        try
        {
            // What is being stored must not come after the deletion.
            await turnStored;
            await SettleAsync(instance, instance.Turn ?? NoTurn);
            var left = Close(instance);
            await _store.DeleteAsync(instance, left, cancellation);
            left.ForEach(static item => item.Consume());
        }
        finally
        {
            _instances.TryRemove(KeyValuePair.Create(instance.Id, instance));
            done.SetResult();
        }

        return true;
    }

    /// <summary>Ends an instance that is being deleted, and whoever waits for it.</summary>
    private List<InboxEvent> Close(Instance instance)
    {
        lock (instance.Gate)
        {
            List<InboxEvent> left = [.. instance.Consumed, .. instance.Turn?.Events ?? []];
            left.AddRange(End(instance, instance.HasEnded ? instance.End! : PurgedEnd()));
            instance.Saved.Fail(WorkflowFaultException.Missing());
            instance.FirstTurnDone.Fail(WorkflowFaultException.Missing());
            return left;
        }
    }

    private HistoryEvent PurgedEnd() => HistoryEvents.Completed(
        Now,
        HistoryEvents.Router(AppId),
        HistoryEvents.Incoming,
        new ExecutionCompletedEvent { WorkflowStatus = OrchestrationStatus.Terminated });

    private async ValueTask<Instance> GetPinnedAsync(string instanceId, CancellationToken cancellation) =>
        await FindPinnedAsync(instanceId, cancellation) ?? throw WorkflowFaultException.Missing();

    private async Task PostAsync(string instanceId, HistoryEvent item, bool awaitTurn, CancellationToken cancellation)
    {
        var instance = await GetPinnedAsync(instanceId, cancellation);
        try
        {
            await PostAsync(instance, item, awaitTurn, cancellation);
        }
        finally
        {
            Unpin(instance);
        }
    }

    /// <summary>Stores an event for an instance, which is pinned, and has its turn follow.</summary>
    private Task PostAsync(Instance instance, HistoryEvent item, bool awaitTurn, CancellationToken cancellation) =>
        MeasureAsync(WorkflowMetrics.AddEvent, () => PostMeasuredAsync(instance, item, awaitTurn, cancellation));

    private async Task PostMeasuredAsync(Instance instance, HistoryEvent item, bool awaitTurn, CancellationToken cancellation)
    {
        // An event must not outlive a start that is not stored.
        await WaitAsync(instance, static waiting => waiting.Saved.Wait(), cancellation);
        if (IsStrict && !instance.HasEnded)
            await RequireWorkerAsync(instance.Id, cancellation);

        var waiting = new InboxEvent(item);
        var taken = awaitTurn ? waiting.WhenConsumed : Task.CompletedTask;
        lock (instance.Gate)
        {
            if (instance.HasEnded || instance.Leaving is not null)
                return;

            if (instance.IsStalled)
                throw WorkflowFaultException.Stalled(instance.Id);

            waiting.Number = instance.NextInboxNumber++;
        }

        try
        {
            await _store.PutInboxAsync(instance.Id, waiting.Number.Value, waiting);
        }
        catch
        {
            Forget(instance, waiting.Number.Value);
            throw;
        }

        await AddStoredAsync(instance, waiting);
        await taken.WaitAsync(cancellation);
    }
}
