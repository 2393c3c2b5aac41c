using Google.Protobuf;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Scheduling;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Jobs;

/// <summary>
/// The jobs building block: durable jobs of one app, which the scheduler runs and <see cref="JobDelivery"/> hands to the app.
/// A job is kept as it was given, so that reading it gives the same words.
/// </summary>
public sealed class JobService(Hosting.Sidecar sidecar, TimeProvider time)
{
    private readonly SidecarOptions _options = sidecar.Options;
    private readonly DurableScheduler? _scheduler = sidecar.Options.SchedulerEnabled ? DurableScheduler.Shared(sidecar.Cluster) : null;

    /// <summary>Schedules a job; returns when it is durable.</summary>
    /// <exception cref="DaprApiException">It cannot be read, or exists and is not to be replaced.</exception>
    public async Task ScheduleAsync(Rt.Job? job, bool overwrite)
    {
        Check(job);
        if (_scheduler is null)
            throw JobErrors.Schedule(JobErrors.Disabled, _options);
        if (JobKeys.FaultOf(GroupOf(_options), job!.Name) is { } fault)
            throw JobErrors.Schedule(Refused(fault), _options);
        job.FailurePolicy ??= JobPolicies.Default();
        try
        {
            var definition = JobDefinition.Create(
                IdOf(job.Name),
                job.HasSchedule ? job.Schedule : null,
                job.HasDueTime ? job.DueTime : null,
                job.HasTtl ? job.Ttl : null,
                job.HasRepeats ? job.Repeats : null,
                time.GetUtcNow());
            definition = definition with
            {
                Data = job.ToByteArray(),
                FailurePolicy = JobPolicies.Read(job.FailurePolicy) ?? FailurePolicy.Default,
            };
            await _scheduler.ScheduleAsync(definition, overwrite);
        }
        catch (JobRefusedException e)
        {
            throw JobErrors.Schedule(Refused(e.Message), _options);
        }
        catch (JobExistsException)
        {
            throw JobErrors.Exists($"job already exists: '{GroupOf(_options)}{JobKeys.Separator}{job.Name}'", _options);
        }
    }

    /// <summary>A job as it was given, with the failure policy it has by default.</summary>
    /// <exception cref="DaprApiException">There is none (any more).</exception>
    public async Task<Rt.Job> GetAsync(string name)
    {
        if (name.Length == 0)
            throw JobErrors.NameEmpty(_options);
        if (_scheduler is null)
            throw JobErrors.Get(JobErrors.Disabled, _options);
        return await _scheduler.FindAsync(IdOf(name)) is { } job
            ? Read(job)
            : throw JobErrors.Get("rpc error: code = NotFound desc = job not found: " + name, _options);
    }

    /// <summary>Deletes a job; an absent one is no error.</summary>
    public async Task DeleteAsync(string name)
    {
        if (name.Length == 0)
            throw JobErrors.NameEmpty(_options);
        if (_scheduler is null)
            throw JobErrors.Delete(JobErrors.Disabled, _options);
        await _scheduler.DeleteAsync(IdOf(name));
    }

    /// <summary>Deletes the jobs whose names begin with <paramref name="prefix"/>; all of the app's when it is empty.</summary>
    public async Task DeleteByPrefixAsync(string prefix)
    {
        if (_scheduler is null)
            throw JobErrors.Delete(JobErrors.Disabled, _options);
        foreach (var job in await _scheduler.ListAsync(GroupOf(_options), owner: null))
        {
            if (job.Id.Name.StartsWith(prefix, StringComparison.Ordinal))
                await _scheduler.DeleteAsync(job.Id);
        }
    }

    /// <summary>The app's jobs, by name.</summary>
    public async Task<IReadOnlyList<Rt.Job>> ListAsync()
    {
        if (_scheduler is null)
            throw JobErrors.List(JobErrors.Disabled, _options);
        return [.. (await _scheduler.ListAsync(GroupOf(_options), owner: null)).Select(Read)];
    }

    /// <summary>The scheduler's group of an app's jobs.</summary>
    internal static string GroupOf(SidecarOptions options) =>
        string.Join(JobKeys.Separator, "app", AppIds.NamespaceOf(options), options.AppId);

    /// <summary>The job in a definition that this block made.</summary>
    internal static Rt.Job Read(JobDefinition definition) => Rt.Job.Parser.ParseFrom(definition.Data!.Value.Span);

    private static string Refused(string reason) => "rpc error: code = Unknown desc = job failed validation: " + reason;

    private JobId IdOf(string name) => new(GroupOf(_options), "", name);

    private void Check(Rt.Job? job)
    {
        if (job is null)
            throw JobErrors.JobEmpty(_options);
        if (job.Name.Length == 0 || job.Name.Contains(JobKeys.Separator, StringComparison.Ordinal))
            throw JobErrors.NameEmpty(_options);
        if (!job.HasSchedule && !job.HasDueTime)
            throw JobErrors.ScheduleEmpty(_options);
    }
}
