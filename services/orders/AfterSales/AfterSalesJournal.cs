using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Returns;

namespace NexusCart.Orders.AfterSales;

/// <summary>The order's record, for the sagas after its checkout.</summary>
public sealed class AfterSalesJournal(OrderStore orders) : IAfterSalesJournal
{
    /// <inheritdoc/>
    public Task PlanShipmentsAsync(string orderId) => WriteAsync(new PlanShipments(orderId));

    /// <inheritdoc/>
    public Task EndCancelAsync(string orderId, string cancelId, SettlementReport end) => WriteAsync(new EndCancel(orderId, cancelId, EndOf(end)));

    /// <inheritdoc/>
    public Task EndRefundAsync(string orderId, string refundId, SettlementReport end) => WriteAsync(new EndRefund(orderId, refundId, EndOf(end)));

    /// <inheritdoc/>
    public async Task<ReturnView?> ReadReturnAsync(string orderId, string returnId)
    {
        if (await orders.ReadAsync(orderId, CancellationToken.None) is not { } order || order.ReturnOf(returnId) is not { } request)
            return null;
        var standing = request.Status switch
        {
            ReturnStatus.Requested => ReturnStanding.Undecided,
            ReturnStatus.Approved => ReturnStanding.Expected,
            ReturnStatus.Received => ReturnStanding.Received,
            _ => ReturnStanding.Ended,
        };
        var refund = order.After!.Refunds.FirstOrDefault(known => known.Id == request.RefundId);
        var money = refund is { Status: SettlementStatus.Requested }
            ? new MoneyBack(refund.Id, refund.PaymentRefundId, refund.Share.Amount.MinorUnits, refund.Share.Amount.Currency, refund.Reason)
            : null;
        return new ReturnView(
            standing, money, [.. request.Received.Select(units => new StockBack(units.Sku, units.Quantity, units.WarehouseId, units.IsForSale))]);
    }

    /// <inheritdoc/>
    public Task ExpireReturnAsync(string orderId, string returnId) => WriteAsync(new ExpireReturn(orderId, returnId));

    /// <inheritdoc/>
    public Task EndReturnAsync(string orderId, string returnId, SettlementReport end) => WriteAsync(new EndReturn(orderId, returnId, EndOf(end)));

    private static SettlementEnd EndOf(SettlementReport report) => new(EndOf(report.Money), EndOf(report.Stock), report.Detail);

    private static StepEnd EndOf(SettlementStep step) => step switch
    {
        SettlementStep.NotNeeded => StepEnd.NotNeeded,
        SettlementStep.Done => StepEnd.Done,
        SettlementStep.Refused => StepEnd.Refused,
        _ => StepEnd.Unknown,
    };

    private async Task WriteAsync(AfterSalesCommand command)
    {
        var answer = await orders.ExecuteAsync(command.OrderId, command);
        if (answer.Outcome is not OrderOutcome.Done)
            throw new InvalidOperationException($"Order {command.OrderId} is {answer.Status}; {command.GetType().Name} was {answer.Outcome}.");
    }
}
