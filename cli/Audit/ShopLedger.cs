using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Cli.Audit;

/// <summary>What the shop's services say of themselves, read one after the other: not a snapshot of one instant.</summary>
/// <param name="Stock">Every SKU inventory knows.</param>
/// <param name="Orders">Every order.</param>
/// <param name="Payments">Every payment.</param>
public sealed record ShopLedger(
    IReadOnlyList<SkuAudit> Stock,
    IReadOnlyList<OrderAudit> Orders,
    IReadOnlyList<Payment> Payments)
{
    /// <summary>Every ledger of promotions.</summary>
    public IReadOnlyList<PromotionLedger> Promotions { get; init; } = [];

    /// <summary>Every flash sale.</summary>
    public IReadOnlyList<FlashSaleLedger> FlashSales { get; init; } = [];
}

/// <summary>What promotions say of a flash sale.</summary>
/// <param name="Sale">Terms, status and counts.</param>
/// <param name="ReservationId">Where stock has set its units aside; empty when nothing is held.</param>
/// <param name="Claims">All claims ever made.</param>
/// <param name="HasMoved">Whether it changed while the rest was read: its counts are then not of one instant.</param>
public sealed record FlashSaleLedger(FlashSale Sale, string ReservationId, IReadOnlyList<ClaimAudit> Claims, bool HasMoved = false);

/// <summary>What a ledger says of the uses of its promotions.</summary>
/// <param name="LedgerId">The ledger.</param>
/// <param name="Budget">What its promotions may give in all; null for no limit.</param>
/// <param name="Promotions">What was used of each promotion.</param>
/// <param name="Orders">Orders that used something once.</param>
public sealed record PromotionLedger(
    string LedgerId, Money? Budget, IReadOnlyList<PromotionAudit> Promotions, IReadOnlyList<RedemptionAudit> Orders);

/// <summary>An invariant that does not hold.</summary>
/// <param name="Invariant">Its name, as in the list of <see cref="Auditor"/>.</param>
/// <param name="Subject">The SKU, order or customer concerned.</param>
/// <param name="Detail">The figures.</param>
public sealed record Drift(string Invariant, string Subject, string Detail);

/// <summary>The result of an audit.</summary>
/// <param name="Skus">SKUs read.</param>
/// <param name="Orders">Orders read, by status.</param>
/// <param name="Payments">Payments read.</param>
/// <param name="UnitsReceived">Units ever received.</param>
/// <param name="UnitsSold">Units sold and not taken back.</param>
/// <param name="UnitsReserved">Units held.</param>
/// <param name="UnitsOnHand">Units in all warehouses.</param>
/// <param name="UnitsBackordered">Units that orders wait for.</param>
/// <param name="NetTaken">Captured less refunded, in minor units, by currency.</param>
/// <param name="Drifts">What does not agree; empty when all is well.</param>
public sealed record AuditReport(
    int Skus,
    IReadOnlyDictionary<OrderStatus, int> Orders,
    int Payments,
    long UnitsReceived,
    long UnitsSold,
    long UnitsReserved,
    long UnitsOnHand,
    long UnitsBackordered,
    IReadOnlyDictionary<string, long> NetTaken,
    IReadOnlyList<Drift> Drifts)
{
    /// <summary>Orders whose checkout has not ended.</summary>
    public int OrdersUnderWay => Orders.Where(entry => !Auditor.IsEnd(entry.Key)).Sum(entry => entry.Value);
}
