namespace NexusCart.Sidecar.Scheduling;

/// <summary>Something that is due at a time. Belongs to at most one <see cref="DeadlineQueue{T}"/>.</summary>
public abstract class Deadline
{
    internal const int NotQueued = -1;

    /// <summary>Place in the queue's heap; touched under the queue's lock only.</summary>
    internal int Slot { get; set; } = NotQueued;

    /// <summary>UTC ticks; changes only while the item is not queued or under the queue's lock.</summary>
    internal long DueTicks { get; set; }
}

/// <summary>
/// Any number of deadlines behind one timer: a binary heap whose items know their place, so that setting, moving and removing
/// one costs O(log n) and nothing is left behind.
/// </summary>
/// <typeparam name="T">What is due.</typeparam>
public sealed class DeadlineQueue<T> : IDisposable
    where T : Deadline
{
    // Wall clocks are set back and forward; a far deadline is looked at again now and then.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(15);

    private const int InitialCapacity = 64;
    private const int Batch = 128;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Action<T> _onDue;
    private readonly ITimer _timer;
    private T[] _heap = new T[InitialCapacity];
    private int _count;
    private long _armedFor = long.MaxValue;
    private bool _disposed;

    /// <param name="time">The clock.</param>
    /// <param name="onDue">Called for each item that is due, after it left the queue; must be quick and not throw.</param>
    public DeadlineQueue(TimeProvider time, Action<T> onDue)
    {
        _time = time;
        _onDue = onDue;
        _timer = time.CreateTimer(static state => ((DeadlineQueue<T>)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Queues an item, or moves it when it is queued already; a time in the past is due at once.</summary>
    public void Set(T item, DateTimeOffset due)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            item.DueTicks = due.UtcTicks;
            if (item.Slot == Deadline.NotQueued)
                Append(item);
            Settle(item);
            Arm();
        }
    }

    /// <summary>Takes an item out; false when it was not queued (any more).</summary>
    public bool Remove(T item)
    {
        lock (_gate)
        {
            if (item.Slot == Deadline.NotQueued)
                return false;
            RemoveAt(item.Slot);
            return true;
        }
    }

    /// <summary>Forgets everything; nothing is due any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_count > 0)
                RemoveAt(_count - 1);
        }

        _timer.Dispose();
    }

    private void OnTimer()
    {
        // Some clocks ring while they are being set, and then whoever sets a deadline may hold locks of its own.
        if (_gate.IsHeldByCurrentThread)
            ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Run(), this, preferLocal: false);
        else
            Run();
    }

    private void Run()
    {
        var due = new List<T>();
        bool more;
        do
        {
            due.Clear();
            lock (_gate)
            {
                var now = _time.GetUtcNow().UtcTicks;
                while (due.Count < Batch && _count > 0 && _heap[0].DueTicks <= now)
                {
                    due.Add(_heap[0]);
                    RemoveAt(0);
                }

                more = due.Count == Batch;
                if (!more)
                {
                    _armedFor = long.MaxValue;
                    Arm();
                }
            }

            foreach (var item in due)
                _onDue(item);
        }
        while (more);
    }

    private void Arm()
    {
        if (_disposed || _count == 0 || _heap[0].DueTicks >= _armedFor)
            return;
        var wait = TimeSpan.FromTicks(Math.Max(0, _heap[0].DueTicks - _time.GetUtcNow().UtcTicks));
        // Timers count whole milliseconds and must not ring early.
        var sleep = wait > LongestSleep ? LongestSleep : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _armedFor = wait > LongestSleep ? _time.GetUtcNow().UtcTicks + sleep.Ticks : _heap[0].DueTicks;
        _timer.Change(sleep, Timeout.InfiniteTimeSpan);
    }

    private void Append(T item)
    {
        if (_count == _heap.Length)
            Array.Resize(ref _heap, _count * 2);
        item.Slot = _count;
        _heap[_count++] = item;
    }

    private void RemoveAt(int slot)
    {
        var removed = _heap[slot];
        var last = _heap[--_count];
        _heap[_count] = null!;
        removed.Slot = Deadline.NotQueued;
        if (ReferenceEquals(last, removed))
            return;
        last.Slot = slot;
        _heap[slot] = last;
        Settle(last);
    }

    private void Settle(T item)
    {
        SiftUp(item);
        SiftDown(item);
    }

    private void SiftUp(T item)
    {
        while (item.Slot > 0)
        {
            var parent = _heap[(item.Slot - 1) / 2];
            if (parent.DueTicks <= item.DueTicks)
                return;
            Swap(parent, item);
        }
    }

    private void SiftDown(T item)
    {
        while (true)
        {
            var child = (item.Slot * 2) + 1;
            if (child >= _count)
                return;
            if (child + 1 < _count && _heap[child + 1].DueTicks < _heap[child].DueTicks)
                child++;
            if (_heap[child].DueTicks >= item.DueTicks)
                return;
            Swap(item, _heap[child]);
        }
    }

    private void Swap(T upper, T lower)
    {
        (upper.Slot, lower.Slot) = (lower.Slot, upper.Slot);
        _heap[upper.Slot] = upper;
        _heap[lower.Slot] = lower;
    }
}
