namespace NexusCart.Sidecar.Scheduling;

/// <summary>The jobs one handler runs. Everything under the scheduler's lock.</summary>
internal sealed class JobGroup
{
    private readonly Queue<ScheduledJob> _held = new();
    private HashSet<ScheduledJob> _waiting = [];

    public HashSet<ScheduledJob> Jobs { get; } = [];

    public JobHandler? Handler { get; set; }

    /// <summary>Runs under way.</summary>
    public int Running { get; private set; }

    /// <summary>The handler when the due job may start now; else the job is kept until a handler comes or a run ends.</summary>
    public JobHandler? TryStart(ScheduledJob job, int limit)
    {
        if (Handler is null)
        {
            _waiting.Add(job);
            return null;
        }

        if (Running >= limit)
        {
            _held.Enqueue(job);
            return null;
        }

        Running++;
        return Handler;
    }

    /// <summary>A run ended; gives a job that was held back and is due now.</summary>
    public ScheduledJob? Finish()
    {
        Running--;
        while (_held.TryDequeue(out var next))
        {
            if (next.Removed)
                continue;
            if (Handler is not null)
                return next;
            _waiting.Add(next);
        }

        return null;
    }

    /// <summary>The due jobs that waited for a handler.</summary>
    public IReadOnlyCollection<ScheduledJob> TakeWaiting()
    {
        var waiting = _waiting;
        _waiting = [];
        return waiting;
    }

    public void Forget(ScheduledJob job)
    {
        Jobs.Remove(job);
        _waiting.Remove(job);
    }
}
