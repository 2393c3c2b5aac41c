using System.Collections.Concurrent;
using NexusCart.Sidecar.Workflows.Instances;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// Answers of activities are stored with the turn that takes them, which as a rule follows at once: one commit in place of two. But
/// a worker may keep a place occupied until its answer is acknowledged, and have none left for that turn. So when workers answer no
/// turns while answers wait, those are stored on their own.
/// </summary>
internal sealed partial class WorkflowEngine
{
    private static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestUnstored = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Unstored> _unstored = new();
    private long _lastTurnAnswer;
    private int _isWatching;

    private sealed record Unstored(Instance Instance, InboxEvent Event, long Since);

    private void WatchUnstored(Instance instance, InboxEvent item)
    {
        _unstored.Enqueue(new Unstored(instance, item, _time.GetTimestamp()));
        if (Interlocked.Exchange(ref _isWatching, 1) == 0)
            AddTimer(_time.GetUtcNow() + Standstill, CheckUnstored);
    }

    private void CheckUnstored()
    {
        while (_unstored.TryPeek(out var first) && first.Event.IsConsumed)
        {
            _unstored.TryDequeue(out _);
        }

        if (!_unstored.TryPeek(out var oldest))
        {
            Volatile.Write(ref _isWatching, 0);
            // Somebody may have come in between.
            if (_unstored.IsEmpty || Interlocked.Exchange(ref _isWatching, 1) == 1)
                return;
        }
        else if (_time.GetElapsedTime(Math.Max(Volatile.Read(ref _lastTurnAnswer), oldest.Since)) >= Standstill
            || _time.GetElapsedTime(oldest.Since) >= LongestUnstored)
        {
            while (_unstored.TryDequeue(out var waiting))
            {
                if (!waiting.Event.IsConsumed)
                    _ = StoreAloneAsync(waiting.Instance, waiting.Event);
            }
        }

        AddTimer(_time.GetUtcNow() + Standstill, CheckUnstored);
    }

    /// <summary>Stores an answer that waits; one whose turn is being stored is stored with that.</summary>
    private async Task StoreAloneAsync(Instance instance, InboxEvent item)
    {
        Task storing;
        lock (instance.Gate)
        {
            if (item.Number is not null || instance.HasEnded || instance.Leaving is not null
                || (instance.Turn is { IsAnswered: true } turn && turn.Events.Contains(item)))
            {
                return;
            }

            item.Number = instance.NextInboxNumber++;
            storing = _store.PutInboxAsync(instance.Id, item.Number.Value, item).AsTask();
            item.Storing = storing;
        }

        try
        {
            await storing;
            item.Consume();
        }
#pragma warning disable CA1031 // The store may throw anything; the answer is still in memory, and stored with its turn.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "An answer for workflow {Instance} could not be stored", instance.Id);
        }
    }

    /// <summary>Waits for answers that are being stored on their own: what deletes their keys must come after.</summary>
    private static async ValueTask SettleAsync(Instance instance, Turn turn)
    {
        List<Task>? storing = null;
        lock (instance.Gate)
        {
            Add(turn.Events);
            Add(instance.Inbox);
            Add(instance.Consumed);
        }

        if (storing is not null)
            await Task.WhenAll(storing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        void Add(IReadOnlyList<InboxEvent> events)
        {
            for (var i = 0; i < events.Count; i++)
            {
                if (events[i].Storing is { IsCompleted: false } task)
                    (storing ??= []).Add(task);
            }
        }
    }
}
