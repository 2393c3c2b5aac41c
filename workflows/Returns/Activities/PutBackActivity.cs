using Dapr.Workflow;
using Grpc.Core;
using NexusCart.Inventory.V1;
using NexusCart.Workflows.Checkout;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Puts units back into stock. It has no undo. Inventory remembers the receipt: a repetition never adds twice.</summary>
public sealed class PutBackActivity(InventoryClient inventory, StepCaller steps) : WorkflowActivity<PutBackInput, SettlementAnswer>
{
    /// <inheritdoc/>
    public override async Task<SettlementAnswer> RunAsync(WorkflowActivityContext context, PutBackInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var request = new ReceiveReturnRequest { ReturnId = $"{input.OrderId}-{input.ReceiptId}", OrderId = input.OrderId, Unsent = input.IsUnsent };
        request.Lines.AddRange(input.Stock.Select(units => new ReturnLine
        {
            Sku = units.Sku,
            Quantity = units.Quantity,
            WarehouseId = units.WarehouseId,
            Disposition = units.IsForSale ? ReturnDisposition.Restock : ReturnDisposition.Scrap,
        }));
        try
        {
            await steps.CallAsync(
                input.OrderId, CheckoutSteps.Restock, StepCaller.StockDeadline, options => inventory.ReceiveReturnAsync(request, options));
            return new SettlementAnswer(Done: true);
        }
        catch (RpcException refusal)
        {
            return new SettlementAnswer(Done: false, refusal.Status.Detail);
        }
    }
}
