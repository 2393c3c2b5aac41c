using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Cli.Audit;

/// <summary>
/// The invariants of flash sales: what is set aside in stock is what the sale has left and has not handed to orders, and whoever has a paid
/// claim has a paid order. A claim whose order is being placed may have taken its units already or not.
/// </summary>
internal static class FlashSaleAuditor
{
    /// <summary>How the reservations begin that set units aside for a flash sale; they belong to no order.</summary>
    private const string ReservationPrefix = "sale-";

    /// <summary>Whether a reservation sets units aside for a flash sale.</summary>
    public static bool IsSale(string reservationId) => reservationId.StartsWith(ReservationPrefix, StringComparison.Ordinal);

    /// <summary>Checks every sale against stock and orders.</summary>
    public static void Check(ShopLedger ledger, List<Drift> drifts)
    {
        var orders = ledger.Orders.ToDictionary(order => order.OrderId);
        var sales = ledger.FlashSales.ToDictionary(sale => ReservationPrefix + sale.Sale.Terms.SaleId);
        var held = ledger.Stock.SelectMany(sku => sku.Open, (sku, hold) => (sku.Sku, Hold: hold)).Where(entry => IsSale(entry.Hold.ReservationId)).ToList();
        foreach (var (sku, hold) in held.Where(entry => !sales.ContainsKey(entry.Hold.ReservationId)))
            drifts.Add(new Drift("every reservation has an order or a sale", hold.ReservationId, $"{hold.Quantity} of {sku} held for nobody"));
        foreach (var (reservationId, sale) in sales)
        {
            CheckClaims(sale, orders, drifts);
            if (sale.HasMoved)
                continue;
            CheckUnits(sale, drifts);
            CheckHeld(sale, held.Where(entry => entry.Hold.ReservationId == reservationId).Sum(entry => (long)entry.Hold.Quantity), drifts);
        }
    }

    private static void CheckUnits(FlashSaleLedger ledger, List<Drift> drifts)
    {
        var (sale, terms) = (ledger.Sale, ledger.Sale.Terms);
        var (open, checkout, paid) = (Units(ledger, FlashSaleClaimStatus.Open), Units(ledger, FlashSaleClaimStatus.Checkout), Units(ledger, FlashSaleClaimStatus.Paid));
        if (sale.UnitsLeft + open + checkout + paid != terms.Units)
            drifts.Add(new Drift("units of a sale = left + claimed", terms.SaleId, $"{terms.Units} ≠ {sale.UnitsLeft} + {open} + {checkout} + {paid}"));
        if (sale.UnitsPaid != paid)
            drifts.Add(new Drift("units paid = units of paid claims", terms.SaleId, $"{sale.UnitsPaid} ≠ {paid}"));
        foreach (var customer in ledger.Claims.Where(claim => claim.Status is not FlashSaleClaimStatus.Released).GroupBy(claim => claim.CustomerId))
        {
            var units = customer.Sum(claim => (long)claim.Quantity);
            if (units > terms.UnitsPerCustomer)
                drifts.Add(new Drift("no customer has more than the sale allows", terms.SaleId, $"{customer.Key}: {units} of {terms.UnitsPerCustomer}"));
        }
    }

    private static void CheckHeld(FlashSaleLedger ledger, long held, List<Drift> drifts)
    {
        // Without a reservation nothing is set aside; and while stock is being asked for it, it may be or not.
        var least = ledger.ReservationId.Length == 0 ? 0 : ledger.Sale.UnitsLeft + Units(ledger, FlashSaleClaimStatus.Open);
        var most = ledger.ReservationId.Length == 0 ? 0 : least + Units(ledger, FlashSaleClaimStatus.Checkout);
        if (ledger.Sale.Status is FlashSaleStatus.Scheduling)
            least = 0;
        // An ended sale gives its units back when nobody can claim or pay for them any more.
        else if (ledger.Sale.Status is FlashSaleStatus.Ended && ledger.Claims.All(claim => claim.Status is FlashSaleClaimStatus.Paid or FlashSaleClaimStatus.Released))
            least = 0;
        if (held < least || held > most)
            drifts.Add(new Drift("units set aside = units a sale has left", ledger.Sale.Terms.SaleId, $"{held} held, {least} to {most} expected"));
    }

    private static void CheckClaims(FlashSaleLedger ledger, Dictionary<string, OrderAudit> orders, List<Drift> drifts)
    {
        foreach (var claim in ledger.Claims.Where(claim => claim.OrderId.Length > 0))
        {
            var order = orders.GetValueOrDefault(claim.OrderId);
            if (claim.Status is FlashSaleClaimStatus.Paid && (order is null || (order.Status is OrderStatus.Cancelled && !Auditor.WasSold(order))))
                drifts.Add(new Drift("a paid claim has a paid order", claim.ClaimId, $"{claim.OrderId}: {order?.Status.ToString() ?? "not known"}"));
            if (claim.Status is FlashSaleClaimStatus.Released && order is not null && (Auditor.IsSold(order.Status) || Auditor.WasSold(order)))
                drifts.Add(new Drift("a claim that was given back has no paid order", claim.ClaimId, $"{claim.OrderId}: {order.Status}"));
        }

        var active = ledger.Claims.Where(claim => claim.Status is FlashSaleClaimStatus.Checkout or FlashSaleClaimStatus.Paid);
        foreach (var same in active.GroupBy(claim => claim.OrderId).Where(group => group.Count() > 1))
            drifts.Add(new Drift("one claim per order", same.Key, string.Join(", ", same.Select(claim => claim.ClaimId))));
    }

    private static long Units(FlashSaleLedger ledger, FlashSaleClaimStatus status) =>
        ledger.Claims.Where(claim => claim.Status == status).Sum(claim => (long)claim.Quantity);
}
