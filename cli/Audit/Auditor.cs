using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;

namespace NexusCart.Cli.Audit;

/// <summary>
/// The shop's invariants, executable. Pure: it judges a <see cref="ShopLedger"/>. While checkouts run, an order under way may or may
/// not have taken its units and its money yet, so the sums are held against an interval; at rest the interval is a point.
/// </summary>
public static class Auditor
{
    /// <summary>Whether an order in this status takes no further step by itself.</summary>
    public static bool IsEnd(OrderStatus status) =>
        status is not (OrderStatus.Starting or OrderStatus.Processing or OrderStatus.ActionRequired or OrderStatus.Cancelling);

    /// <summary>Whether the order is paid and its units are sold, wherever they are by now.</summary>
    internal static bool IsSold(OrderStatus status) => status
        is OrderStatus.Paid or OrderStatus.PartiallyShipped or OrderStatus.Shipped or OrderStatus.Delivered or OrderStatus.Cancelling;

    /// <summary>Whether an order was cancelled after it had been paid: its units were sold, and came back as a return does, and with them its money, if any.</summary>
    internal static bool WasSold(OrderAudit order) => order.Status == OrderStatus.Cancelled && (order.Refunded is { MinorUnits: > 0 } || order.Back.Count > 0);

    /// <summary>Checks every invariant.</summary>
    public static AuditReport Check(ShopLedger ledger)
    {
        var drifts = new List<Drift>();
        CheckStock(ledger, drifts);
        CheckSales(ledger, drifts);
        CheckReturns(ledger, drifts);
        CheckMoney(ledger, drifts);
        CheckIdempotency(ledger, drifts);
        PromotionAuditor.Check(ledger, drifts);
        FlashSaleAuditor.Check(ledger, drifts);
        return new AuditReport(
            ledger.Stock.Count,
            ledger.Orders.GroupBy(order => order.Status).ToDictionary(group => group.Key, group => group.Count()),
            ledger.Payments.Count,
            ledger.Stock.Sum(sku => sku.Received),
            ledger.Stock.Sum(sku => sku.Sold),
            ledger.Stock.Sum(sku => sku.Reserved),
            ledger.Stock.Sum(sku => sku.OnHand),
            ledger.Stock.Sum(sku => sku.Backordered),
            ledger.Payments.Where(payment => payment.Amount is not null)
                .GroupBy(payment => payment.Amount.Currency)
                .ToDictionary(group => group.Key, group => group.Sum(Net)),
            drifts);
    }

    private static void CheckStock(ShopLedger ledger, List<Drift> drifts)
    {
        var orders = ledger.Orders.ToDictionary(order => order.OrderId);
        foreach (var sku in ledger.Stock)
        {
            StockInvariants.Check(sku, drifts);
            foreach (var hold in sku.Open.Where(hold => !FlashSaleAuditor.IsSale(hold.ReservationId)))
            {
                if (!orders.TryGetValue(hold.ReservationId, out var order))
                    drifts.Add(new Drift("every reservation has an order", hold.ReservationId, $"{hold.Quantity} of {sku.Sku} held for nobody"));
                else if (IsSold(order.Status) || order.Status == OrderStatus.Cancelled)
                    drifts.Add(new Drift("an ended order holds nothing", hold.ReservationId, $"{order.Status}, still holds {hold.Quantity} of {sku.Sku}"));
            }
        }
    }

    private static void CheckSales(ShopLedger ledger, List<Drift> drifts)
    {
        var certain = Units(ledger.Orders.Where(order => IsSold(order.Status) || WasSold(order)));
        var possible = Units(ledger.Orders.Where(order => !IsSold(order.Status) && order.Status != OrderStatus.Cancelled));
        var known = ledger.Stock.ToDictionary(sku => sku.Sku);
        foreach (var sku in known.Keys.Union(certain.Keys))
        {
            var sold = known.TryGetValue(sku, out var entry) ? entry.Sold : 0;
            var least = certain.GetValueOrDefault(sku);
            var most = least + possible.GetValueOrDefault(sku);
            if (sold < least || sold > most)
                drifts.Add(new Drift("units sold = units of paid orders", sku, $"sold {sold}, paid orders {least}, orders under way {most - least}"));
        }
    }

