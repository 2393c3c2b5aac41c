using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>What became of one run.</summary>
public enum JobResult
{
    /// <summary>Done; on to the next.</summary>
    Succeeded,

    /// <summary>Failed; the job's failure policy says what follows.</summary>
    Failed,

    /// <summary>Done, and the job is to be deleted.</summary>
    Cancelled,

    /// <summary>Nobody could take it; no attempt is counted.</summary>
    Undeliverable,
}

/// <summary>Runs a job. An exception counts as <see cref="JobResult.Failed"/>.</summary>
public delegate Task<JobResult> JobHandler(JobDefinition job, CancellationToken cancellation);

/// <summary>
/// Durable jobs, of reminders and the jobs API alike: any number behind one timer, at least once, never two runs of one job at a
/// time. What was scheduled and what was done survives a crash; jobs whose group has no handler wait until one comes.
/// </summary>
public sealed class DurableScheduler : IAsyncDisposable
{
    // Runs of one group under way; more wait. Without a limit a restart after a long stop would start them all at once.
    private const int RunsPerGroup = 1000;
    private const int Stripes = 256;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<JobId, ScheduledJob> _jobs = [];
    private readonly Dictionary<string, JobGroup> _groups = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim[] _stripes = new SemaphoreSlim[Stripes];
    private readonly CancellationTokenSource _stopping = new();
    private readonly DeadlineQueue<ScheduledJob> _queue;
    private readonly JobStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _loaded;

    internal DurableScheduler(EmbeddedDatabase database, TimeProvider time, ILogger logger)
    {
        _store = new JobStore(database);
        _time = time;
        _logger = logger;
        _queue = new DeadlineQueue<ScheduledJob>(time, OnDue);
        for (var i = 0; i < Stripes; i++)
            _stripes[i] = new SemaphoreSlim(1);
        _loaded = LoadAsync();
    }

    /// <summary>The process's one scheduler; its jobs are in <c>scheduler.db</c> of the data folder.</summary>
    public static DurableScheduler Shared(LocalCluster cluster) =>
        cluster.Shared("scheduler", c => new DurableScheduler(
            EmbeddedDatabase.Shared(c, new EmbeddedDatabaseOptions { Path = Path.Combine(c.DataDirectory, "scheduler.db") }),
            c.Time,
            c.Loggers.CreateLogger("scheduler")));

    /// <summary>Runs that have begun and whose outcome is not yet kept.</summary>
    public int RunsUnderWay
    {
        get
        {
            lock (_gate)
                return _groups.Values.Sum(group => group.Running);
        }
    }

