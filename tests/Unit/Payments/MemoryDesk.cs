using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The desk in memory.</summary>
internal sealed class MemoryDesk : IPaymentDesk
{
    public List<PaymentTask> Tasks { get; } = [];

    public List<ReconciliationReport> Reports { get; } = [];

    public Task OpenAsync(PaymentTask task, CancellationToken cancellationToken)
    {
        if (!Tasks.Exists(known => known.Id == task.Id))
            Tasks.Add(task);
        return Task.CompletedTask;
    }

    public Task<PaymentTask?> ResolveAsync(TaskResolution resolution, CancellationToken cancellationToken)
    {
        var index = Tasks.FindIndex(task => task.Id == resolution.TaskId);
        if (index < 0)
            return Task.FromResult<PaymentTask?>(null);
        Tasks[index] = Tasks[index] with { ResolvedAt = DateTimeOffset.UnixEpoch, ResolvedBy = resolution.By, Note = resolution.Note };
        return Task.FromResult<PaymentTask?>(Tasks[index]);
    }

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) =>
        Task.FromResult(new TaskPage([.. Tasks.Where(task => task.ResolvedAt is null != query.Resolved)], ""));

    public Task FileAsync(ReconciliationReport report, CancellationToken cancellationToken)
    {
        Reports.Insert(0, report);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ReconciliationReport>> ReportsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ReconciliationReport>>(Reports);
}
