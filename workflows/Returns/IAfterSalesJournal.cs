namespace NexusCart.Workflows.Returns;

/// <summary>
/// The order's record, as the sagas after its checkout see it; services/orders implements it. Every call is idempotent, because activities
/// run at least once, and durable when it returns.
/// </summary>
public interface IAfterSalesJournal
{
    /// <summary>Plans the first shipments of a paid order.</summary>
    /// <param name="orderId">The order.</param>
    Task PlanShipmentsAsync(string orderId);

    /// <summary>Ends a cancellation, or parks it as a task for staff when something of it was not done.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="cancelId">The cancellation.</param>
    /// <param name="end">How it went.</param>
    Task EndCancelAsync(string orderId, string cancelId, SettlementReport end);

    /// <summary>Ends a refund, or parks it.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="refundId">The refund.</param>
    /// <param name="end">How it went.</param>
    Task EndRefundAsync(string orderId, string refundId, SettlementReport end);

    /// <summary>A return as it stands; null when there is none.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="returnId">The return.</param>
    Task<ReturnView?> ReadReturnAsync(string orderId, string returnId);

    /// <summary>Gives a return up that was not decided or not sent in for too long.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="returnId">The return.</param>
    Task ExpireReturnAsync(string orderId, string returnId);

    /// <summary>Ends the settlement of a return, or parks it.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="returnId">The return.</param>
    /// <param name="end">How it went.</param>
    Task EndReturnAsync(string orderId, string returnId, SettlementReport end);
}