    /// <summary>Schedules a job; returns when it is durable.</summary>
    /// <exception cref="JobExistsException">There is one of that name and <paramref name="overwrite"/> is false.</exception>
    public async Task ScheduleAsync(JobDefinition job, bool overwrite)
    {
        await _loaded;
        var stripe = StripeOf(job.Id);
        await stripe.WaitAsync();
        try
        {
            if (!overwrite && Find(job.Id) is not null)
                throw new JobExistsException(job.Id);
            Put(new ScheduledJob(await _store.PutAsync(job), job, default));
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <summary>The job, or null when there is none.</summary>
    public async ValueTask<JobDefinition?> FindAsync(JobId id)
    {
        await _loaded;
        return Find(id)?.Definition;
    }

    /// <summary>The jobs of a group, or of one owner in it, by owner and name.</summary>
    public async ValueTask<IReadOnlyList<JobDefinition>> ListAsync(string group, string? owner)
    {
        await _loaded;
        lock (_gate)
        {
            return _groups.TryGetValue(group, out var found)
                ? [.. found.Jobs
                    .Select(job => job.Definition)
                    .Where(job => owner is null || job.Id.Owner == owner)
                    .OrderBy(job => job.Id.Owner, StringComparer.Ordinal)
                    .ThenBy(job => job.Id.Name, StringComparer.Ordinal)]
                : [];
        }
    }

    /// <summary>Deletes a job; an absent one is no error. Returns when that is durable.</summary>
    public async Task DeleteAsync(JobId id)
    {
        await _loaded;
        var stripe = StripeOf(id);
        await stripe.WaitAsync();
        try
        {
            if (Find(id) is not { } job)
                return;
            await _store.DeleteAsync(job.Id);
            Remove(job);
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <summary>From now on <paramref name="handler"/> runs the group's jobs; those that waited for one are due at once.</summary>
    public void Attach(string group, JobHandler handler)
    {
        IReadOnlyCollection<ScheduledJob> waiting;
        lock (_gate)
        {
            var target = GroupOf(group);
            target.Handler = handler;
            waiting = target.TakeWaiting();
        }

        foreach (var job in waiting)
            OnDue(job);
    }

    /// <summary>The group's jobs wait from now on; runs under way go on.</summary>
    public void Detach(string group)
    {
        lock (_gate)
            GroupOf(group).Handler = null;
    }

    /// <summary>Starts no more runs and cancels those under way; they will be run again after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _queue.Dispose();
        await _loaded.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task LoadAsync()
    {
        var jobs = await _store.OpenAsync();
        foreach (var job in jobs)
            Put(job);
        if (jobs.Count > 0)
            _logger.LogInformation("{Count} jobs and reminders restored", jobs.Count);
    }

    private ScheduledJob? Find(JobId id)
    {
        lock (_gate)
            return _jobs.GetValueOrDefault(id);
    }

    private void Put(ScheduledJob job)
    {
        lock (_gate)
        {
            if (_jobs.TryGetValue(job.Definition.Id, out var replaced))
                RemoveLocked(replaced);
            _jobs[job.Definition.Id] = job;
            GroupOf(job.Definition.Id.Group).Jobs.Add(job);
        }

        if (job.Next() is { } due)
            _queue.Set(job, due);
        else
            _ = DiscardAsync(job);
    }

    private void Remove(ScheduledJob job)
    {
        lock (_gate)
            RemoveLocked(job);
    }

    private void RemoveLocked(ScheduledJob job)
    {
        if (job.Removed)
            return;
        job.Removed = true;
        _queue.Remove(job);
        _jobs.Remove(job.Definition.Id);
        GroupOf(job.Definition.Id.Group).Forget(job);
    }

    private void OnDue(ScheduledJob job)
    {
        JobHandler? handler;
        lock (_gate)
        {
            if (job.Removed)
                return;
            handler = GroupOf(job.Definition.Id.Group).TryStart(job, RunsPerGroup);
        }

        if (handler is not null)
            _ = Task.Run(() => RunAsync(job, handler));
    }

    private async Task RunAsync(ScheduledJob job, JobHandler handler)
    {
        try
        {
            var result = await HandleAsync(job, handler);
            if (!_stopping.IsCancellationRequested)
                await SettleAsync(job, result);
        }
        catch (Exception e)
        {
            // The store refused; the run is done all the same and will at worst be repeated after a restart.
            _logger.LogError(e, "Could not keep the progress of job {Job}", job.Definition.Id);
            Requeue(job, _time.GetUtcNow() + RetryDelay);
        }
        finally
        {
            ScheduledJob? next;
            lock (_gate)
                next = GroupOf(job.Definition.Id.Group).Finish();
            if (next is not null)
                OnDue(next);
        }
    }

    private async Task<JobResult> HandleAsync(ScheduledJob job, JobHandler handler)
    {
        try
        {
            return await handler(job.Definition, _stopping.Token);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
                _logger.LogWarning("Job {Job} failed: {Error}", job.Definition.Id, e.Message);
            return JobResult.Failed;
        }
    }

    private async Task SettleAsync(ScheduledJob job, JobResult result)
    {
        if (result == JobResult.Undeliverable)
        {
            Requeue(job, _time.GetUtcNow() + RetryDelay);
            return;
        }

        var stripe = StripeOf(job.Definition.Id);
        await stripe.WaitAsync();
        try
        {
            if (job.Removed)
                return;
            var again = result == JobResult.Failed && job.Fail();
            if (result == JobResult.Succeeded)
                job.Succeed();
            if (result == JobResult.Cancelled || (!again && job.Next() is null))
            {
                Remove(job);
                await _store.DeleteAsync(job.Id);
                return;
            }

            await _store.SaveAsync(job.Id, job.Progress);
            Requeue(job, again ? _time.GetUtcNow() + job.Definition.FailurePolicy.Interval : DateTimeOffset.MinValue);
        }
        finally
        {
            stripe.Release();
        }
    }

    private void Requeue(ScheduledJob job, DateTimeOffset notBefore)
    {
        lock (_gate)
        {
            if (!job.Removed && job.Next() is { } due)
                _queue.Set(job, due > notBefore ? due : notBefore);
        }
    }

    private async Task DiscardAsync(ScheduledJob job)
    {
        try
        {
            Remove(job);
            await _store.DeleteAsync(job.Id);
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Could not delete job {Job}, which will never run again", job.Definition.Id);
        }
    }

    private JobGroup GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
            _groups[name] = group = new JobGroup();
        return group;
    }

    private SemaphoreSlim StripeOf(JobId id) => _stripes[(uint)id.GetHashCode() % Stripes];
}
