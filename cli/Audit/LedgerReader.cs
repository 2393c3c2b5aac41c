using NexusCart.Cli.Shop;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Promotions.V1;

namespace NexusCart.Cli.Audit;

/// <summary>Reads the whole ledger of a shop through its gateway. Needs a token with the role <c>audit.read</c>.</summary>
public sealed class LedgerReader(ShopClient shop, AccessToken token, TimeProvider time)
{
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Reads orders first and last: what was under way at the first reading may have ended at the last, and the judgement then
    /// takes the earlier, weaker word for it.
    /// </summary>
    public async Task<ShopLedger> ReadAsync(CancellationToken cancellation)
    {
        var before = (await OrdersAsync(cancellation)).ToDictionary(order => order.OrderId);
        var salesBefore = (await FlashSalesAsync(cancellation)).ToDictionary(sale => sale.Sale.Terms.SaleId);
        var stock = await StockAsync(cancellation);
        var payments = await PaymentsAsync(cancellation);
        var promotions = await PromotionsAsync(cancellation);
        var sales = await FlashSalesAsync(cancellation);
        var after = await OrdersAsync(cancellation);
        return new ShopLedger(stock, [.. after.Select(order => Weaker(before.GetValueOrDefault(order.OrderId), order))], payments)
        {
            Promotions = promotions,
            FlashSales = [.. sales.Select(sale => sale with { HasMoved = sale.HasMoved || HasMoved(salesBefore.GetValueOrDefault(sale.Sale.Terms.SaleId), sale) })],
        };
    }

    /// <summary>Reads until no checkout is under way, or until <paramref name="limit"/> has passed.</summary>
    public async Task<ShopLedger> ReadAtRestAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var ledger = await ReadAsync(cancellation);
            if (ledger.Orders.All(order => Auditor.IsEnd(order.Status)) || time.GetElapsedTime(started) > limit)
                return ledger;
            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellation);
        }
    }

    private static OrderAudit Weaker(OrderAudit? before, OrderAudit after)
    {
        if (after.Equals(before))
            return after;

        // It is new or has moved while stock and payments were read: count it as under way.
        var moved = after.Clone();
        moved.Status = OrderStatus.Processing;
        return moved;
    }

    private static bool HasMoved(FlashSaleLedger? before, FlashSaleLedger after) =>
        before is null || !before.Sale.Equals(after.Sale) || before.ReservationId != after.ReservationId || !before.Claims.SequenceEqual(after.Claims);

    private Task<List<SkuAudit>> StockAsync(CancellationToken cancellation) => AllAsync(async (partition, page) =>
    {
        var answer = await shop.Inventory.AuditPartitionAsync(
            new AuditPartitionRequest { Partition = partition, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
        return new Page<SkuAudit>(answer.Skus, answer.PartitionCount, answer.NextPageToken);
    });

    private Task<List<OrderAudit>> OrdersAsync(CancellationToken cancellation) => AllAsync(async (shard, page) =>
    {
        var answer = await shop.Orders.AuditShardAsync(
            new Orders.V1.AuditShardRequest { Shard = shard, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
        return new Page<OrderAudit>(answer.Orders, answer.ShardCount, answer.NextPageToken);
    });

    private Task<List<Payment>> PaymentsAsync(CancellationToken cancellation) => AllAsync(async (shard, page) =>
    {
        var answer = await shop.Payments.AuditShardAsync(
            new Payments.V1.AuditShardRequest { Shard = shard, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
        return new Page<Payment>(answer.Payments, answer.ShardCount, answer.NextPageToken);
    });

    private async Task<List<PromotionLedger>> PromotionsAsync(CancellationToken cancellation)
    {
        var found = await AllAsync(async (shard, page) =>
        {
            var answer = await shop.Promotions.AuditShardAsync(
                new Promotions.V1.AuditShardRequest { Shard = shard, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
            return new Page<Promotions.V1.LedgerAudit>(answer.Ledgers, answer.ShardCount, answer.NextPageToken);
        });
        var ledgers = new List<PromotionLedger>();
        foreach (var ledger in found)
        {
            var promotions = new List<PromotionAudit>();
            var orders = await AllAsync(async (_, page) =>
            {
                var answer = await shop.Promotions.AuditLedgerAsync(
                    new AuditLedgerRequest { LedgerId = ledger.LedgerId, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
                promotions.AddRange(answer.Promotions);
                return new Page<RedemptionAudit>(answer.Orders, 1, answer.NextPageToken);
            });
            ledgers.Add(new PromotionLedger(ledger.LedgerId, ledger.Budget, promotions, orders));
        }

        return ledgers;
    }

    private async Task<List<FlashSaleLedger>> FlashSalesAsync(CancellationToken cancellation)
    {
        var ids = await AllAsync(async (_, page) =>
        {
            var answer = await shop.FlashSales.ListFlashSaleIdsAsync(
                new ListFlashSaleIdsRequest { PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
            return new Page<string>(answer.SaleIds, 1, answer.NextPageToken);
        });
        var sales = new List<FlashSaleLedger>();
        foreach (var id in ids)
        {
            var pages = new List<AuditFlashSaleResponse>();
            var claims = await AllAsync(async (_, page) =>
            {
                var answer = await shop.FlashSales.AuditFlashSaleAsync(
                    new AuditFlashSaleRequest { SaleId = id, PageToken = page }, ShopClient.Headers(token), Deadline(), cancellation);
                pages.Add(answer);
                return new Page<ClaimAudit>(answer.Claims, 1, answer.NextPageToken);
            });
            sales.Add(new FlashSaleLedger(pages[^1].Sale, pages[^1].ReservationId, claims, pages.Any(page => !page.Sale.Equals(pages[^1].Sale))));
        }

        return sales;
    }

    /// <summary>Every page of every shard; the first answer says how many shards there are.</summary>
    private static async Task<List<T>> AllAsync<T>(Func<int, string, Task<Page<T>>> read)
    {
        var all = new List<T>();
        var shards = 1;
        for (var shard = 0; shard < shards; shard++)
        {
            var next = "";
            do
            {
                var page = await read(shard, next);
                all.AddRange(page.Items);
                shards = page.Shards;
                next = page.Next;
            }
            while (next.Length > 0);
        }

        return all;
    }

    private DateTime Deadline() => time.GetUtcNow().UtcDateTime + PageLimit;

    private readonly record struct Page<T>(IReadOnlyCollection<T> Items, int Shards, string Next);
}
