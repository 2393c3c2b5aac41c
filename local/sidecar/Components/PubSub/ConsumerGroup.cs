using System.Threading.Channels;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>How a subscription takes part in its group.</summary>
/// <param name="Name">The group.</param>
/// <param name="IsEphemeral">The group belongs to one replica: it is not remembered once that has left.</param>
/// <param name="FromOldest">A new group begins with the oldest message that is left, not with the next one.</param>
/// <param name="Concurrency">Most deliveries in flight for this member.</param>
/// <param name="RedeliverInterval">Pause before the first redelivery; it doubles each time.</param>
/// <param name="MaxRedeliverInterval">Where the pause stops growing.</param>
internal sealed record GroupSettings(
    string Name,
    bool IsEphemeral,
    bool FromOldest,
    int Concurrency,
    TimeSpan RedeliverInterval,
    TimeSpan MaxRedeliverInterval);

/// <summary>What is kept of a group: everything up to the position is done but for what is pending.</summary>
/// <param name="Name">The group.</param>
/// <param name="Position">How far it has come.</param>
/// <param name="Pending">Numbers up to there that are not done yet.</param>
/// <param name="LastSeen">When it last had a subscriber.</param>
internal sealed record StoredGroup(string Name, long Position, long[] Pending, DateTimeOffset LastSeen);

/// <summary>
/// The consumers that share a topic's messages: each goes to one of them, and comes again until it is acknowledged. Messages
/// are read ahead a little; what waits for redelivery is remembered by its number only, so memory stays bounded.
/// </summary>
internal sealed class ConsumerGroup
{
    private const int ReadAhead = 64;
    private const int MaxOutstanding = 10_000;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Outstanding> _outstanding = [];
    private readonly PriorityQueue<long, DateTimeOffset> _due = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<GroupMember> _members = [];
    private Run? _run;
    private long _position;
    private bool _changed;
    private long _lastSeenTicks;

    public ConsumerGroup(LogTopic topic, StoredGroup stored, bool isDurable, TimeProvider time)
    {
        (Topic, Name, IsDurable, _position, _time) = (topic, stored.Name, isDurable, stored.Position, time);
        LastSeen = stored.LastSeen;
        var now = time.GetUtcNow();
        foreach (var sequence in stored.Pending)
            _outstanding[sequence] = new Outstanding(0, now, InFlight: false);
    }

    public LogTopic Topic { get; }

    public string Name { get; }

    /// <summary>Whether it is remembered while nobody takes part.</summary>
    public bool IsDurable { get; }

    public bool HasMembers => _members.Count > 0;

    /// <summary>When it last had a subscriber, as far as the log has noted.</summary>
    public DateTimeOffset LastSeen
    {
        get => new(Volatile.Read(ref _lastSeenTicks), TimeSpan.Zero);
        set => Volatile.Write(ref _lastSeenTicks, value.UtcTicks);
    }

    /// <summary>Messages it remembers one by one: read ahead, in flight or waiting for their next try.</summary>
    internal int OutstandingCount
    {
        get
        {
            lock (_lock)
                return _outstanding.Count;
        }
    }

    /// <summary>Everything up to this number is done.</summary>
    public long AcknowledgedTo
    {
        get
        {
            lock (_lock)
                return _outstanding.Count == 0 ? _position : _outstanding.Keys.Min() - 1;
        }
    }

    /// <summary>There are new messages, or room for more.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Under the topic's membership lock: takes a member in; the first one starts the reading.</summary>
    public GroupMember Join(DeliveryHandler handler, GroupSettings settings)
    {
        _run ??= Start();
        var member = new GroupMember(this, _run.Ready.Reader, handler, settings);
        _members.Add(member);
        member.Start();
        return member;
    }

    /// <summary>Under the topic's membership lock: lets a stopped member go; after the last one nothing is read any more.</summary>
    public async Task LeaveAsync(GroupMember member)
    {
        _members.Remove(member);
        if (_members.Count > 0 || _run is not { } run)
            return;
        _run = null;
        await run.Stopping.CancelAsync();
        await run.Reading;
        run.Stopping.Dispose();
    }

    /// <summary>What changed since the last call, or null.</summary>
    public StoredGroup? TakeSnapshot()
    {
        lock (_lock)
        {
            if (!_changed)
                return null;
            _changed = false;
            return new StoredGroup(Name, _position, [.. _outstanding.Keys], LastSeen);
        }
    }

    /// <summary>The next snapshot must come even if no message does: the last one could not be written down, or a time has changed.</summary>
    public void KeepChanged()
    {
        lock (_lock)
            _changed = true;
    }

