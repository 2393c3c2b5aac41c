using System.Runtime.CompilerServices;
using Google.Protobuf;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Storage;

/// <summary>Reads and writes the workflows of one app in its actor state store.</summary>
internal sealed class WorkflowStore
{
    private const int HistoryProbe = 16;
    private const int ScanPage = 500;

    // Of stores whose scans look at every key: as many as memory bears, since each page is a scan of its own.
    private const int LargeScanPage = 50_000;

    private readonly WorkflowKeys _keys;
    private volatile IStateStore _store;

    internal WorkflowStore(IStateStore store, string appId, string @namespace)
    {
        _store = store;
        _keys = new WorkflowKeys(appId, @namespace);
    }

    internal string ActorType => _keys.ActorType;

    internal WorkflowKeys Keys => _keys;

    private IStateKeyScanner Scanner => _store as IStateKeyScanner
        ?? throw new WorkflowFaultException(
            WorkflowFaultKind.Unsupported,
            "the actor state store cannot list its keys, which workflows need to go on after a restart");

    private int PageOfAll => Scanner.ScansEveryKey ? LargeScanPage : ScanPage;

    internal void Use(IStateStore store) => _store = store;

    /// <summary>All or nothing; durable when it returns.</summary>
    internal ValueTask CommitAsync(IReadOnlyList<StateOperation> operations) =>
        _store.TransactAsync(operations, CancellationToken.None);

    /// <summary>Stores an event that waits for its turn.</summary>
    internal ValueTask PutInboxAsync(string instanceId, long number, InboxEvent item) =>
        _store.WriteAsync(new StateUpsert(_keys.Inbox(instanceId, number), item.Serialized), CancellationToken.None);

    internal ValueTask DropInboxAsync(string instanceId, long number) =>
        _store.WriteAsync(new StateDelete(_keys.Inbox(instanceId, number)), CancellationToken.None);

    /// <summary>Deletes all of an instance.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="inbox">What is left in its inbox.</param>
    /// <param name="cancellation">Stops before it begins.</param>
    internal ValueTask DeleteAsync(Instance instance, IEnumerable<InboxEvent> inbox, CancellationToken cancellation)
    {
        List<StateOperation> operations =
        [
            new StateDelete(_keys.Metadata(instance.Id)),
            new StateDelete(_keys.Active(instance.Id)),
            new StateDelete(_keys.CustomStatus(instance.Id)),
        ];
        for (var batch = 0; batch < instance.Stored.Batches; batch++)
        {
            operations.Add(new StateDelete(_keys.History(instance.Id, batch)));
        }

        foreach (var item in inbox)
        {
            if (item.Number is { } number)
                operations.Add(new StateDelete(_keys.Inbox(instance.Id, number)));
        }

        return _store.TransactAsync(operations, cancellation);
    }

    /// <summary>The record of an instance; null when there is none.</summary>
    internal async ValueTask<InstanceRecord?> ReadRecordAsync(string instanceId, CancellationToken cancellation) =>
        await _store.GetAsync(_keys.Metadata(instanceId), cancellation) is { } entry
            ? InstanceRecord.Parser.ParseFrom(entry.Value.Span)
            : null;

    /// <summary>
    /// The inbox keys of all instances, where looking for each instance's would scan the whole store each time; null where it would not.
    /// </summary>
    internal async ValueTask<ILookup<string, string>?> InboxesAsync(CancellationToken cancellation)
    {
        if (!Scanner.ScansEveryKey)
            return null;

        var found = new List<(string InstanceId, string Key)>();
        await foreach (var key in ScanAllAsync(_keys.InstancesPrefix, cancellation))
        {
            if (_keys.InstanceOfInbox(key) is { } instanceId)
                found.Add((instanceId, key));
        }

        return found.ToLookup(inbox => inbox.InstanceId, inbox => inbox.Key, StringComparer.Ordinal);
    }

    /// <summary>An instance with all that is known of it; of an ended one without its history. Null when there is none.</summary>
    /// <param name="engine">Whose it is.</param>
    /// <param name="instanceId">The instance.</param>
    /// <param name="inboxes">The inbox keys of all instances, if they are known.</param>
    /// <param name="cancellation">Stops.</param>
    internal async ValueTask<StoredInstance?> ReadAsync(
        WorkflowEngine engine, string instanceId, ILookup<string, string>? inboxes, CancellationToken cancellation)
    {
        if (await ReadRecordAsync(instanceId, cancellation) is not { } record)
            return null;

        var instance = new Instance(engine, instanceId, HistoryEvent.Parser.ParseFrom(record.Started), record.Created)
        {
            Generation = (int)record.Generation,
        };
        instance.Stored.Metadata = true;
        instance.Saved.Set();
        return record.Completed.IsEmpty
            ? await FillActiveAsync(instance, inboxes, cancellation)
            : FillEnded(instance, record);
    }

