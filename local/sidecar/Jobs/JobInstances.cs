using System.Collections.Immutable;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Jobs;

/// <summary>The instances of one app that take jobs, in turn; while there is none, its jobs wait.</summary>
internal sealed class JobInstances
{
    private readonly Lock _gate = new();
    private readonly DurableScheduler _scheduler;
    private readonly string _group;
    private ImmutableArray<JobDelivery> _instances = [];
    private uint _turn;

    private JobInstances(DurableScheduler scheduler, string group) => (_scheduler, _group) = (scheduler, group);

    /// <summary>The process's one list of an app's instances.</summary>
    public static JobInstances Of(LocalCluster cluster, string group) =>
        cluster.Shared(group, c => new JobInstances(DurableScheduler.Shared(c), group));

    /// <summary>From now on the instance takes its share.</summary>
    public void Join(JobDelivery instance)
    {
        lock (_gate)
        {
            if (_instances.Contains(instance))
                return;
            _instances = _instances.Add(instance);
            if (_instances.Length == 1)
                _scheduler.Attach(_group, RunAsync);
        }
    }

    /// <summary>The instance takes no more; what it has under way it finishes.</summary>
    public void Leave(JobDelivery instance)
    {
        lock (_gate)
        {
            if (!_instances.Contains(instance))
                return;
            _instances = _instances.Remove(instance);
            if (_instances.IsEmpty)
                _scheduler.Detach(_group);
        }
    }

    private Task<JobResult> RunAsync(JobDefinition job, CancellationToken cancellation)
    {
        var instances = _instances;
        return instances.IsEmpty
            ? Task.FromResult(JobResult.Undeliverable)
            : instances[(int)(Interlocked.Increment(ref _turn) % (uint)instances.Length)].RunAsync(job, cancellation);
    }
}
