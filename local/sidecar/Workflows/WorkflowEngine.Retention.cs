using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows.Instances;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// Deletes ended instances when their time is over. The commit that ends one notes when that is, under a key in the order of time; so
/// one timer serves all of them, and a restart forgets none.
/// </summary>
internal sealed partial class WorkflowEngine
{
    private const int SweepBatch = 128;

    private readonly Lock _sweepGate = new();
    private WorkflowTimer? _sweep;
    private DateTimeOffset _sweepDue = DateTimeOffset.MaxValue;
    private bool _isSweeping;

    /// <summary>How long an ended instance is kept; null: until it is purged.</summary>
    private TimeSpan? RetentionOf(OrchestrationStatus status)
    {
        if (_options.Limits.Retention is not { } policy)
            return null;

        return status switch
        {
            OrchestrationStatus.Completed => policy.Completed,
            OrchestrationStatus.Failed => policy.Failed,
            OrchestrationStatus.Terminated => policy.Terminated,
            _ => null,
        } ?? policy.AnyTerminal;
    }

    private DateTimeOffset? DeleteAt(HistoryEvent end) =>
        RetentionOf(end.ExecutionCompleted.WorkflowStatus) is { } kept ? end.Timestamp.ToDateTimeOffset() + kept : null;

    /// <summary>Notes with its end when an instance is to be deleted.</summary>
    private void AddRetention(List<StateOperation> operations, Instance instance, HistoryEvent end)
    {
        if (DeleteAt(end) is { } due)
            operations.Add(new StateUpsert(_store.Keys.Retained(due, instance.Id), ActiveMark));
    }

    /// <summary>Looks at that time what is to be deleted.</summary>
    private void SweepAt(DateTimeOffset due)
    {
        if (_options.Limits.Retention is null)
            return;

        lock (_sweepGate)
        {
            if (due >= _sweepDue || _stopping.IsCancellationRequested)
                return;

            _sweepDue = due;
            _sweep ??= new WorkflowTimer(() => _ = SweepAsync());
            _timers.Set(_sweep, due);
        }
    }

    private async Task SweepAsync()
    {
        lock (_sweepGate)
        {
            if (_isSweeping)
                return;

            _isSweeping = true;
            _sweepDue = DateTimeOffset.MaxValue;
        }

        var next = _time.GetUtcNow() + TurnRetry;
        try
        {
            next = await DeleteDueAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // The store may throw anything; what is left is deleted at the next try.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "Ended workflows of {App} could not be deleted; tried again in a second", AppId);
        }

        DateTimeOffset earliest;
        lock (_sweepGate)
        {
            // What ended meanwhile may have rung while this was busy.
            earliest = _sweepDue < next ? _sweepDue : next;
            _isSweeping = false;
            _sweepDue = DateTimeOffset.MaxValue;
        }

        if (earliest < DateTimeOffset.MaxValue)
            SweepAt(earliest);
    }

    /// <summary>Deletes what is due, in batches that share commits.</summary>
    /// <returns>When there is more to do.</returns>
    private async Task<DateTimeOffset> DeleteDueAsync()
    {
        while (true)
        {
            var page = await _store.RetainedAsync(SweepBatch, _stopping.Token);
            var now = _time.GetUtcNow();
            var due = page.TakeWhile(entry => entry.Due <= now).ToList();
            await Task.WhenAll(due.Select(entry => DeleteRetainedAsync(entry.InstanceId, now)));
            await _store.DropRetainedAsync(due);
            if (due.Count < page.Count)
                return page[due.Count].Due;

            if (page.Count < SweepBatch)
                return DateTimeOffset.MaxValue;
        }
    }

    private async Task DeleteRetainedAsync(string instanceId, DateTimeOffset now)
    {
        // Another instance may have taken the id since; that one's time is noted by itself.
        if (await FindAsync(instanceId, _stopping.Token) is { HasEnded: true } instance && DeleteAt(instance.End!) <= now)
            await DeleteAsync(instance, _stopping.Token);
    }
}
