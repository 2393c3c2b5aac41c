namespace NexusCart.Sidecar.Scheduling;

/// <summary>A job was refused; the message says why, in the words of Dapr's scheduler.</summary>
public sealed class JobRefusedException(string message) : Exception(message);

/// <summary>There is a job under that key and it was not to be replaced.</summary>
public sealed class JobExistsException(JobId id) : Exception($"job already exists: '{id.Name}'");

/// <summary>Names a job among all.</summary>
/// <param name="Group">Whose handler runs it: an app's jobs, or the reminders of an actor type.</param>
/// <param name="Owner">Whose it is within the group, such as an actor id.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct JobId(string Group, string Owner, string Name);

/// <summary>Something to run at a time, once or again and again. Times are settled when it is made.</summary>
public sealed record JobDefinition
{
    /// <summary>Group, owner and name.</summary>
    public required JobId Id { get; init; }

    /// <summary>When it repeats, as <see cref="JobSchedule.Parse"/> reads it; null for a job that runs once.</summary>
    public string? Schedule { get; init; }

    /// <summary>The due time as it was given; null when there was none.</summary>
    public string? DueTime { get; init; }

    /// <summary>The due time, or without one the moment of creation.</summary>
    public required DateTimeOffset Begin { get; init; }

    /// <summary>After this it does not run any more.</summary>
    public DateTimeOffset? Expiration { get; init; }

    /// <summary>How often it runs at most; null for no limit.</summary>
    public long? Repeats { get; init; }

    /// <summary>What the handler gets; null for nothing, which differs from no bytes.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>What kind of data it is, for the handler.</summary>
    public string? DataType { get; init; }

    /// <summary>What happens to a run that fails.</summary>
    public FailurePolicy FailurePolicy { get; init; } = FailurePolicy.Default;

    /// <summary>
    /// Settles the times: <paramref name="dueTime"/> and <paramref name="ttl"/> as <see cref="DaprTime.TryParsePoint"/> reads
    /// them, the ttl counted from the due time.
    /// </summary>
    /// <exception cref="JobRefusedException">A time cannot be read, or they do not go together.</exception>
    public static JobDefinition Create(
        JobId id, string? schedule, string? dueTime, string? ttl, long? repeats, DateTimeOffset now)
    {
        if (dueTime is null && schedule is null)
            throw new JobRefusedException("job must have either a due time or a schedule");
        if (schedule is null && repeats > 1)
            throw new JobRefusedException("job must have a schedule to repeat");
        if (repeats < 1)
            throw new JobRefusedException("defined repeats must be greater than 0");
        if (schedule is null && ttl is not null)
            throw new JobRefusedException("job must have a schedule to have a ttl");
        if (schedule is not null)
            Check(schedule);

        var begin = now;
        if (dueTime is not null && !DaprTime.TryParsePoint(dueTime, now, out begin))
            throw new JobRefusedException("due time format not recognized");
        DateTimeOffset? expiration = null;
        if (ttl is not null)
        {
            if (!DaprTime.TryParsePoint(ttl, begin, out var end))
                throw new JobRefusedException("ttl format not recognized");
            if (dueTime is not null && begin > end)
                throw new JobRefusedException("ttl must be greater than due time");
            expiration = end;
        }

        return new JobDefinition
        {
            Id = id,
            Schedule = schedule,
            DueTime = dueTime,
            Begin = begin,
            Expiration = expiration,
            Repeats = repeats,
        };
    }

    private static void Check(string schedule)
    {
        try
        {
            JobSchedule.Parse(schedule);
        }
        catch (FormatException e)
        {
            throw new JobRefusedException(e.Message);
        }
    }
}

/// <summary>How far a job has come.</summary>
/// <param name="Runs">Runs that succeeded or were given up.</param>
/// <param name="LastRun">When the last of them was due.</param>
/// <param name="Attempts">Failed attempts at the present run.</param>
public readonly record struct JobProgress(long Runs, DateTimeOffset? LastRun, long Attempts);
