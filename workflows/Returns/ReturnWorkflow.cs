using Dapr.Workflow;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Workflows.Returns;

/// <summary>
/// Follows a return: requested ─► approved ─► received ─► stock ─► refund ─► completed; rejected, or expired when nobody decides or
/// nothing arrives. People decide, and the order's record keeps what they say; an event tells this saga to look at it, and a durable timer
/// limits how long it waits. Stock and refund are settled independently of each other: the units are here, and the money is due.
/// </summary>
public sealed class ReturnWorkflow : Workflow<ReturnInput, SettlementReport>
{
    /// <summary>The external event that says: the return changed, look at it.</summary>
    public const string ReturnUpdated = "return-updated";

    /// <summary>How long staff have to decide.</summary>
    public static readonly TimeSpan DecisionTime = TimeSpan.FromDays(30);

    /// <summary>How long the units may take to arrive.</summary>
    public static readonly TimeSpan ArrivalTime = TimeSpan.FromDays(60);

    private static readonly SettlementReport NothingDone = new(SettlementStep.NotNeeded, SettlementStep.NotNeeded);

    /// <inheritdoc/>
    public override async Task<SettlementReport> RunAsync(WorkflowContext context, ReturnInput input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        var standing = ReturnStanding.Undecided;
        var deadline = context.CurrentUtcDateTime + DecisionTime;
        var expired = false;
        while (true)
        {
            var view = await context.CallActivityAsync<ReturnView>(nameof(ReadReturnActivity), input, StepPolicies.UntilDone);
            if (view.Standing is ReturnStanding.Received)
                return await SettleAsync(context, input, view);
            if (view.Standing is ReturnStanding.Ended)
                return NothingDone;
            if (view.Standing != standing)
                (standing, deadline, expired) = (view.Standing, context.CurrentUtcDateTime + ArrivalTime, false);
            if (expired)
            {
                // It may have moved on at the last moment: then the record stays as it is, and the next look finds that.
                await context.CallActivityAsync<bool>(nameof(ExpireReturnActivity), input, StepPolicies.UntilDone);
                continue;
            }

            expired = !await EventBeforeAsync(context, deadline);
        }
    }

    private static async Task<SettlementReport> SettleAsync(WorkflowContext context, ReturnInput input, ReturnView view)
    {
        var settlement = new Settlement(context, input.OrderId);
        var stock = await settlement.PutBackAsync(input.ReturnId, view.Stock);
        var money = await settlement.GiveBackAsync(view.Money);
        var report = new SettlementReport(money, stock, settlement.Detail);
        await context.CallActivityAsync<bool>(
            nameof(EndReturnActivity), new EndSettlementInput(input.OrderId, input.ReturnId, report), StepPolicies.UntilDone);
        return report;
    }

    private static async Task<bool> EventBeforeAsync(WorkflowContext context, DateTime deadline)
    {
        var left = deadline - context.CurrentUtcDateTime;
        if (left <= TimeSpan.Zero)
            return false;
        try
        {
            await context.WaitForExternalEventAsync<ReturnUpdate>(ReturnUpdated, left);
            return true;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }
}
