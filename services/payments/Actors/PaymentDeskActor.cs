using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Actors;

/// <summary>The calls the desk takes.</summary>
public interface IPaymentDeskActor : IActor
{
    /// <summary>Opens a task; one that is known stays as it is, open or done.</summary>
    Task<PaymentTask> OpenAsync(PaymentTask task);

    /// <summary>Ends a task; the first end stays. Null, as an empty list, when there is no such task.</summary>
    Task<List<PaymentTask>> ResolveAsync(TaskResolution resolution);

    /// <summary>A page of tasks.</summary>
    Task<TaskPage> ListAsync(TaskQuery query);

    /// <summary>Files a report of a reconciliation.</summary>
    Task<bool> FileAsync(ReconciliationReport report);

    /// <summary>The last reports, newest first.</summary>
    Task<List<ReconciliationReport>> ReportsAsync();
}

/// <summary>
/// What people have to look at: tasks about payments and the reports of reconciliations. One for the shop; it is written to
/// when something went wrong, and at each reconciliation. State keys: <c>t:{id}</c> per task, <c>open</c> and <c>done</c> for
/// their ids in order, <c>r:{id}</c> per report and <c>reports</c> for their ids.
/// </summary>
public sealed class PaymentDeskActor(ActorHost host, TimeProvider time) : Actor(host), IPaymentDeskActor
{
    /// <summary>The only desk's id.</summary>
    public const string OnlyId = "desk";

    private const string Open = "open";
    private const string Done = "done";
    private const string Reports = "reports";
    private const int DoneKept = 500;
    private const int ReportsKept = 50;

    /// <inheritdoc/>
    public Task<PaymentTask> OpenAsync(PaymentTask task) => StateManager.CommitAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(task);
        if (await FindAsync(task.Id) is { } known)
            return known;
        await StateManager.SetStateAsync(Key(task.Id), task);
        await StateManager.SetStateAsync(Open, (List<string>)[.. await IdsAsync(Open), task.Id]);
        return task;
    });

    /// <inheritdoc/>
    public Task<List<PaymentTask>> ResolveAsync(TaskResolution resolution) => StateManager.CommitAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(resolution);
        if (await FindAsync(resolution.TaskId) is not { } task)
            return [];
        if (task.ResolvedAt is not null)
            return [task];
        var resolved = task with { ResolvedAt = time.GetUtcNow(), ResolvedBy = resolution.By, Note = resolution.Note };
        await StateManager.SetStateAsync(Key(task.Id), resolved);
        await StateManager.SetStateAsync(Open, (await IdsAsync(Open)).FindAll(id => id != task.Id));
        await KeepAsync(Done, task.Id, DoneKept, Key);
        return (List<PaymentTask>)[resolved];
    });

    /// <inheritdoc/>
    public Task<TaskPage> ListAsync(TaskQuery query) => StateManager.CommitAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(query);
        var ids = await IdsAsync(query.Resolved ? Done : Open);
        var from = int.TryParse(query.Token, out var parsed) ? Math.Clamp(parsed, 0, ids.Count) : 0;
        var tasks = new List<PaymentTask>();
        foreach (var id in ids.Skip(from).Take(query.Limit))
        {
            if (await FindAsync(id) is { } task)
                tasks.Add(task);
        }

        var next = from + query.Limit;
        return new TaskPage(tasks, next < ids.Count ? string.Create(null, $"{next}") : "");
    });

    /// <inheritdoc/>
    public Task<bool> FileAsync(ReconciliationReport report) => StateManager.CommitAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(report);
        await StateManager.SetStateAsync(ReportKey(report.Id), report);
        await KeepAsync(Reports, report.Id, ReportsKept, ReportKey);
        return true;
    });

    /// <inheritdoc/>
    public Task<List<ReconciliationReport>> ReportsAsync() => StateManager.CommitAsync(async () =>
    {
        var reports = new List<ReconciliationReport>();
        foreach (var id in Enumerable.Reverse(await IdsAsync(Reports)))
        {
            if (await StateManager.FindAsync<ReconciliationReport>(ReportKey(id)) is { } report)
                reports.Add(report);
        }

        return reports;
    });

    private static string Key(string id) => $"t:{id}";

    private static string ReportKey(string id) => $"r:{id}";

    private Task<PaymentTask?> FindAsync(string id) => StateManager.FindAsync<PaymentTask>(Key(id));

    private async Task<List<string>> IdsAsync(string list) => await StateManager.FindAsync<List<string>>(list) ?? [];

    /// <summary>Adds an id to a bounded list; what falls off is forgotten.</summary>
    private async Task KeepAsync(string list, string id, int most, Func<string, string> key)
    {
        var ids = await IdsAsync(list);
        List<string> next = [.. ids.Where(known => known != id), id];
        foreach (var old in next.Take(next.Count - most))
            await StateManager.TryRemoveStateAsync(key(old));
        await StateManager.SetStateAsync(list, next.TakeLast(most).ToList());
    }
}
