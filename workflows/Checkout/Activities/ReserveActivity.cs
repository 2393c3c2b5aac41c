using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using NexusCart.Promotions.V1;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Checkout.Activities;

/// <summary>
/// Marks the order as being processed, then holds its units in inventory. Units of a flash-sale claim are held already: the order takes
/// the claim over and gets them out of the sale's reservation. Undo: <see cref="ReleaseActivity"/>, by which they go back there; the
/// claim itself ends with the order's own events.
/// </summary>
public sealed class ReserveActivity(InventoryClient inventory, FlashSalesClient sales, StepCaller steps)
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
        var request = new ReserveRequest
        {
            ReservationId = input.OrderId,
            TtlSeconds = input.TtlSeconds,
            ShipToCountry = input.Country ?? string.Empty,
        };
        request.Lines.AddRange(input.Lines.ToStockLines());
        if (input.Claim is { } claim && await TakeOverAsync(input.OrderId, claim, request) is { } refused)
            return refused;
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

    private async Task<StepResult?> TakeOverAsync(string orderId, ClaimInput claim, ReserveRequest reserve)
    {
        var request = new HandOverClaimRequest { ClaimId = claim.ClaimId, CustomerId = claim.CustomerId, OrderId = orderId };
        try
        {
            var answer = await steps.CallAsync(
                orderId, CheckoutSteps.Reserve, StepCaller.StockDeadline, options => sales.HandOverClaimAsync(request, options));
            reserve.FromReservationId = answer.ReservationId;
            return null;
        }
        catch (RpcException refusal)
        {
            return StepResult.Refused(CheckoutReasons.ClaimRefused, refusal.Status.Detail);
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
