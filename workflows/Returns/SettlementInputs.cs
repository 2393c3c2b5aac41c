using System.Text.Json.Serialization;

namespace NexusCart.Workflows.Returns;

/// <summary>Money that is to be given back.</summary>
/// <param name="RefundId">The refund, in the order's record.</param>
/// <param name="PaymentRefundId">The id under which payments knows it.</param>
/// <param name="MinorUnits">How much, in minor units.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Reason">For people.</param>
public sealed record MoneyBack(string RefundId, string PaymentRefundId, long MinorUnits, string Currency, string Reason);

/// <summary>Units that go back into a warehouse.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">1 or more.</param>
/// <param name="WarehouseId">Where; empty: inventory's main warehouse.</param>
/// <param name="IsForSale">Whether they can be sold again; else they are thrown away.</param>
public sealed record StockBack(string Sku, int Quantity, string WarehouseId, bool IsForSale);

/// <summary>Input of <see cref="CancelOrderWorkflow"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CancelId">The cancellation.</param>
/// <param name="Money">What is to be given back; null: nothing (any more).</param>
/// <param name="Stock">What goes back.</param>
public sealed record CancelInput(string OrderId, string CancelId, MoneyBack? Money, IReadOnlyList<StockBack> Stock);

/// <summary>Input of <see cref="RefundWorkflow"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Money">What is to be given back.</param>
public sealed record RefundInput(string OrderId, MoneyBack Money);

/// <summary>Input of <see cref="ReturnWorkflow"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ReturnId">The return.</param>
public sealed record ReturnInput(string OrderId, string ReturnId);

/// <summary>Where a return stands, as far as its saga cares.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReturnStanding>))]
public enum ReturnStanding
{
    /// <summary>Staff have not decided.</summary>
    Undecided,

    /// <summary>Approved, and to be sent in.</summary>
    Expected,

    /// <summary>Arrived: stock and money are to be settled.</summary>
    Received,

    /// <summary>Nothing is left to do.</summary>
    Ended,
}

/// <summary>A look at a return.</summary>
/// <param name="Standing">Where it stands.</param>
/// <param name="Money">What is to be given back; null: nothing (any more).</param>
/// <param name="Stock">What arrived.</param>
public sealed record ReturnView(ReturnStanding Standing, MoneyBack? Money, IReadOnlyList<StockBack> Stock);

/// <summary>How a step of a settlement ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SettlementStep>))]
public enum SettlementStep
{
    /// <summary>There was nothing to do.</summary>
    NotNeeded,

    /// <summary>Done, now or by an earlier attempt.</summary>
    Done,

    /// <summary>The other side refuses it; nothing was done.</summary>
    Refused,

    /// <summary>No answer in any attempt: it may have been done or not.</summary>
    Unknown,
}

/// <summary>How a settlement went.</summary>
/// <param name="Money">The refund.</param>
/// <param name="Stock">The units' way back.</param>
/// <param name="Detail">For people, where something was not done.</param>
public sealed record SettlementReport(SettlementStep Money, SettlementStep Stock, string Detail = "");

/// <summary>A definite answer of a settlement's step.</summary>
/// <param name="Done">Whether it was done.</param>
/// <param name="Detail">Why it was refused.</param>
public sealed record SettlementAnswer(bool Done, string? Detail = null);

/// <summary>Payload of the external event <see cref="ReturnWorkflow.ReturnUpdated"/>. A hint only: the saga looks at the return itself.</summary>
/// <param name="InstanceId">The instance.</param>
public sealed record ReturnUpdate(string InstanceId);
