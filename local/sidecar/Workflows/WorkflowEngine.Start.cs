using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.Sidecar.Workflows.Storage;
using NexusCart.Sidecar.Workflows.Turns;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

internal sealed partial class WorkflowEngine
{
    /// <summary>What daprd cannot put into the name of a reminder.</summary>
    private static readonly System.Buffers.SearchValues<char> ForbiddenInIds = System.Buffers.SearchValues.Create("/\\#?");

    /// <summary>How long a start waits for a worker, as daprd tries about so long to find the actor type.</summary>
    private static readonly TimeSpan WorkerPatience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Starts a workflow. Returns when its first turn is stored (before that nothing is, so a start that fails leaves nothing), or when
    /// the start itself is stored if it has a time. An ended instance of the id is replaced.
    /// </summary>
    /// <exception cref="WorkflowFaultException">An instance of the id is active, no worker came, or the id is not allowed.</exception>
    internal Task StartAsync(WorkflowStartRequest request, CancellationToken cancellation) =>
        MeasureAsync(WorkflowMetrics.Create, () => StartMeasuredAsync(request, cancellation));

    private async Task StartMeasuredAsync(WorkflowStartRequest request, CancellationToken cancellation)
    {
        CheckId(request.InstanceId);
        await RequireWorkerAsync(request.InstanceId, cancellation);
        await Ready.WaitAsync(cancellation);

        var instance = await AddAsync(request.InstanceId, StartedEvent(request, Now), cancellation);
        if (request.StartAt is not null)
        {
            await SaveNewAsync(instance).WaitAsync(cancellation);
            Schedule(instance);
            return;
        }

        Schedule(instance);
        await WaitAsync(instance, static waiting => waiting.FirstTurnDone.Wait(), cancellation);
    }

    private static void CheckId(string instanceId)
    {
        if (instanceId.Length == 0)
            throw new WorkflowFaultException(WorkflowFaultKind.InvalidRequest, "workflow instance ID is required");

        if (instanceId.AsSpan().ContainsAny(ForbiddenInIds))
        {
            throw new WorkflowFaultException(
                WorkflowFaultKind.InvalidRequest,
                $"workflow instance ID '{instanceId}' is invalid: must not contain '/', '\\', '#' or '?'");
        }
    }

    private HistoryEvent StartedEvent(WorkflowStartRequest request, Timestamp now) =>
        HistoryEvents.Started(now, HistoryEvents.Router(AppId), new ExecutionStartedEvent
        {
            Name = request.Name,
            Input = request.Input,
            WorkflowInstance = new TaskHub.WorkflowInstance
            {
                InstanceId = request.InstanceId,
                ExecutionId = ChildCalls.NewExecutionId(),
            },
            ScheduledStartTimestamp = request.StartAt is { } at ? Timestamp.FromDateTimeOffset(at) : null,
            ParentTraceContext = request.Trace,
        });

    /// <summary>Waits for a worker: daprd has no workflows while none is connected.</summary>
    private async Task RequireWorkerAsync(string instanceId, CancellationToken cancellation)
    {
        var connected = _dispatcher.WhenConnected;
        if (connected.IsCompleted)
            return;

        try
        {
            await connected.WaitAsync(WorkerPatience, _time, cancellation);
        }
        catch (TimeoutException)
        {
            throw WorkflowFaultException.NoWorker(ActorType, instanceId);
        }
    }

    /// <summary>Puts a new instance in its place, which an ended one leaves to it.</summary>
    private async Task<Instance> AddAsync(string instanceId, HistoryEvent started, CancellationToken cancellation)
    {
        while (true)
        {
            var fresh = new Instance(this, instanceId, started, started.Timestamp);
            fresh.Inbox.Add(new InboxEvent(started));
            var former = _hasEvicted
                ? await FindAsync(instanceId, cancellation)
                : _instances.GetValueOrDefault(instanceId);
            if (former is null)
            {
                // The first write tells whether the store has one of this id.
                fresh.Stored.MustBeNew = true;
                if (_instances.TryAdd(instanceId, fresh))
                    return fresh;

                continue;
            }

            Task? leaving;
            lock (former.Gate)
            {
                leaving = former.Leaving;
                if (leaving is null && !former.HasEnded)
                    throw WorkflowFaultException.Active(instanceId);

                fresh.Stored.Batches = former.Stored.Batches;
                fresh.Stored.CustomStatus = former.Stored.CustomStatus;
                fresh.NextInboxNumber = former.NextInboxNumber;
            }

            if (leaving is not null)
                await leaving.WaitAsync(cancellation);
            else if (_instances.TryUpdate(instanceId, fresh, former))
                return fresh;
        }
    }

