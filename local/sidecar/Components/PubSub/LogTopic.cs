using System.Collections.Immutable;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// A topic of a message log: gives out numbers, keeps the newest messages at hand and wakes its groups. Numbers are given out on
/// the database's writer thread, so they are in the order of commits.
/// </summary>
internal sealed class LogTopic(long id, string name, long last, EmbeddedDatabase database)
{
    private const int TailLength = 1024;
    private const int TailBytes = 4 << 20;
    private const int BatchCount = 64;
    private const int BatchBytes = 1 << 20;

    // Slot = number modulo length. Written by the writer thread only; a reader checks that it got the number it wanted.
    private readonly LogMessage?[] _tail = new LogMessage?[TailLength];
    private long _tailStart = last + 1;
    private long _tailSize;
    private long _last = last;
    private long _committed = last;
    private ImmutableArray<ConsumerGroup> _groups = [];

    public long Id => id;

    public string Name => name;

    /// <summary>The last number that can be read.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>The groups it has, members or not.</summary>
    public ImmutableArray<ConsumerGroup> Groups => _groups;

    /// <summary>How far its messages have been removed; only the flush of the log uses it.</summary>
    public long TrimmedTo { get; set; }

    /// <summary>Guards joining and leaving.</summary>
    public SemaphoreSlim Membership { get; } = new(1);

    public ConsumerGroup? Find(string group) => _groups.FirstOrDefault(candidate => candidate.Name == group);

    public void Add(ConsumerGroup group) => ImmutableInterlocked.Update(ref _groups, groups => groups.Add(group));

    public void Remove(ConsumerGroup group) => ImmutableInterlocked.Update(ref _groups, groups => groups.Remove(group));

    /// <summary>Writer thread: the last number given out, also to writes that are not committed yet.</summary>
    public long LastGivenOut => _last;

    /// <summary>Writer thread: appends a message inside the transaction under way.</summary>
    public long Append(SqliteSession session, BrokerMessage message, long published)
    {
        var sequence = ++_last;
        LogSql.Append(session, id, sequence, message, published);
        if (!_groups.IsEmpty)
            Remember(new LogMessage(sequence, message));
        return sequence;
    }

    /// <summary>Writer thread, in the order of numbers: the message is durable.</summary>
    public void OnCommitted(long sequence)
    {
        Volatile.Write(ref _committed, sequence);
        foreach (var group in _groups)
            group.Wake();
    }

    /// <summary>Writer thread: the message was not written after all; its number stays unused.</summary>
    public void OnFailed(long sequence)
    {
        ref var slot = ref _tail[sequence % TailLength];
        _tailSize -= slot?.Size ?? 0;
        slot = null;
    }

    /// <summary>The next messages after a number, from memory when they are recent; empty when there are none.</summary>
    public async ValueTask<IReadOnlyList<LogMessage>> ReadAfterAsync(long after, CancellationToken cancellation)
    {
        var committed = Committed;
        if (after >= committed)
            return [];
        List<LogMessage>? recent = null;
        for (var next = after + 1; next <= committed && (recent?.Count ?? 0) < BatchCount && Recall(next) is { } message; next++)
            (recent ??= []).Add(message);
        return recent ?? await ReadAsync(after, committed, BatchCount, cancellation);
    }

    /// <summary>One message, or null when it is gone.</summary>
    public async ValueTask<LogMessage?> FindAsync(long sequence, CancellationToken cancellation)
    {
        if (Recall(sequence) is { } message)
            return message;
        var found = await ReadAsync(sequence - 1, sequence, 1, cancellation);
        return found.Count == 0 ? null : found[0];
    }

    private ValueTask<List<LogMessage>> ReadAsync(long after, long last, int count, CancellationToken cancellation) =>
        database.ReadAsync(
            (id, after, last, count),
            static (session, range) => LogSql.Read(session, range.id, range.after, range.last, range.count, BatchBytes),
            cancellation);

    private LogMessage? Recall(long sequence) =>
        Volatile.Read(ref _tail[sequence % TailLength]) is { } message && message.Sequence == sequence ? message : null;

    private void Remember(LogMessage message)
    {
        ref var slot = ref _tail[message.Sequence % TailLength];
        _tailSize += message.Size - (slot?.Size ?? 0);
        Volatile.Write(ref slot, message);
        _tailStart = Math.Max(_tailStart, message.Sequence - TailLength + 1);
        for (; _tailSize > TailBytes && _tailStart < message.Sequence; _tailStart++)
        {
            ref var oldest = ref _tail[_tailStart % TailLength];
            _tailSize -= oldest?.Size ?? 0;
            oldest = null;
        }
    }
}