    /// <summary>What inventory took back is what orders say came back: by a return, or since they were cancelled after they had been paid.</summary>
    private static void CheckReturns(ShopLedger ledger, List<Drift> drifts)
    {
        // An order that has moved since stock was read may have had less back then.
        var certain = Units(ledger.Orders.Where(order => IsSold(order.Status) || WasSold(order)).SelectMany(order => order.Back));
        var possible = Units(ledger.Orders.SelectMany(order => order.Back.Concat(order.ComingBack)));
        var known = ledger.Stock.ToDictionary(sku => sku.Sku);
        foreach (var sku in known.Keys.Union(possible.Keys))
        {
            var returned = known.TryGetValue(sku, out var entry) ? entry.Returned : 0;
            var (least, most) = (certain.GetValueOrDefault(sku), possible.GetValueOrDefault(sku));
            if (returned < least || returned > most)
                drifts.Add(new Drift("units returned = units back of orders", sku, $"returned {returned}, orders have {least} back, and {most - least} on their way"));
        }
    }

    private static Dictionary<string, long> Units(IEnumerable<OrderAudit> orders) => Units(orders.SelectMany(order => order.Lines)
        .Select(line => new OrderUnits { Sku = line.Sku, Quantity = line.Quantity }));

    private static Dictionary<string, long> Units(IEnumerable<OrderUnits> units) =>
        units.GroupBy(line => line.Sku).ToDictionary(group => group.Key, group => group.Sum(line => (long)line.Quantity));

    private static void CheckMoney(ShopLedger ledger, List<Drift> drifts)
    {
        var payments = new Dictionary<string, Payment>();
        foreach (var payment in ledger.Payments)
        {
            if (!payments.TryAdd(payment.PaymentId, payment))
                drifts.Add(new Drift("one payment per order", payment.PaymentId, "listed twice"));
        }

        var orders = ledger.Orders.Select(order => order.OrderId).ToHashSet();
        foreach (var payment in payments.Values.Where(payment => !orders.Contains(payment.PaymentId)))
            drifts.Add(new Drift("every payment has an order", payment.PaymentId, $"{payment.Status}, net {Net(payment)}"));

        foreach (var order in ledger.Orders)
            CheckOrderMoney(order, payments.GetValueOrDefault(order.OrderId), drifts);
    }

    private static void CheckOrderMoney(OrderAudit order, Payment? payment, List<Drift> drifts)
    {
        var net = payment is null ? 0 : Net(payment);
        switch (order.Status)
        {
            case var status when IsSold(status) && !IsPaid(order, payment, net):
                drifts.Add(new Drift("captured − refunded = total of a paid order", order.OrderId,
                    $"total {order.Total.MinorUnits} {order.Total.Currency}, given back {order.Refunded?.MinorUnits ?? 0}, on its way {order.Refunding?.MinorUnits ?? 0}, net {net}"));
                break;
            case OrderStatus.Cancelled when net != 0:
                drifts.Add(new Drift("a cancelled order costs nothing", order.OrderId, $"net {net} {payment!.Amount.Currency}"));
                break;
            case OrderStatus.Cancelled when payment?.Status is PaymentStatus.Authorized or PaymentStatus.ActionRequired or PaymentStatus.Pending:
                drifts.Add(new Drift("a cancelled order holds no authorisation", order.OrderId, payment.Status.ToString()));
                break;
            case OrderStatus.NeedsAttention:
                drifts.Add(new Drift("no order waits for staff", order.OrderId, $"an undo failed for good; net {net}"));
                break;
        }
    }

    /// <summary>Whether a sold order's money is there; one that costs nothing needs no payment.</summary>
    private static bool IsPaid(OrderAudit order, Payment? payment, long net) => payment is null
        ? order.Total.MinorUnits == 0
        : IsDue(order, net) && payment.Amount.Currency == order.Total.Currency;

    /// <summary>Whether a sold order's payment holds what it should: the total less what was given back, and less what may have been.</summary>
    private static bool IsDue(OrderAudit order, long net)
    {
        var most = order.Total.MinorUnits - (order.Refunded?.MinorUnits ?? 0);
        return net <= most && net >= most - (order.Refunding?.MinorUnits ?? 0);
    }

    private static void CheckIdempotency(ShopLedger ledger, List<Drift> drifts)
    {
        foreach (var same in ledger.Orders.GroupBy(order => (order.CustomerId, order.IdempotencyKey)).Where(group => group.Count() > 1))
            drifts.Add(new Drift("one order per idempotency key", same.Key.CustomerId, string.Join(", ", same.Select(order => order.OrderId))));
    }

    private static long Net(Payment payment) => (payment.Captured?.MinorUnits ?? 0) - (payment.Refunded?.MinorUnits ?? 0);
}