    /// <summary>Stores a new instance before its first turn, as soon as the store takes it.</summary>
    private async Task SaveNewAsync(Instance instance)
    {
        var stopping = _stopping.Token;
        while (!await TrySaveNewAsync(instance))
            await Task.Delay(TurnRetry, _time, stopping);

        lock (instance.Gate)
        {
            MarkStored(instance, batches: 0);
            HoldStart(instance);
        }

        SweepSoon();
    }

    private async Task<bool> TrySaveNewAsync(Instance instance)
    {
        try
        {
            while (true)
            {
                var operations = new List<StateOperation>();
                AddMetadata(operations, instance, end: null);
                AddStaleHistory(operations, instance, from: 0);
                AddCustomStatus(operations, instance, status: null);
                try
                {
                    await _store.CommitAsync(operations);
                    return true;
                }
                catch (ETagMismatchException) when (instance.Stored.MustBeNew)
                {
                    await AdoptFormerAsync(instance);
                }
            }
        }
        catch (Exception failure) when (failure is not WorkflowFaultException and not OperationCanceledException)
        {
            // Whether the store has it nobody knows.
            _logger.LogError(failure, "Workflow {Instance} could not be stored; tried again in a second", instance.Id);
            return false;
        }
    }

    /// <summary>
    /// The store has an instance of this id that memory had forgotten: a new one takes its place when that one has ended, and is
    /// refused otherwise. Or it is the new one, and the answer to an earlier try was lost.
    /// </summary>
    private async Task AdoptFormerAsync(Instance instance)
    {
        var record = await _store.ReadRecordAsync(instance.Id, _stopping.Token);
        if (record is { Completed.IsEmpty: true } && !IsRecordOf(instance, record))
        {
            var fault = WorkflowFaultException.Active(instance.Id);
            lock (instance.Gate)
            {
                instance.Leaving = Task.CompletedTask;
                instance.Saved.Fail(fault);
                instance.FirstTurnDone.Fail(fault);
                instance.Ended.Fail(fault);
            }

            _instances.TryRemove(KeyValuePair.Create(instance.Id, instance));
            throw fault;
        }

        instance.Stored.MustBeNew = false;
        instance.Stored.Batches = (int)(record?.HistoryLength ?? 0);
        instance.Stored.CustomStatus = record?.CustomStatus;
    }

    /// <summary>Executions have random ids.</summary>
    private static bool IsRecordOf(Instance instance, InstanceRecord record) =>
        HistoryEvent.Parser.ParseFrom(record.Started).ExecutionStarted.WorkflowInstance.ExecutionId == instance.ExecutionId;

    /// <summary>Holds a start that lies in the future. The instance's lock is held.</summary>
    private void HoldStart(Instance instance)
    {
        if (instance.Started.ScheduledStartTimestamp is { } at && at > Now)
            instance.HeldStart = AddTimer(at.ToDateTimeOffset(), () => ReleaseStart(instance));
    }

    private void ReleaseStart(Instance instance)
    {
        lock (instance.Gate)
        {
            if (instance.HeldStart is { } held)
                _timers.Remove(held);

            instance.HeldStart = null;
        }

        Schedule(instance);
    }

    /// <summary>Waits for something of an instance, as long as the caller does.</summary>
    private static async Task WaitAsync(Instance instance, Func<Instance, Task> signal, CancellationToken cancellation)
    {
        Task task;
        lock (instance.Gate)
        {
            task = signal(instance);
        }

        await task.WaitAsync(cancellation);
    }
}
