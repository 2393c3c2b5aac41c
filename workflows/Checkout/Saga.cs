using Dapr.Workflow;
using Microsoft.Extensions.Logging;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>
/// One run of a saga: its history so far and the undos it owes. Belongs to a workflow, so it is deterministic: time and
/// effects come from the workflow's context alone.
/// </summary>
internal sealed partial class Saga(WorkflowContext context, CheckoutInput input)
{
    private readonly List<StepReport> _history = [];
    private readonly Stack<OwedUndo> _owed = new();
    private readonly ILogger _logger = context.CreateReplaySafeLogger<CheckoutWorkflow>();

    /// <summary>The workflow's context.</summary>
    public WorkflowContext Context => context;

    /// <summary>What the saga works on.</summary>
    public CheckoutInput Input => input;

    /// <summary>Whether nothing is to be paid: then no provider is asked for anything, and there is no money to give back.</summary>
    public bool IsFree => input.TotalMinorUnits == 0;

    /// <summary>Which warehouse gives what, once that is confirmed; null where inventory does not say.</summary>
    public IReadOnlyList<StockAllocation>? Allocations { get; set; }

    /// <summary>
    /// Names the undo of a step. Called before the step, not after: when the step's outcome stays unknown, it is undone too.
    /// </summary>
    /// <param name="step">The undo's name.</param>
    public void Owe(string step) => _owed.Push(new OwedUndo(step));

    /// <summary>Forgets the undo named last: the step had no effect.</summary>
    public void OweLastNoMore() => _owed.Pop();

    /// <summary>Forgets an undo that a later one covers.</summary>
    /// <param name="step">The undo's name.</param>
    public void OweNoMore(string step)
    {
        var kept = _owed.Where(undo => undo.Step != step).Reverse().ToArray();
        _owed.Clear();
        foreach (var undo in kept)
            _owed.Push(undo);
    }

    /// <summary>Runs an activity; null when it failed in every attempt, so that its outcome is unknown.</summary>
    /// <typeparam name="T">The activity's answer.</typeparam>
    /// <param name="step">The step, for the history.</param>
    /// <param name="activity">The activity's name.</param>
    /// <param name="activityInput">Its input.</param>
    /// <param name="options">How often it is tried.</param>
    public async Task<T?> TryAsync<T>(string step, string activity, object activityInput, WorkflowTaskOptions options)
        where T : class
    {
        try
        {
            return await context.CallActivityAsync<T>(activity, activityInput, options);
        }
        catch (WorkflowTaskFailedException failure)
        {
            LogStepFailed(_logger, input.OrderId, step, failure.FailureDetails.ErrorMessage);
            Note(step, StepOutcomes.Failed, "No answer in any attempt");
            return null;
        }
    }

    /// <summary>Adds to the history.</summary>
    /// <param name="step">The step.</param>
    /// <param name="outcome">One of <see cref="StepOutcomes"/>.</param>
    /// <param name="detail">For people.</param>
    public void Note(string step, string outcome, string? detail = null) =>
        _history.Add(new StepReport(new DateTimeOffset(context.CurrentUtcDateTime, TimeSpan.Zero), step, outcome, detail));

    /// <summary>Ends the saga well.</summary>
    public async Task<CheckoutOutput> CompleteAsync()
    {
        Note(CheckoutSteps.Complete, StepOutcomes.Succeeded);
        await context.CallActivityAsync<bool>(
            nameof(CompleteActivity), new EndInput(input.OrderId, _history, Allocations: Allocations), StepPolicies.UntilDone);
        LogPaid(_logger, input.OrderId);
        return new CheckoutOutput(CheckoutEnd.Paid);
    }

    /// <summary>Undoes what is owed, last first, and ends the saga as cancelled, or as parked when an undo failed for good.</summary>
    /// <param name="stop">Why.</param>
    public async Task<CheckoutOutput> UnwindAsync(StopReason stop)
    {
        LogUnwinding(_logger, input.OrderId, stop.Reason, _owed.Count);
        var stuck = await UndoAllAsync(stop.Reason);
        if (stuck.Count == 0)
        {
            await context.CallActivityAsync<bool>(
                nameof(CancelActivity),
                new EndInput(input.OrderId, _history, stop.Reason, stop.Detail),
                StepPolicies.UntilDone);
            return new CheckoutOutput(CheckoutEnd.Cancelled, stop.Reason, stop.Detail);
        }

        var detail = $"{stop.Detail} Not undone: {string.Join("; ", stuck)}.";
        LogParked(_logger, input.OrderId, detail);
        await context.CallActivityAsync<bool>(
            nameof(ParkActivity), new EndInput(input.OrderId, _history, stop.Reason, detail), StepPolicies.UntilDone);
        return new CheckoutOutput(CheckoutEnd.NeedsAttention, stop.Reason, detail);
    }

    // An undo that is stuck does not hold up the others: they concern other services.
    private async Task<List<string>> UndoAllAsync(string reason)
    {
        var stuck = new List<string>();
        while (_owed.TryPop(out var undo))
        {
            var result = await TryAsync<UndoResult>(undo.Step, undo.Activity, undo.InputFor(input, reason), StepPolicies.Undo);
            switch (result?.Outcome)
            {
                case UndoOutcome.Undone:
                    Note(undo.Step, StepOutcomes.Compensated);
                    break;
                case UndoOutcome.NothingToUndo:
                    break;
                case UndoOutcome.MoneyWasTaken:
                    Owe(CheckoutSteps.Refund);
                    break;
                case UndoOutcome.Refused:
                    Note(undo.Step, StepOutcomes.Refused, result.Detail);
                    stuck.Add($"{undo.Step} was refused ({result.Detail})");
                    break;
                default:
                    stuck.Add($"{undo.Step} got no answer");
                    break;
            }
        }

        return stuck;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId}: step {Step} failed in every attempt: {Error}")]
    private static partial void LogStepFailed(ILogger logger, string orderId, string step, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Order {OrderId}: {Reason}; undoing {Count} steps")]
    private static partial void LogUnwinding(ILogger logger, string orderId, string reason, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Order {OrderId}: paid")]
    private static partial void LogPaid(ILogger logger, string orderId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {OrderId} needs attention: {Detail}")]
    private static partial void LogParked(ILogger logger, string orderId, string detail);
}
