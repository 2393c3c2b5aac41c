using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Workflows.Dispatch;

/// <summary>
/// Hands the work of one app to its connected workers, to the one with the least in hand. Work waits here while there is no worker
/// or a limit is reached.
/// </summary>
internal sealed class WorkDispatcher
{
    private readonly Lock _gate = new();
    private readonly List<WorkerConnection> _workers = [];
    private readonly Lane _turns;
    private readonly Lane _activities;
    private TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    internal WorkDispatcher(WorkflowSpec limits)
    {
        _turns = new Lane(limits.MaxTurns, limits.GlobalMaxTurns, limits.TurnsByName);
        _activities = new Lane(limits.MaxActivities, limits.GlobalMaxActivities, limits.ActivitiesByName);
    }

    /// <summary>Open worker streams.</summary>
    internal int Workers
    {
        get
        {
            lock (_gate)
            {
                return _workers.Count;
            }
        }
    }

    /// <summary>Completes when a worker is connected.</summary>
    internal Task WhenConnected
    {
        get
        {
            lock (_gate)
            {
                return _workers.Count > 0 ? Task.CompletedTask : _connected.Task;
            }
        }
    }

    /// <summary>A worker opened its stream.</summary>
    internal WorkerConnection Connect()
    {
        var worker = new WorkerConnection(this);
        lock (_gate)
        {
            if (_stopped)
            {
                worker.Close();
                return worker;
            }

            _workers.Add(worker);
            _connected.TrySetResult();
            Pump(_turns);
            Pump(_activities);
        }

        return worker;
    }

    /// <summary>A worker's stream ended.</summary>
    internal void Disconnect(WorkerConnection worker)
    {
        IWorkUnit[] left;
        lock (_gate)
        {
            if (!_workers.Remove(worker))
                return;

            if (_workers.Count == 0)
                _connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

            left = [.. worker.Outstanding];
            worker.Outstanding.Clear();
            worker.Close();
            foreach (var unit in left)
            {
                unit.Worker = null;
                LaneOf(unit).Return(unit);
            }
        }

        foreach (var unit in left)
        {
            if (unit.Abandon())
                Enqueue(unit);
        }
    }

    /// <summary>Adds work.</summary>
    internal void Enqueue(IWorkUnit unit)
    {
        lock (_gate)
        {
            var lane = LaneOf(unit);
            lane.Add(unit);
            Pump(lane);
        }
    }

    /// <summary>The worker has answered, or the unit needs none any more.</summary>
    internal void Release(IWorkUnit unit)
    {
        lock (_gate)
        {
            if (unit.Worker is not { } worker)
                return;

            unit.Worker = null;
            worker.Outstanding.Remove(unit);
            var lane = LaneOf(unit);
            lane.Return(unit);
            Pump(lane);
        }
    }

    /// <summary>How many sidecars the app has; the limits of each add up.</summary>
    internal void SetSidecars(int count)
    {
        lock (_gate)
        {
            _turns.Sidecars = count;
            _activities.Sidecars = count;
            Pump(_turns);
            Pump(_activities);
        }
    }

    /// <summary>Ends all streams from this side and takes no more.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var worker in _workers)
            {
                worker.Close();
            }
        }
    }

    private Lane LaneOf(IWorkUnit unit) => unit.Kind == WorkKind.Turn ? _turns : _activities;

    private void Pump(Lane lane)
    {
        while (!_stopped && _workers.Count > 0 && lane.TryTake(out var unit))
            LeastBusy().Assign(unit);
    }

    private WorkerConnection LeastBusy()
    {
        var best = _workers[0];
        for (var i = 1; i < _workers.Count; i++)
        {
            if (_workers[i].Outstanding.Count < best.Outstanding.Count)
                best = _workers[i];
        }

        return best;
    }
}
