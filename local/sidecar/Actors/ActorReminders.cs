using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>A reminder as an app asks for it.</summary>
public sealed record ActorReminderRequest : ActorCallbackRequest
{
    /// <summary>Whether it replaces one of the same name.</summary>
    public bool Overwrite { get; init; } = true;

    /// <summary>What happens when the actor fails; null for the default.</summary>
    public FailurePolicy? FailurePolicy { get; init; }
}

/// <summary>The durable reminders of the actors of one namespace.</summary>
internal sealed class ActorReminders(DurableScheduler scheduler, TimeProvider time, string @namespace)
{
    /// <summary>Stores a reminder; returns when it is durable.</summary>
    /// <exception cref="DaprApiException">It cannot be read, or exists and is not to be replaced.</exception>
    public async Task CreateAsync(ActorReminderRequest request)
    {
        if (JobKeys.FaultOf(GroupOf(request.Type), request.Id, request.Name) is { } fault)
            throw ActorErrors.ReminderCreate("rpc error: code = Unknown desc = " + fault);
        var (schedule, repeats) = ScheduleOf(request.Period);
        try
        {
            var job = JobDefinition.Create(
                IdOf(request.Type, request.Id, request.Name),
                schedule,
                NullIfEmpty(request.DueTime),
                NullIfEmpty(request.Ttl),
                repeats,
                time.GetUtcNow());
            job = job with { Data = request.Data, FailurePolicy = request.FailurePolicy ?? FailurePolicy.Default };
            await scheduler.ScheduleAsync(job, request.Overwrite);
        }
        catch (JobRefusedException e)
        {
            throw ActorErrors.ReminderCreate("rpc error: code = Unknown desc = job failed validation: " + e.Message);
        }
        catch (JobExistsException)
        {
            throw ActorErrors.ReminderExists(request.Name);
        }
    }

    /// <summary>A reminder; null when there is none (any more).</summary>
    public ValueTask<JobDefinition?> FindAsync(string type, string id, string name) => scheduler.FindAsync(IdOf(type, id, name));

    /// <summary>Deletes a reminder; an absent one is no error.</summary>
    public Task DeleteAsync(string type, string id, string name) => scheduler.DeleteAsync(IdOf(type, id, name));

    /// <summary>The reminders of an actor, or of all of a type.</summary>
    public ValueTask<IReadOnlyList<JobDefinition>> ListAsync(string type, string? id) => scheduler.ListAsync(GroupOf(type), id);

    /// <summary>Deletes the reminders of an actor, or of all of a type.</summary>
    public async Task DeleteAllAsync(string type, string? id)
    {
        foreach (var reminder in await ListAsync(type, id))
            await scheduler.DeleteAsync(reminder.Id);
    }

    /// <summary>Fires the type's reminders through <paramref name="router"/> from now on.</summary>
    public void Attach(string type, ActorRouter router, ActorPlacement placement) =>
        scheduler.Attach(GroupOf(type), (job, cancellation) => FireAsync(type, job, router, placement, cancellation));

    /// <summary>Keeps the type's reminders back until somebody hosts it again.</summary>
    public void Detach(string type) => scheduler.Detach(GroupOf(type));

    private static async Task<JobResult> FireAsync(
        string type, JobDefinition job, ActorRouter router, ActorPlacement placement, CancellationToken cancellation)
    {
        if (placement.Find(type) is not { Hosts: [var host, ..] })
            return JobResult.Undeliverable;
        try
        {
            return await router.CallBackAsync(type, job.Id.Owner, "remind", job.Id.Name, CallbackBody.OfReminder(job.Data), cancellation) switch
            {
                CallbackOutcome.CancelRequested => JobResult.Cancelled,
                // daprd counts an attempt against an app that is down, and so loses reminders while it restarts.
                CallbackOutcome.AppUnreachable => host.Options.Strict ? JobResult.Failed : JobResult.Undeliverable,
                _ => JobResult.Succeeded,
            };
        }
        catch (DaprApiException) when (placement.Find(type) is not { Hosts.IsEmpty: false })
        {
            return JobResult.Undeliverable;
        }
    }

    private static (string? Schedule, long? Repeats) ScheduleOf(string period)
    {
        if (period.Length == 0)
            return (null, null);
        if (!DaprTime.TryParsePeriod(period, out var duration) || duration.HasCalendarPart)
            throw ActorErrors.ReminderCreate("unsupported period format: " + period);
        var repeats = duration.Repetitions > 0 ? duration.Repetitions : null;
        // A period of nothing without a count would fire without end or pause; daprd does that.
        return duration.Time <= TimeSpan.Zero && repeats is null ? (null, null) : (JobSchedule.Every(duration.Time), repeats);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private string GroupOf(string type) => $"actorreminder||{@namespace}||{type}";

    private JobId IdOf(string type, string id, string name) => new(GroupOf(type), id, name);
}
