namespace NexusCart.Sidecar.Scheduling;

/// <summary>A job in the scheduler's queue. Runs and lasting state follow Dapr's scheduler, missed runs included.</summary>
internal sealed class ScheduledJob : Deadline
{
    private readonly JobSchedule? _schedule;

    public ScheduledJob(long id, JobDefinition definition, JobProgress progress)
    {
        Id = id;
        Definition = definition;
        Progress = progress;
        _schedule = definition.Schedule is null ? null : JobSchedule.Parse(definition.Schedule);
    }

    /// <summary>Row in the store; a job that is replaced gets another.</summary>
    public long Id { get; }

    public JobDefinition Definition { get; }

    public JobProgress Progress { get; private set; }

    /// <summary>Deleted or replaced; whatever is still under way counts no more. Under the scheduler's lock.</summary>
    public bool Removed { get; set; }

    /// <summary>
    /// When the next run is due, null when there is none. Every missed run is made up for: the next one counts from when the last
    /// was due, not from when it happened.
    /// </summary>
    public DateTimeOffset? Next()
    {
        var next = NextOfSchedule();
        return next > Definition.Expiration ? null : next;
    }

    /// <summary>The run succeeded.</summary>
    public void Succeed() => Progress = new JobProgress(Progress.Runs + 1, NextOfSchedule() ?? Progress.LastRun, 0);

    /// <summary>The run failed; true when it is to be tried again after <see cref="FailurePolicy.Interval"/>.</summary>
    public bool Fail()
    {
        var attempts = Progress.Attempts + 1;
        if (Definition.FailurePolicy.MaxRetries is not { } most || attempts <= most)
        {
            Progress = Progress with { Attempts = attempts };
            return true;
        }

        Succeed();
        return false;
    }

    private DateTimeOffset? NextOfSchedule()
    {
        if (_schedule is null)
            return Progress.Runs > 0 ? null : Definition.Begin;
        if (Definition.Repeats is { } most && Progress.Runs >= most)
            return null;
        if (Progress.LastRun is { } last)
            return _schedule.Next(last);
        return Definition.DueTime is not null ? Definition.Begin : _schedule.Next(Definition.Begin);
    }
}
