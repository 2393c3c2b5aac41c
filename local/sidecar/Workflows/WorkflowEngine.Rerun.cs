using System.Buffers;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Storage;
using NexusCart.Sidecar.Workflows.Turns;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>Running an ended workflow again from one of its events.</summary>
internal sealed partial class WorkflowEngine
{
    /// <summary>Makes a new instance of what an ended one had done before an event, and goes on from there.</summary>
    /// <returns>The new instance's id.</returns>
    /// <exception cref="WorkflowFaultException">The source does not exist, has not ended or has no such event; the new id is taken.</exception>
    internal async Task<string> RerunAsync(RerunWorkflowFromEventRequest request, CancellationToken cancellation)
    {
        var sourceId = request.SourceInstanceID;
        var newId = request.HasNewInstanceID ? request.NewInstanceID : Guid.NewGuid().ToString();
        if (sourceId.Length == 0)
            throw new WorkflowFaultException(WorkflowFaultKind.InvalidRequest, "rerun workflow source instance ID is required");

        if (sourceId == newId)
        {
            throw new WorkflowFaultException(
                WorkflowFaultKind.InvalidRequest,
                "rerun workflow instance ID must be different from the original instance ID");
        }

        CheckId(newId);
        await RequireWorkerAsync(newId, cancellation);
        var source = await FindAsync(sourceId, cancellation) ?? throw new WorkflowFaultException(
            WorkflowFaultKind.RerunSourceMissing,
            $"workflow instance does not exist with ID '{sourceId}'");
        if (!source.HasEnded)
            throw new WorkflowFaultException(WorkflowFaultKind.InvalidRequest, $"'{sourceId}' is not in a terminal state");

        if (source.Started.ParentInstance is not null)
            throw new WorkflowFaultException(WorkflowFaultKind.InvalidRequest, $"'{sourceId}': cannot rerun from child-workflows");

        var history = RerunHistory.Build(await ReadHistoryAsync(source, cancellation), request, newId, Now);
        var instance = await AddRerunAsync(newId, source, history, cancellation);
        Resume(HistoryReplay.Fill(instance));
        return newId;
    }

    private async Task<Instance> AddRerunAsync(string newId, Instance source, RerunHistory history, CancellationToken cancellation)
    {
        var instance = new Instance(this, newId, source.Start, Now);
        if (await FindAsync(newId, cancellation) is not null || !_instances.TryAdd(newId, instance))
            throw new WorkflowFaultException(WorkflowFaultKind.RerunTargetExists, $"workflow '{newId}' has already been created");

        var batch = new ArrayBufferWriter<byte>();
        foreach (var item in history.Events)
        {
            EventCodec.Append(batch, EventCodec.PastTag, item);
        }

        var operations = new List<StateOperation>();
        instance.Stored.MustBeNew = true;
        AddMetadata(operations, instance, end: null);
        operations.Add(new StateUpsert(_store.Keys.History(newId, 0), batch.WrittenMemory));
        try
        {
            await _store.CommitAsync(operations);
        }
        catch
        {
            _instances.TryRemove(KeyValuePair.Create(newId, instance));
            throw;
        }

        lock (instance.Gate)
        {
            instance.History.Append(batch.WrittenSpan);
            MarkStored(instance, batches: 1);
            instance.FirstTurnDone.Set();
            // A timer that was waiting is not waited for again.
            instance.Inbox.AddRange(history.Fired.Select(static item => new InboxEvent(item)));
        }

        return instance;
    }
}
