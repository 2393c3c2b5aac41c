using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Storage;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// The workflows of one app. An instance is in memory while it runs, so a turn reads nothing; what a turn decided is one
/// transaction, and acts only once that is stored. Activities run at least once. Every instance that had not ended is found again
/// at start: its timers are armed, its activities run again, its children called again (a child that runs already is left alone).
/// </summary>
internal sealed partial class WorkflowEngine : IAsyncDisposable
{
    private const double LargestTurnShare = 0.95;
    private static readonly TimeSpan TurnRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WorkflowEngineOptions _options;
    private readonly WorkflowHub _hub;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WorkDispatcher _dispatcher;
    private readonly DeadlineQueue<WorkflowTimer> _timers;
    private readonly WorkflowStore _store;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private int _commits;

    internal WorkflowEngine(WorkflowEngineOptions options, IStateStore store, WorkflowHub hub, TimeProvider time, ILogger logger)
    {
        _options = options;
        _hub = hub;
        _time = time;
        _logger = logger;
        _dispatcher = new WorkDispatcher(options.Limits);
        _timers = new DeadlineQueue<WorkflowTimer>(time, static timer => timer.Fire());
        _store = new WorkflowStore(store, options.AppId, options.Namespace);
        LargestTurn = (int)(options.MaxBodySize * LargestTurnShare);
    }

    /// <summary>The app.</summary>
    internal string AppId => _options.AppId;

    /// <summary>Whether what daprd cannot do is turned off.</summary>
    internal bool IsStrict => _options.Strict;

    /// <summary>The actor type under which daprd runs this app's workflows; error messages name it.</summary>
    internal string ActorType => _store.ActorType;

    /// <summary>Largest work item, in bytes.</summary>
    internal int LargestTurn { get; }

    /// <summary>Open worker streams.</summary>
    internal int ConnectedWorkers => _dispatcher.Workers;

    /// <summary>The clock, as events carry it.</summary>
    internal Timestamp Now => Timestamp.FromDateTimeOffset(_time.GetUtcNow());

    /// <summary>Completes when all instances that had not ended are in memory again.</summary>
    internal Task Ready => _ready.Task;

    /// <summary>Begins to find the instances again.</summary>
    internal void Start() => _ = Task.Run(RecoverAsync);

    /// <summary>How many sidecars the app has; limits of each sidecar add up.</summary>
    internal void SetSidecars(int count) => _dispatcher.SetSidecars(count);

    /// <summary>Goes on with another sidecar's connection to the same store.</summary>
    internal void UseStore(IStateStore store) => _store.Use(store);

    /// <summary>A worker opened its stream.</summary>
    internal WorkerConnection ConnectWorker() => _dispatcher.Connect();

    /// <summary>Ends the workers' streams and waits for what is being stored.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync();
        _dispatcher.Stop();
        _timers.Dispose();
        for (var waited = TimeSpan.Zero; Volatile.Read(ref _commits) > 0 && waited < StopTimeout; waited += TimeSpan.FromMilliseconds(10))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }

        _stopping.Dispose();
    }

    /// <summary>Finds every instance of the active list, as soon as the store can be read.</summary>
    private async Task RecoverAsync()
    {
        var stopping = _stopping.Token;
        try
        {
            while (!await TryRecoverAsync(stopping))
                await Task.Delay(TurnRetry, _time, stopping);
            SweepAt(_time.GetUtcNow());
            _ready.TrySetResult();
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            _ready.TrySetCanceled(stopping);
        }
        catch (WorkflowFaultException unsupported)
        {
            _ready.TrySetException(unsupported);
        }
    }

    private async Task<bool> TryRecoverAsync(CancellationToken stopping)
    {
        var found = 0;
        try
        {
            var inboxes = await _store.InboxesAsync(stopping);
            await foreach (var id in _store.ActiveAsync(stopping))
            {
                if (await _store.ReadAsync(this, id, inboxes, stopping) is not { } stored || !TryResume(id, stored))
                    continue;

                found++;
                if (ActiveInMemory > _options.ActiveInMemory)
                    TryEvict(stored.Instance);
            }
        }
        catch (Exception failure) when (failure is not WorkflowFaultException && !stopping.IsCancellationRequested)
        {
            _logger.LogError(failure, "The workflows of {App} could not be read; tried again in a second", AppId);
            return false;
        }

        if (found > 0)
            _logger.LogInformation("{Count} workflows of {App} go on", found, AppId);
        return true;
    }

    /// <summary>Sets an instance that was read from the store going again.</summary>
    private void Resume(StoredInstance stored)
    {
        var instance = stored.Instance;
        if (instance.HasEnded)
        {
            Retire(instance);
            return;
        }

        List<ActivityTask> activities = [];
        List<ChildCall> children = [];
        lock (instance.Gate)
        {
            foreach (var scheduled in stored.Tasks)
            {
                var activity = new ActivityTask(this, instance, scheduled);
                instance.Activities.Add(activity.TaskId, activity);
                activities.Add(activity);
            }

            foreach (var created in stored.Timers)
            {
                Arm(instance, created.EventId, created.TimerCreated);
            }

            foreach (var created in stored.Children)
            {
                var call = Turns.ChildCalls.FromHistory(AppId, instance, created);
                instance.Children.Add(call.TaskId, call);
                children.Add(call);
            }

            if (stored.IsPending)
                HoldStart(instance);

            Interlocked.Add(ref _historyBytes, instance.History.Length);
        }

        activities.ForEach(Dispatch);
        children.ForEach(call => StartChild(call, again: true));
        Schedule(instance);
    }
}
