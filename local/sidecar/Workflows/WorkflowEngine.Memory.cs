using System.Collections.Concurrent;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Storage;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// Which instances are in memory. One that runs stays; one that only waits, for an event or a day, leaves when there are many, and
/// comes back from the store when somebody asks after it or its time has come. So a million that wait cost disk, not memory.
/// </summary>
internal sealed partial class WorkflowEngine
{
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Instance> _ended = new();
    private readonly ConcurrentDictionary<string, WorkflowTimer> _wakes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Instance?>>> _loads = new(StringComparer.Ordinal);
    private volatile bool _hasEvicted;
    private long _historyBytes;
    private int _isSweepArmed;

    /// <summary>Instances in memory that have not ended.</summary>
    internal int ActiveInMemory => _instances.Count - _ended.Count;

    /// <summary>The instance of an id, from memory or from the store; null when there is none.</summary>
    private async ValueTask<Instance?> FindAsync(string instanceId, CancellationToken cancellation)
    {
        if (!_ready.Task.IsCompletedSuccessfully)
            await _ready.Task.WaitAsync(cancellation);

        while (true)
        {
            if (_instances.TryGetValue(instanceId, out var instance))
            {
                if (instance.Leaving is not { } leaving)
                    return instance;

                await leaving.WaitAsync(cancellation);
                continue;
            }

            // All who ask at once share one reading: an older one, come late, must not replace what went on since.
            var load = _loads.GetOrAdd(instanceId, static (id, engine) => new Lazy<Task<Instance?>>(() => engine.LoadAsync(id)), this);
            if (await load.Value.WaitAsync(cancellation) is { } loaded)
                return loaded;

            if (!_instances.ContainsKey(instanceId))
                return null;
        }
    }

    private async Task<Instance?> LoadAsync(string instanceId)
    {
        try
        {
            if (await _store.ReadAsync(this, instanceId, inboxes: null, _stopping.Token) is not { } stored)
                return null;

            return TryResume(instanceId, stored) ? stored.Instance : null;
        }
        finally
        {
            _loads.TryRemove(instanceId, out _);
        }
    }

    /// <summary>Takes in an instance that was read, unless one of its id is here already.</summary>
    private bool TryResume(string instanceId, StoredInstance stored)
    {
        if (!stored.Instance.HasEnded)
            stored.Instance.LastActive = _time.GetTimestamp();

        if (!_instances.TryAdd(instanceId, stored.Instance))
            return false;

        if (_wakes.TryRemove(instanceId, out var wake))
            _timers.Remove(wake);

        Resume(stored);
        SweepSoon();
        return true;
    }

    /// <summary>Keeps an ended instance for those who ask after it, and lets the oldest go.</summary>
    private void Retire(Instance instance)
    {
        _ended.Enqueue(instance);
        while (_ended.Count > _options.EndedInMemory && _ended.TryDequeue(out var oldest))
        {
            _instances.TryRemove(KeyValuePair.Create(oldest.Id, oldest));
        }
    }

    /// <summary>Looks within a second whether too much is in memory.</summary>
    private void SweepSoon()
    {
        if (Volatile.Read(ref _isSweepArmed) == 0 && Interlocked.Exchange(ref _isSweepArmed, 1) == 0)
            AddTimer(_time.GetUtcNow() + TurnRetry, SweepMemory);
    }

    private void SweepMemory()
    {
        Volatile.Write(ref _isSweepArmed, 0);
        var surplus = ActiveInMemory - _options.ActiveInMemory;
        // More than the surplus, so that this is not done again for every few.
        var leave = surplus > 0 ? surplus + (_options.ActiveInMemory / 4) : 0;
        var hasMuchHistory = Interlocked.Read(ref _historyBytes) > _options.HistoryInMemory;
        if (leave == 0 && !hasMuchHistory)
            return;

        var now = _time.GetTimestamp();
        foreach (var (_, instance) in _instances)
        {
            if (_time.GetElapsedTime(instance.LastActive, now) < TurnRetry)
                continue;

            if (leave > 0 && TryEvict(instance))
                leave--;
            else if (hasMuchHistory)
                UnloadHistory(instance);
        }

        if (ActiveInMemory > _options.ActiveInMemory)
            SweepSoon();
    }

    /// <summary>Has an instance that only waits leave memory.</summary>
    private bool TryEvict(Instance instance)
    {
        var due = DateTimeOffset.MaxValue.UtcTicks;
        lock (instance.Gate)
        {
            if (!instance.IsIdle)
                return false;

            foreach (var timer in instance.Timers.Values)
            {
                due = Math.Min(due, timer.DueTicks);
            }

            if (instance.HeldStart is { } start)
                due = Math.Min(due, start.DueTicks);

            DisarmAll(instance);
            instance.IsEvicted = true;
            _hasEvicted = true;
            if (instance.History.IsLoaded)
                Interlocked.Add(ref _historyBytes, -instance.History.Length);

            if (due < DateTimeOffset.MaxValue.UtcTicks)
                _wakes[instance.Id] = AddTimer(new DateTimeOffset(due, TimeSpan.Zero), () => Wake(instance.Id));

            _instances.TryRemove(KeyValuePair.Create(instance.Id, instance));
        }

        return true;
    }

    /// <summary>Has an instance come back because its time has come; its timers are armed again and fire.</summary>
    private void Wake(string instanceId) => _ = Task.Run(async () =>
    {
        try
        {
            await FindAsync(instanceId, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The engine stops; the next one finds it again.
        }
#pragma warning disable CA1031 // The store may throw anything; the timer must not be lost by it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "Workflow {Instance} could not be read; tried again in a second", instanceId);
            AddTimer(_time.GetUtcNow() + TurnRetry, () => Wake(instanceId));
        }
    });

    /// <summary>Has an instance that does nothing give back its history, which the store has.</summary>
    private void UnloadHistory(Instance instance)
    {
        lock (instance.Gate)
        {
            if (instance.IsBusy || instance.HasEnded || instance.IsEvicted || !instance.History.IsLoaded)
                return;

            Interlocked.Add(ref _historyBytes, -instance.History.Length);
            instance.History.Unload();
        }
    }

    /// <summary>Keeps an instance in memory while somebody relies on it; false when it has left already.</summary>
    private static bool TryPin(Instance instance)
    {
        lock (instance.Gate)
        {
            if (instance.IsEvicted)
                return false;

            instance.Pins++;
            return true;
        }
    }

    private static void Unpin(Instance instance)
    {
        lock (instance.Gate)
        {
            instance.Pins--;
        }
    }

    /// <summary>The instance of an id, kept in memory until it is unpinned; null when there is none.</summary>
    private async ValueTask<Instance?> FindPinnedAsync(string instanceId, CancellationToken cancellation)
    {
        while (await FindAsync(instanceId, cancellation) is { } instance)
        {
            if (TryPin(instance))
                return instance;
        }

        return null;
    }
}
