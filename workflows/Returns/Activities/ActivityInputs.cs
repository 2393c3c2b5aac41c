namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Input of <see cref="GiveBackActivity"/>.</summary>
/// <param name="OrderId">The payment's id.</param>
/// <param name="Money">What is given back.</param>
public sealed record GiveBackInput(string OrderId, MoneyBack Money);

/// <summary>Input of <see cref="PutBackActivity"/>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ReceiptId">What inventory remembers it by, within the order.</param>
/// <param name="Stock">What goes back.</param>
/// <param name="IsUnsent">Whether it was never sent: then some of it may not even have come in yet.</param>
public sealed record PutBackInput(string OrderId, string ReceiptId, IReadOnlyList<StockBack> Stock, bool IsUnsent = false);

/// <summary>Input of the activities that write the end of a settlement down.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Subject">The cancellation, refund or return.</param>
/// <param name="Report">How it went.</param>
public sealed record EndSettlementInput(string OrderId, string Subject, SettlementReport Report);