    /// <summary>The stored batches of an instance's history.</summary>
    internal async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadHistoryAsync(string instanceId, CancellationToken cancellation)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        while (true)
        {
            var keys = new string[HistoryProbe];
            for (var i = 0; i < keys.Length; i++)
            {
                keys[i] = _keys.History(instanceId, batches.Count + i);
            }

            foreach (var hit in await _store.GetManyAsync(keys, cancellation))
            {
                if (hit.Entry is null)
                    return batches;

                batches.Add(hit.Entry.Value);
            }
        }
    }

    /// <summary>The ids of the active list.</summary>
    internal async IAsyncEnumerable<string> ActiveAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var key in ScanAllAsync(_keys.ActivePrefix, cancellation))
        {
            yield return _keys.InstanceOfActive(key);
        }
    }

    /// <summary>The first notes of ended instances that are to be deleted, the earliest first.</summary>
    internal async ValueTask<IReadOnlyList<(DateTimeOffset Due, string InstanceId)>> RetainedAsync(int count, CancellationToken cancellation) =>
        [.. (await Scanner.ScanKeysAsync(_keys.RetainedPrefix, after: null, count, cancellation)).Select(_keys.ReadRetained)];

    internal ValueTask DropRetainedAsync(IEnumerable<(DateTimeOffset Due, string InstanceId)> notes) =>
        _store.TransactAsync([.. notes.Select(note => new StateDelete(_keys.Retained(note.Due, note.InstanceId)))], CancellationToken.None);

    /// <summary>Ids of instances in the order of their keys.</summary>
    /// <param name="after">Begins behind this instance; null: from the first.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellation">Stops.</param>
    internal async ValueTask<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellation)
    {
        var found = new List<string>();
        var afterKey = after is null ? null : _keys.Metadata(after);
        while (found.Count < count)
        {
            var page = await Scanner.ScanKeysAsync(_keys.InstancesPrefix, afterKey, ScanPage, cancellation);
            foreach (var key in page)
            {
                if (_keys.InstanceOfMetadata(key) is { } id && found.Count < count)
                    found.Add(id);
            }

            if (page.Count < ScanPage)
                break;

            afterKey = page[^1];
        }

        return found;
    }

    private static StoredInstance FillEnded(Instance instance, InstanceRecord record)
    {
        instance.End = HistoryEvent.Parser.ParseFrom(record.Completed);
        instance.Updated = instance.End.Timestamp;
        instance.FirstTurn = record.FirstTurn;
        instance.CustomStatus = record.CustomStatus;
        instance.Stored.CustomStatus = string.IsNullOrEmpty(record.CustomStatus) ? null : record.CustomStatus;
        instance.Stored.Batches = (int)record.HistoryLength;
        instance.History.Unload();
        instance.FirstTurnDone.Set();
        instance.Ended.Set();
        return new StoredInstance(instance);
    }

    private async ValueTask<StoredInstance> FillActiveAsync(Instance instance, ILookup<string, string>? inboxes, CancellationToken cancellation)
    {
        var batches = await ReadHistoryAsync(instance.Id, cancellation);
        instance.History.Load(batches);
        instance.Stored.Batches = batches.Count;
        await FillInboxAsync(instance, inboxes, cancellation);
        if (await _store.GetAsync(_keys.CustomStatus(instance.Id), cancellation) is { } status)
        {
            instance.CustomStatus = System.Text.Encoding.UTF8.GetString(status.Value.Span);
            instance.Stored.CustomStatus = instance.CustomStatus;
        }

        var stored = HistoryReplay.Fill(instance);
        if (stored.IsPending)
            instance.Inbox.Insert(0, new InboxEvent(instance.Start));
        else
            instance.FirstTurnDone.Set();

        return stored;
    }

    private async ValueTask FillInboxAsync(Instance instance, ILookup<string, string>? inboxes, CancellationToken cancellation)
    {
        var keys = inboxes?[instance.Id].ToList() ?? await ScanAllAsync(_keys.InboxPrefix(instance.Id), cancellation).ToListAsync(cancellation);
        foreach (var some in keys.Chunk(ScanPage))
        {
            foreach (var hit in await _store.GetManyAsync(some, cancellation))
            {
                if (hit.Entry is not { } entry)
                    continue;

                var number = _keys.InboxNumber(instance.Id, hit.Key);
                instance.Inbox.Add(new InboxEvent(entry.Value, HistoryEvent.Parser.ParseFrom(entry.Value.Span).EventTypeCase) { Number = number });
                instance.NextInboxNumber = Math.Max(instance.NextInboxNumber, number + 1);
            }
        }

        // Beyond six digits the order of the keys is not that of the numbers.
        instance.Inbox.Sort(static (a, b) => Nullable.Compare(a.Number, b.Number));
    }

    /// <summary>All keys that begin with a prefix, page by page.</summary>
    private async IAsyncEnumerable<string> ScanAllAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? after = null;
        var size = PageOfAll;
        while (true)
        {
            var page = await Scanner.ScanKeysAsync(prefix, after, size, cancellation);
            foreach (var key in page)
            {
                yield return key;
            }

            if (page.Count < size)
                yield break;

            after = page[^1];
        }
    }
}
