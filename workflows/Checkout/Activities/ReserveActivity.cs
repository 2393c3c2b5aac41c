using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Marks the order as being processed, then holds its units in inventory. Undo: <see cref="ReleaseActivity"/>.
/// </summary>
public sealed class ReserveActivity(InventoryClient inventory, StepCaller steps)
    : WorkflowActivity<ReserveInput, ReserveResult>
{
    private const int ShortagesNamed = 5;

    /// <inheritdoc/>
    public override async Task<ReserveResult> RunAsync(WorkflowActivityContext context, ReserveInput input)
    {
        if (!await steps.Journal.BeginAsync(input.OrderId))
            return new ReserveResult(OrderIsOpen: false, StepResult.Refused(CheckoutReasons.Interrupted, null));

        var result = await ReserveAsync(input);
        var outcome = result.Succeeded ? StepOutcomes.Succeeded : StepOutcomes.Refused;
        steps.Report(input.OrderId, CheckoutSteps.Reserve, outcome, result.Detail);
        return new ReserveResult(OrderIsOpen: true, result);
    }

    private async Task<StepResult> ReserveAsync(ReserveInput input)
    {
        var request = new ReserveRequest { ReservationId = input.OrderId, TtlSeconds = input.TtlSeconds };
        request.Lines.AddRange(input.Lines.ToStockLines());
        try
        {
            var answer = await steps.CallAsync(
                input.OrderId, CheckoutSteps.Reserve, StepCaller.StockDeadline, options => inventory.ReserveAsync(request, options));
            return answer.Reserved ? StepResult.Done : StepResult.Refused(CheckoutReasons.OutOfStock, Explain(answer));
        }
        catch (RpcException refusal)
        {
            return StepResult.Refused(CheckoutReasons.ReservationRefused, refusal.Status.Detail);
        }
    }

    private static string Explain(ReserveResponse answer)
    {
        var named = answer.Shortages.Take(ShortagesNamed).Select(shortage => shortage.Unknown
            ? $"{shortage.Sku} is not for sale"
            : $"{shortage.Sku}: {shortage.Requested} wanted, {shortage.Available} left");
        var more = answer.Shortages.Count - ShortagesNamed;
        return string.Join("; ", named) + (more > 0 ? $"; and {more} more" : string.Empty);
    }
}
