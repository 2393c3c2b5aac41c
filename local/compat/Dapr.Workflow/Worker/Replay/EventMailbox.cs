using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Replay;

/// <summary>External events: those nobody waits for yet, and those waited for. Names are the same in upper and lower case; first in, first out.</summary>
internal sealed class EventMailbox
{
    private readonly List<Wire.HistoryEvent> _unclaimed = [];
    private readonly Dictionary<string, Queue<TaskCompletionSource<Wire.HistoryEvent>>> _waiting = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Events nobody took, in the order they came.</summary>
    internal IReadOnlyList<Wire.HistoryEvent> Unclaimed => _unclaimed;

    /// <summary>Whether anybody waits.</summary>
    internal bool HasWaiters => _waiting.Values.Any(static queue => queue.Any(static waiter => !waiter.Task.IsCompleted));

    /// <summary>An event came in.</summary>
    internal void Put(Wire.HistoryEvent raised)
    {
        if (_waiting.TryGetValue(raised.EventRaised.Name, out var queue))
        {
            while (queue.TryDequeue(out var waiter))
            {
                // One that gave up waiting is passed over.
                if (waiter.TrySetResult(raised))
                    return;
            }
        }

        _unclaimed.Add(raised);
    }

    /// <summary>Waits for the next event of a name; completed already when one is there.</summary>
    internal TaskCompletionSource<Wire.HistoryEvent> Take(string name)
    {
        var waiter = new TaskCompletionSource<Wire.HistoryEvent>();
        var at = _unclaimed.FindIndex(raised => raised.EventRaised.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (at >= 0)
        {
            waiter.SetResult(_unclaimed[at]);
            _unclaimed.RemoveAt(at);
            return waiter;
        }

        if (!_waiting.TryGetValue(name, out var queue))
            _waiting.Add(name, queue = new Queue<TaskCompletionSource<Wire.HistoryEvent>>());

        queue.Enqueue(waiter);
        return waiter;
    }
}
