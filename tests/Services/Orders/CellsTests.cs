using System.Collections.Concurrent;
using Grpc.Core;
using NexusCart.Cli.Audit;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Services.Orders;

/// <summary>Orders in cells, with a store for each.</summary>
public sealed class CellsFixture : OrdersFixture
{
    protected override bool InCells => true;
}

/// <summary>Two cells, and a third one that is added under load.</summary>
public class CellsTests(CellsFixture fixture) : IClassFixture<CellsFixture>
{
    private const int Before = 24;
    private const int Most = 4_000;
    private static readonly string[] Staff = ["orders.read", "orders.write", "audit.read"];

    [Fact]
    public async Task A_third_cell_is_added_under_load_and_nothing_is_lost()
    {
        await fixture.StartCellAsync("1");
        await OpenAsync("1");
        var orders = new ConcurrentDictionary<string, string>();
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => BuyAsync(worker, orders, stop.Token)));

        await fixture.EventuallyAsync("orders in two cells", () => Task.FromResult(orders.Count >= Before && CellsOf(orders).SetEquals(["0", "1"])));
        await fixture.StartCellAsync("2");
        Assert.Equal(["0", "1", "2"], await OpenAsync("2"));
        var then = orders.Count;
        await fixture.EventuallyAsync("orders in three cells", () => Task.FromResult(CellsOf(orders).SetEquals(["0", "1", "2"]) && orders.Count >= then + Before));
        await stop.CancelAsync();
        await load;

        // Each order is where its key leads, read through whichever cell, paid, and prepared by its own cell's saga.
        foreach (var (customer, orderId) in orders)
        {
            Assert.Equal(orderId, (await fixture.BuyAsync(customer, "k")).OrderId);
            await fixture.WhenAsync(customer, orderId, order => order is { Status: OrderStatus.Paid, Shipments.Count: 2 });
            Assert.Equal(orderId, Assert.Single((await fixture.Client.ListOrdersAsync(new ListOrdersRequest(), OrdersFixture.User(customer))).Orders).OrderId);
        }

        var report = await AuditAsync();
        Assert.Empty(report.Drifts);
        Assert.Equal((orders.Count, 0), (report.Orders[OrderStatus.Paid], report.OrdersUnderWay));
        Assert.Equal(orders.Count, fixture.Books.Captured.Count);

        var returned = orders.First(order => order.Value.StartsWith("2-", StringComparison.Ordinal));
        await fixture.Client.CancelOrderAsync(new CancelOrderRequest { OrderId = returned.Value }, OrdersFixture.User(returned.Key, "c"));
        await fixture.WhenAsync(returned.Key, returned.Value, order => order.Status == OrderStatus.Cancelled);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => fixture.Client.GetOrderAsync(
            new GetOrderRequest { OrderId = "9" + returned.Value[1..] }, OrdersFixture.User(returned.Key)).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
        refusal = await Assert.ThrowsAsync<RpcException>(() => OpenAsync("9"));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    private static HashSet<string> CellsOf(ConcurrentDictionary<string, string> orders) => [.. orders.Values.Select(orderId => orderId.Split('-')[0])];

    private async Task BuyAsync(int worker, ConcurrentDictionary<string, string> orders, CancellationToken stop)
    {
        for (var i = 0; i < Most && !stop.IsCancellationRequested; i++)
        {
            var customer = $"customer-{worker}-{i}";
            orders[customer] = (await fixture.BuyAsync(customer, "k")).OrderId;
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task<IEnumerable<string>> OpenAsync(string cell) => (await fixture.Client.OpenCellAsync(
        new OpenCellRequest { Cell = cell }, OrdersFixture.User("sam", null, Staff), DateTime.UtcNow.AddSeconds(20))).Cells;

    /// <summary>The auditor of the shop, over the orders of all cells and the books of their neighbours.</summary>
    private async Task<AuditReport> AuditAsync()
    {
        var audited = new List<OrderAudit>();
        for (int shard = 0, shards = 1; shard < shards; shard++)
        {
            for (string? token = ""; token is not null;)
            {
                var page = await fixture.Client.AuditShardAsync(
                    new NexusCart.Orders.V1.AuditShardRequest { Shard = shard, PageToken = token }, OrdersFixture.User("eve", null, Staff), DateTime.UtcNow.AddSeconds(20));
                audited.AddRange(page.Orders);
                shards = page.ShardCount;
                token = page.NextPageToken.Length > 0 ? page.NextPageToken : null;
            }
        }

        var sold = fixture.Books.Sold.Keys.Sum(reservation => (long)fixture.Books.Reserved[reservation]);
        var payments = fixture.Books.Captured.Select(payment => new Payment
        {
            PaymentId = payment.Key,
            Status = PaymentStatus.Captured,
            Amount = NeighbourBooks.Euro(payment.Value),
            Captured = NeighbourBooks.Euro(payment.Value),
        });
        return Auditor.Check(new ShopLedger([new SkuAudit { Sku = "mug", Received = sold, Sold = sold }], audited, [.. payments]));
    }
}
