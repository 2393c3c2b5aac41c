using Dapr.Workflow;
using Microsoft.Extensions.Logging;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Workflows.Returns;

/// <summary>
/// Giving money and units back: the steps that the sagas after a checkout share. Neither can be undone, so each is tried for hours, and
/// what is still not done then is parked as a task. Belongs to a workflow, so it is deterministic.
/// </summary>
internal sealed partial class Settlement(WorkflowContext context, string orderId)
{
    private readonly ILogger _logger = context.CreateReplaySafeLogger<Settlement>();
    private readonly List<string> _open = [];

    /// <summary>What was not done, for people; empty when nothing is left.</summary>
    public string Detail => string.Join("; ", _open);

    /// <summary>Gives money back.</summary>
    /// <param name="money">How much; null: nothing.</param>
    public async Task<SettlementStep> GiveBackAsync(MoneyBack? money) => money is null
        ? SettlementStep.NotNeeded
        : await TryAsync("refund", nameof(GiveBackActivity), new GiveBackInput(orderId, money));

    /// <summary>Puts units back.</summary>
    /// <param name="receiptId">What inventory remembers it by, within the order.</param>
    /// <param name="stock">The units; may be none.</param>
    /// <param name="isUnsent">Whether they were never sent.</param>
    public async Task<SettlementStep> PutBackAsync(string receiptId, IReadOnlyList<StockBack> stock, bool isUnsent = false) => stock.Count == 0
        ? SettlementStep.NotNeeded
        : await TryAsync("stock", nameof(PutBackActivity), new PutBackInput(orderId, receiptId, stock, isUnsent));

    private async Task<SettlementStep> TryAsync(string step, string activity, object input)
    {
        try
        {
            var answer = await context.CallActivityAsync<SettlementAnswer>(activity, input, StepPolicies.Undo);
            if (answer.Done)
                return SettlementStep.Done;
            _open.Add($"{step} was refused ({answer.Detail})");
            return SettlementStep.Refused;
        }
        catch (WorkflowTaskFailedException failure)
        {
            LogStepFailed(_logger, orderId, step, failure.FailureDetails.ErrorMessage);
            _open.Add($"{step} got no answer");
            return SettlementStep.Unknown;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Order {OrderId}: {Step} failed in every attempt: {Error}")]
    private static partial void LogStepFailed(ILogger logger, string orderId, string step, string error);
}
