using NexusCart.Workflows.Checkout;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>The order's record, in memory.</summary>
internal sealed class FakeJournal : IOrderJournal
{
    public bool IsOpen { get; set; } = true;

    public Action? WhenActionIsRequired { get; set; }

    public int FailuresAtTheEnd { get; set; }

    public string Status { get; private set; } = "starting";

    public string? Reason { get; private set; }

    public IReadOnlyList<StockAllocation>? Allocations { get; private set; }

    public string? Detail { get; private set; }

    public RequiredAction? Action { get; private set; }

    public List<StepReport> Posted { get; } = [];

    public IReadOnlyList<StepReport> History { get; private set; } = [];

    /// <summary>"step outcome", in order.</summary>
    public IEnumerable<string> Steps => History.Select(report => $"{report.Step} {report.Outcome}");

    public Task<bool> BeginAsync(string orderId)
    {
        if (IsOpen)
            Status = "processing";
        return Task.FromResult(IsOpen);
    }

    public void Post(string orderId, StepReport report) => Posted.Add(report);

    public Task RequireActionAsync(string orderId, RequiredAction action, StepReport report)
    {
        Status = "action_required";
        Action = action;
        WhenActionIsRequired?.Invoke();
        return Task.CompletedTask;
    }

    public Task CompleteAsync(string orderId, IReadOnlyList<StepReport> history, IReadOnlyList<StockAllocation>? allocations = null)
    {
        Allocations = allocations;
        return EndAsync("paid", null, null, history);
    }

    public Task CancelAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        EndAsync("cancelled", reason, detail, history);

    public Task ParkAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        EndAsync("needs_attention", reason, detail, history);

    private Task EndAsync(string status, string? reason, string? detail, IReadOnlyList<StepReport> history)
    {
        if (FailuresAtTheEnd-- > 0)
            throw new TimeoutException("The record did not answer.");
        (Status, Reason, Detail, History) = (status, reason, detail, history);
        return Task.CompletedTask;
    }
}
