namespace NexusCart.Sidecar.Testing.Events;

/// <summary>Every event that reached a broker of the fixture, in order. Thread-safe.</summary>
public sealed class CapturedEvents
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly List<CapturedEvent> _events = [];
    private TaskCompletionSource _news = NewSignal();

    /// <summary>What has been published so far.</summary>
    public IReadOnlyList<CapturedEvent> All
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    /// <summary>What has been published to a topic so far.</summary>
    public IReadOnlyList<CapturedEvent> On(string topic) => [.. All.Where(captured => captured.Topic == topic)];

    /// <summary>Waits for an event, also one that has come already.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="matches">Which one; the first when null.</param>
    /// <param name="patience">How long, on the wall's clock; ten seconds when null.</param>
    /// <exception cref="TimeoutException">None came; the message lists what did.</exception>
    public async Task<CapturedEvent> WaitForAsync(string topic, Func<CapturedEvent, bool>? matches = null, TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? DefaultPatience);
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (_events.Find(captured => captured.Topic == topic && (matches is null || matches(captured))) is { } found)
                    return found;
                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No such event on '{topic}'. Published were:{System.Environment.NewLine}{string.Join(System.Environment.NewLine, All)}");
            }
        }
    }

    internal void Add(CapturedEvent captured)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            _events.Add(captured);
            (news, _news) = (_news, NewSignal());
        }

        news.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
