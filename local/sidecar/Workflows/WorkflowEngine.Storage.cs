using System.Buffers;
using System.Text;
using Google.Protobuf;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Storage;
using NexusCart.Sidecar.Workflows.Turns;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// What a turn writes: always one batch of history; the metadata only at the start of a generation and at the end, since all between
/// follows from the history; of an instance that begins and ends in one turn, no entry of the active list.
/// </summary>
internal sealed partial class WorkflowEngine
{
    private static readonly byte[] ActiveMark = "1"u8.ToArray();

    private List<StateOperation> Operations(Instance instance, TurnPlan plan, IReadOnlyList<Message> messages)
    {
        var operations = new List<StateOperation>(4);
        var batch = instance.History.Batches;
        operations.Add(new StateUpsert(_store.Keys.History(instance.Id, batch), plan.Batch));
        AddStaleHistory(operations, instance, batch + 1);

        var end = plan.End is { ExecutionCompleted.WorkflowStatus: not OrchestrationStatus.Stalled } ? plan.End : null;
        if (end is not null || !instance.Stored.Metadata || instance.Stored.IsStale)
            AddMetadata(operations, instance, end, plan, batch + 1);

        if (end is not null)
            AddRetention(operations, instance, end);

        AddCustomStatus(operations, instance, plan.CustomStatus);
        AddConsumed(operations, instance, plan.Turn, end is not null);
        foreach (var message in messages)
        {
            operations.Add(new StateUpsert(_store.Keys.Inbox(message.Target.Id, message.Event.Number!.Value), message.Event.Serialized));
        }

        return operations;
    }

    private void AddMetadata(
        List<StateOperation> operations,
        Instance instance,
        HistoryEvent? end,
        TurnPlan? plan = null,
        int batches = 0)
    {
        var record = new InstanceRecord
        {
            Generation = (ulong)instance.Generation,
            Started = instance.Start.ToByteString(),
            Created = instance.Created,
        };
        if (end is not null)
        {
            record.Completed = end.ToByteString();
            record.HistoryLength = (ulong)batches;
            record.FirstTurn = instance.FirstTurn ?? plan?.Turn.StartedAt;
            record.CustomStatus = plan?.CustomStatus;
        }

        // First, as the only operation that may be refused: a store need not be able to undo any then.
        operations.Insert(0, new StateUpsert(
            _store.Keys.Metadata(instance.Id),
            record.ToByteArray(),
            Concurrency: instance.Stored.MustBeNew ? StateConcurrency.FirstWrite : StateConcurrency.LastWrite));
        if (end is null && !instance.Stored.Metadata)
            operations.Add(new StateUpsert(_store.Keys.Active(instance.Id), ActiveMark));
        else if (end is not null && instance.Stored.Metadata)
            operations.Add(new StateDelete(_store.Keys.Active(instance.Id)));
    }

    /// <summary>Deletes what an earlier generation, or an earlier instance of the id, had more of.</summary>
    private void AddStaleHistory(List<StateOperation> operations, Instance instance, int from)
    {
        for (var batch = from; batch < instance.Stored.Batches; batch++)
        {
            operations.Add(new StateDelete(_store.Keys.History(instance.Id, batch)));
        }
    }

    private void AddCustomStatus(List<StateOperation> operations, Instance instance, string? status)
    {
        var wanted = StoredStatus(status);
        if (wanted == instance.Stored.CustomStatus)
            return;

        var key = _store.Keys.CustomStatus(instance.Id);
        operations.Add(wanted is null ? new StateDelete(key) : new StateUpsert(key, Encoding.UTF8.GetBytes(wanted)));
    }

    private void AddConsumed(List<StateOperation> operations, Instance instance, Turn turn, bool isEnd)
    {
        AddInboxDeletes(operations, instance, instance.Consumed);
        AddInboxDeletes(operations, instance, turn.Events);
        if (!isEnd)
            return;

        lock (instance.Gate)
        {
            AddInboxDeletes(operations, instance, instance.Inbox);
        }
    }

    private void AddInboxDeletes(List<StateOperation> operations, Instance instance, IEnumerable<InboxEvent> events)
    {
        foreach (var item in events)
        {
            if (item.Number is { } number)
                operations.Add(new StateDelete(_store.Keys.Inbox(instance.Id, number)));
        }
    }

    /// <summary>Stores the start of a generation with the events it inherited, in place of the last generation that was stored.</summary>
    private async Task SaveGenerationAsync(Instance instance)
    {
        var operations = new List<StateOperation>();
        lock (instance.Gate)
        {
            AddMetadata(operations, instance, end: null);
            AddStaleHistory(operations, instance, from: 0);
            AddCustomStatus(operations, instance, instance.CustomStatus);
            AddInboxDeletes(operations, instance, instance.Consumed);
            for (var i = 1; i < instance.Inbox.Count; i++)
            {
                if (instance.Inbox[i].Number is not null)
                    continue;

                var number = instance.NextInboxNumber++;
                instance.Inbox[i].Number = number;
                operations.Add(new StateUpsert(_store.Keys.Inbox(instance.Id, number), instance.Inbox[i].Serialized));
            }
        }

        while (true)
        {
            try
            {
                await _store.CommitAsync(operations);
                break;
            }
            catch (ETagMismatchException) when (instance.Stored.MustBeNew)
            {
                await AdoptFormerAsync(instance);
                operations.RemoveAll(static operation => operation is StateUpsert { Concurrency: StateConcurrency.FirstWrite });
                AddMetadata(operations, instance, end: null);
            }
        }

        List<InboxEvent> consumed;
        lock (instance.Gate)
        {
            MarkStored(instance, batches: 0);
            instance.Stored.CustomStatus = StoredStatus(instance.CustomStatus);
            instance.UnsavedGenerations = 0;
            instance.FirstTurn ??= Now;
            instance.FirstTurnDone.Set();
            consumed = instance.Consumed;
            instance.Consumed = [];
        }

        consumed.ForEach(static item => item.Consume());
    }

    /// <summary>The instance's lock is held.</summary>
    private static void MarkStored(Instance instance, int batches)
    {
        instance.Stored.Metadata = true;
        instance.Stored.IsStale = false;
        instance.Stored.MustBeNew = false;
        instance.Stored.Batches = batches;
        instance.Saved.Set();
    }

    /// <summary>An empty status has no key: some stores refuse empty values.</summary>
    private static string? StoredStatus(string? status) => string.IsNullOrEmpty(status) ? null : status;

    private static ReadOnlyMemory<byte> BatchOf(HistoryEvent item)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EventCodec.Append(buffer, EventCodec.PastTag, item);
        return buffer.WrittenMemory;
    }
}