    /// <summary>A member begins to handle a message; false when it is not to be handled any more.</summary>
    public bool TryBegin(long sequence, ChannelReader<LogMessage> from)
    {
        lock (_lock)
        {
            if (_run?.Ready.Reader != from || !_outstanding.TryGetValue(sequence, out var message) || message.InFlight)
                return false;
            _outstanding[sequence] = message with { InFlight = true };
            return true;
        }
    }

    /// <summary>A message is done.</summary>
    public void Acknowledge(long sequence)
    {
        bool wasFull;
        lock (_lock)
        {
            wasFull = _outstanding.Count >= MaxOutstanding;
            _outstanding.Remove(sequence);
            _changed = true;
        }

        if (wasFull)
            Wake();
    }

    /// <summary>A message comes again: at once when its handling was only interrupted, else after a pause that grows.</summary>
    public void GiveBack(long sequence, bool interrupted, GroupSettings settings)
    {
        lock (_lock)
        {
            var attempts = _outstanding[sequence].Attempts + (interrupted ? 0 : 1);
            var due = interrupted ? _time.GetUtcNow() : _time.GetUtcNow() + Pause(attempts, settings);
            _outstanding[sequence] = new Outstanding(attempts, due, InFlight: false);
            _due.Enqueue(sequence, due);
        }

        Wake();
    }

    private static TimeSpan Pause(int attempts, GroupSettings settings)
    {
        var factor = Math.Pow(2, Math.Min(attempts - 1, 30));
        var ticks = Math.Min(settings.RedeliverInterval.Ticks * factor, settings.MaxRedeliverInterval.Ticks);
        return TimeSpan.FromTicks((long)ticks);
    }

    private Run Start()
    {
        lock (_lock)
        {
            _due.Clear();
            foreach (var (sequence, message) in _outstanding)
            {
                if (!message.InFlight)
                    _due.Enqueue(sequence, message.DueAt);
            }
        }

        var run = new Run(Channel.CreateBounded<LogMessage>(ReadAhead), new CancellationTokenSource());
        run.Reading = Task.Run(() => ReadAsync(run.Ready.Writer, run.Stopping.Token));
        return run;
    }

    private async Task ReadAsync(ChannelWriter<LogMessage> ready, CancellationToken stopping)
    {
        await using var timer = _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var redelivered = await RedeliverAsync(ready, stopping);
                var isNew = await ReadNextAsync(ready, stopping);
                if (redelivered || isNew)
                    continue;
                if (NextDue() is { } pause)
                    timer.Change(pause, Timeout.InfiniteTimeSpan);
                await _wake.Reader.ReadAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The last member has left.
        }
    }

    private async Task<bool> RedeliverAsync(ChannelWriter<LogMessage> ready, CancellationToken stopping)
    {
        var any = false;
        while (TakeDue() is { } sequence)
        {
            any = true;
            if (await Topic.FindAsync(sequence, stopping) is { } message)
                await ready.WriteAsync(message, stopping);
            else
                Acknowledge(sequence);
        }

        return any;
    }

    private async Task<bool> ReadNextAsync(ChannelWriter<LogMessage> ready, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_outstanding.Count >= MaxOutstanding)
                return false;
        }

        var messages = await Topic.ReadAfterAsync(_position, stopping);
        if (messages.Count == 0)
            return false;
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            foreach (var message in messages)
                _outstanding[message.Sequence] = new Outstanding(0, now, InFlight: false);
            _position = messages[^1].Sequence;
            _changed = true;
        }

        foreach (var message in messages)
            await ready.WriteAsync(message, stopping);
        return true;
    }

    private long? TakeDue()
    {
        lock (_lock)
        {
            if (!_due.TryPeek(out var sequence, out var due) || due > _time.GetUtcNow())
                return null;
            _due.Dequeue();
            return sequence;
        }
    }

    private TimeSpan? NextDue()
    {
        lock (_lock)
        {
            if (!_due.TryPeek(out _, out var due))
                return null;
            var pause = due - _time.GetUtcNow();
            return pause > TimeSpan.FromMilliseconds(1) ? pause : TimeSpan.FromMilliseconds(1);
        }
    }

    private readonly record struct Outstanding(int Attempts, DateTimeOffset DueAt, bool InFlight);

    /// <summary>From the first member's coming to the last one's leaving.</summary>
    private sealed record Run(Channel<LogMessage> Ready, CancellationTokenSource Stopping)
    {
        public Task Reading { get; set; } = Task.CompletedTask;
    }
}
