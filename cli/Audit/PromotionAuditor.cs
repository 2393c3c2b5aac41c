using NexusCart.Orders.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Cli.Audit;

/// <summary>The invariants of promotions: what ledgers count is what paid orders use. An order under way may have redeemed already or not.</summary>
internal static class PromotionAuditor
{
    /// <summary>Checks every ledger against the orders.</summary>
    public static void Check(ShopLedger ledger, List<Drift> drifts)
    {
        var orders = ledger.Orders.ToDictionary(order => order.OrderId);
        var redeemed = new Dictionary<(string OrderId, string PromotionId), long>();
        foreach (var books in ledger.Promotions)
        {
            CheckSums(books, drifts);
            CheckCodes(books, drifts);
            foreach (var order in books.Orders.Where(order => order.Redeemed))
            {
                foreach (var use in order.Redemptions)
                    redeemed[(order.OrderId, use.PromotionId)] = use.AmountMinorUnits;
                CheckOrder(order, orders.GetValueOrDefault(order.OrderId), drifts);
            }
        }

        foreach (var order in ledger.Orders.Where(order => Auditor.IsSold(order.Status)))
        {
            foreach (var discount in order.Discounts.Where(discount => redeemed.GetValueOrDefault((order.OrderId, discount.PromotionId)) != discount.Amount.MinorUnits))
                drifts.Add(new Drift("coupon uses = redemptions of paid orders", order.OrderId, $"{discount.PromotionId}: {discount.Amount.MinorUnits} given, {redeemed.GetValueOrDefault((order.OrderId, discount.PromotionId))} redeemed"));
        }
    }

    private static void CheckSums(PromotionLedger books, List<Drift> drifts)
    {
        var counting = books.Orders.Where(order => order.Redeemed).ToList();
        var uses = counting.SelectMany(order => order.Redemptions, (order, use) => (order.Currency, use.PromotionId, use.AmountMinorUnits)).ToList();
        foreach (var promotion in books.Promotions)
        {
            var own = uses.Where(use => use.PromotionId == promotion.PromotionId).ToList();
            if (promotion.Uses != own.Count)
                drifts.Add(new Drift("uses counted = orders that redeemed", promotion.PromotionId, $"{promotion.Uses} ≠ {own.Count}"));
            if (promotion.TotalLimit > 0 && promotion.Uses > promotion.TotalLimit)
                drifts.Add(new Drift("uses ≤ limit", promotion.PromotionId, $"{promotion.Uses} of {promotion.TotalLimit}"));
            foreach (var spent in promotion.Spent)
            {
                var sum = own.Where(use => use.Currency == spent.Currency).Sum(use => use.AmountMinorUnits);
                if (spent.MinorUnits != sum)
                    drifts.Add(new Drift("budget spent = discounts of paid orders", promotion.PromotionId, $"{spent.MinorUnits} {spent.Currency} counted, {sum} redeemed"));
            }
        }

        var total = books.Budget is { } budget ? uses.Where(use => use.Currency == budget.Currency).Sum(use => use.AmountMinorUnits) : 0;
        if (total > books.Budget?.MinorUnits)
            drifts.Add(new Drift("spent ≤ budget", books.LedgerId, $"{total} of {books.Budget.MinorUnits} {books.Budget.Currency}"));
    }

    private static void CheckCodes(PromotionLedger books, List<Drift> drifts)
    {
        var codes = books.Orders.Where(order => order.Redeemed).SelectMany(order => order.Redemptions).Where(use => use.Code.Length > 0);
        foreach (var code in codes.GroupBy(use => use.Code).Where(group => group.Count() > 1))
            drifts.Add(new Drift("a single-use code is used once", books.LedgerId, $"{code.Count()} orders use one of its codes"));
    }

    private static void CheckOrder(RedemptionAudit redemption, OrderAudit? order, List<Drift> drifts)
    {
        if (order is null)
            drifts.Add(new Drift("every redemption has an order", redemption.OrderId, string.Join(", ", redemption.Redemptions.Select(use => use.PromotionId))));
        // The uses of a paid order come back a little later than the news that it was cancelled.
        else if (order.Status is OrderStatus.Cancelled && !Auditor.WasSold(order))
            drifts.Add(new Drift("a cancelled order uses no promotion", redemption.OrderId, string.Join(", ", redemption.Redemptions.Select(use => use.PromotionId))));
        else if (redemption.Redemptions.Any(use => order.Discounts.All(discount => discount.PromotionId != use.PromotionId || discount.Amount.MinorUnits != use.AmountMinorUnits)))
            drifts.Add(new Drift("coupon uses = redemptions of paid orders", redemption.OrderId, "redeemed what the order does not have"));
    }
}
