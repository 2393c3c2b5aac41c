using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>What clients ask about instances.</summary>
internal sealed partial class WorkflowEngine
{
    private const int DefaultPage = 1024;

    // A turn takes daprd some 10 ms, so a client that raises an event and then waits is always there before the end.
    // Here the end may come first; who comes this soon after it counts as having waited.
    private static readonly TimeSpan JustEnded = TimeSpan.FromMilliseconds(250);

    /// <summary>Where an instance stands; null when there is none.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="withPayloads">Whether input, output, custom status and failure are wanted.</param>
    /// <param name="cancellation">Stops waiting.</param>
    internal async Task<WorkflowState?> GetStateAsync(string instanceId, bool withPayloads, CancellationToken cancellation) =>
        await FindAsync(instanceId, cancellation) is { } instance ? StateOf(instance, withPayloads) : null;

    /// <summary>Waits until an instance has started; null when there is none.</summary>
    internal Task<WorkflowState?> WaitForStartAsync(string instanceId, bool withPayloads, CancellationToken cancellation) =>
        WaitForAsync(instanceId, withPayloads, static instance => instance.FirstTurnDone.Wait(), cancellation);

    /// <summary>Waits until an instance has ended; null when there is none.</summary>
    internal Task<WorkflowState?> WaitForCompletionAsync(string instanceId, bool withPayloads, CancellationToken cancellation) =>
        WaitForAsync(instanceId, withPayloads, static instance => instance.Ended.Wait(), cancellation);

    /// <summary>The history of an instance; null when there is none.</summary>
    internal async Task<IReadOnlyList<HistoryEvent>?> GetHistoryAsync(string instanceId, CancellationToken cancellation) =>
        await FindAsync(instanceId, cancellation) is { } instance
            ? await ReadHistoryAsync(instance, cancellation)
            : null;

    /// <summary>A page of instance ids.</summary>
    /// <param name="after">The last id of the page before; null: the first page.</param>
    /// <param name="count">At most so many; null: 1,024.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The ids, and where the next page begins; null when this is the last.</returns>
    internal async Task<(IReadOnlyList<string> Ids, string? Next)> ListAsync(string? after, int? count, CancellationToken cancellation)
    {
        var size = count ?? DefaultPage;
        var ids = await _store.ListAsync(after, size + 1, cancellation);
        return ids.Count > size ? ([.. ids.Take(size)], ids[size - 1]) : (ids, null);
    }

    private async Task<WorkflowState?> WaitForAsync(
        string instanceId,
        bool withPayloads,
        Func<Instance, Task> signal,
        CancellationToken cancellation)
    {
        if (await FindPinnedAsync(instanceId, cancellation) is not { } instance)
        {
            if (!IsStrict)
                return null;

            // daprd waits for ever for an instance that does not exist.
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return null;
        }

        try
        {
            Task waiting;
            lock (instance.Gate)
            {
                waiting = signal(instance);
            }

            // daprd shows an empty custom status to those who were waiting when it came, and to nobody after.
            var isLive = !waiting.IsCompleted || HasJustEnded(instance);
            await waiting.WaitAsync(cancellation);
            return StateOf(instance, withPayloads, isLive);
        }
        finally
        {
            Unpin(instance);
        }
    }

    // Not after a first turn that was the last, nor after a terminate: those who ask for them are answered after the end on daprd too.
    private bool HasJustEnded(Instance instance)
    {
        lock (instance.Gate)
        {
            return instance is { HasEnded: true, Status: not OrchestrationStatus.Terminated }
                && (instance.Stored.Batches > 1 || instance.Generation > 1)
                && _time.GetElapsedTime(instance.LastActive) < JustEnded;
        }
    }

    private static WorkflowState StateOf(Instance instance, bool withPayloads, bool isLive = false)
    {
        lock (instance.Gate)
        {
            var status = instance.Status;
            var state = new WorkflowState
            {
                InstanceId = instance.Id,
                WorkflowStatus = status,
                CreatedTimestamp = instance.Created,
                LastUpdatedTimestamp = instance.Updated,
            };
            if (status == OrchestrationStatus.Pending)
                return state;

            state.Name = instance.Started.Name;
            state.StartedAt = instance.FirstTurn;
            if (!withPayloads)
                return state;

            var end = instance.End?.ExecutionCompleted;
            state.Input = instance.Started.Input;
            state.Output = end?.Result;
            state.FailureDetails = end?.FailureDetails;
            state.CustomStatus = isLive ? instance.CustomStatus : StoredStatus(instance.CustomStatus);
            return state;
        }
    }

    private async ValueTask<IReadOnlyList<HistoryEvent>> ReadHistoryAsync(Instance instance, CancellationToken cancellation)
    {
        lock (instance.Gate)
        {
            if (instance.History.IsLoaded)
                return instance.History.Read();
        }

        var log = new HistoryLog();
        log.Load(await _store.ReadHistoryAsync(instance.Id, cancellation));
        return log.Read();
    }
}
