using System.Diagnostics;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Cli.Audit;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>Customers, staff and a killer at work in one shop, and what must hold afterwards.</summary>
internal sealed class MixedLoad(RunningShop shop, int seed, Action<string> log)
{
    private readonly MixedShop _mixed = new(shop);
    private TimeSpan _moment = Timeout.InfiniteTimeSpan;
    private Func<Task> _then = () => Task.CompletedTask;

    /// <summary>The cells that have orders, in the order of their names.</summary>
    public IEnumerable<string> Cells => _mixed.Tally.Orders.Keys.Select(orderId => orderId.Split('-')[0]).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Waits until these cells have orders.</summary>
    public async Task UntilInCellsAsync(params IReadOnlyList<string> cells)
    {
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (!Cells.SequenceEqual(cells))
        {
            Assert.True(DateTimeOffset.UtcNow < limit, $"Orders are in {string.Join(", ", Cells)}, not in {string.Join(", ", cells)}.");
            await Task.Delay(100);
        }
    }

    /// <summary>Something that is done in the middle of it.</summary>
    public void At(TimeSpan moment, Func<Task> then) => (_moment, _then) = (moment, then);

    /// <summary>Works for so long, comes to rest, and checks everything.</summary>
    public async Task RunAsync(TimeSpan duration, int customers, IReadOnlyList<string> victims)
    {
        log($"Seed {seed}, {duration.TotalMinutes:0.#} minutes, {customers} customers at a time");
        await _mixed.FillAsync();
        using var end = new CancellationTokenSource();
        var started = Stopwatch.GetTimestamp();
        Task[] work =
        [
            .. Enumerable.Range(0, customers).Select(number => VisitAsync(new Random(seed + number), end.Token)),
            new StockRoom(_mixed, new Random(seed - 1)).WorkAsync(end.Token),
        ];
        var kills = new Killer(shop, victims, _mixed.Tally, new Random(seed), log).WorkAsync(duration);
        var over = OverAsync();
        // Whoever fails ends it at once; nobody else goes home before it is over.
        await await Task.WhenAny([.. work, over]);
        await end.CancelAsync();
        await Task.WhenAll(work);

        await CheckAsync();

        async Task OverAsync()
        {
            await Task.WhenAll(kills, InTheMiddleAsync(duration));
            if (duration - Stopwatch.GetElapsedTime(started) is { } left && left > TimeSpan.Zero)
                await Task.Delay(left);
        }
    }

    /// <summary>The staff's list has the orders of all cells, each once.</summary>
    public async Task AssertStaffSeeAllAsync()
    {
        var seen = new List<string>();
        for (var token = ""; ;)
        {
            var page = await _mixed.MustAsync(HttpMethod.Get, $"/v1/staff/orders?pageSize=100&pageToken={token}");
            seen.AddRange(page.GetProperty("orders").EnumerateArray().Select(entry => entry.GetProperty("order").GetProperty("orderId").GetString()!));
            token = page.GetProperty("nextPageToken").GetString()!;
            if (token.Length == 0)
                break;
        }

        Assert.Equal(_mixed.Tally.Orders.Keys.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    /// <summary>Somebody claims a guest's order of each cell: his list has them all, the newest first, page by page.</summary>
    public async Task AssertACustomersListMergesCellsAsync()
    {
        var customer = new Shopper(shop, await shop.Client.GetTokenAsync("collector", [], CancellationToken.None));
        var claimed = new List<(string OrderId, DateTimeOffset At)>();
        foreach (var cell in Cells)
        {
            var (orderId, claimToken) = await GuestOrderAsync(cell);
            var order = await ClaimAsync(customer, orderId, claimToken);
            claimed.Add((orderId, order.GetProperty("createdAt").GetDateTimeOffset()));
        }

        var listed = new List<string>();
        for (var token = ""; ;)
        {
            var page = await Patience.AcceptedAsync(() => customer.SendAsync(HttpMethod.Get, $"/v1/orders?pageSize=1&pageToken={token}"));
            listed.AddRange(page.GetProperty("orders").EnumerateArray().Select(order => order.GetProperty("orderId").GetString()!));
            token = page.GetProperty("nextPageToken").GetString()!;
            if (token.Length == 0)
                break;
        }

        Assert.Equal(claimed.OrderByDescending(order => order.At).Select(order => order.OrderId), listed);

        Task<JsonElement> ClaimAsync(Shopper who, string orderId, string claimToken) => Patience.AcceptedAsync(() =>
            who.SendAsync(HttpMethod.Post, $"/v1/orders/{orderId}/claim", new { email = "buyer@example.com", claimToken }));
    }

    /// <summary>A guest's order in a cell, and the proof that lets somebody claim it, as the shop's services issue it.</summary>
    private async Task<(string OrderId, string ClaimToken)> GuestOrderAsync(string cell)
    {
        using var channel = GrpcChannel.ForAddress(shop.AppAddress("orders"));
        var orders = new Orders.V1.Orders.OrdersClient(channel);
        foreach (var orderId in _mixed.Tally.Orders.Keys.Where(id => id.StartsWith(cell + "-", StringComparison.Ordinal)))
        {
            try
            {
                var issued = await orders.IssueClaimTokenAsync(
                    new Orders.V1.IssueClaimTokenRequest { OrderId = orderId }, new Metadata { { ServiceToken.Header, ServiceToken.Create() } });
                return (orderId, issued.ClaimToken_);
            }
            catch (RpcException refusal) when (refusal.StatusCode is StatusCode.NotFound)
            {
                // The order of a regular customer.
            }
        }

        throw new InvalidOperationException($"No guest has bought in cell {cell}.");
    }

    private async Task InTheMiddleAsync(TimeSpan duration)
    {
        if (_moment == Timeout.InfiniteTimeSpan)
            return;
        await Task.Delay(_moment < duration ? _moment : duration);
        await _then();
    }

    private async Task VisitAsync(Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await new Visit(_mixed, random).RunAsync();
            await Task.Delay(random.Next(100, 600), CancellationToken.None);
        }
    }

    private async Task CheckAsync()
    {
        await shop.WaitUntilReadyAsync();
        await _mixed.MustAsync(HttpMethod.Post, $"/v1/flash-sales/{MixedShop.SaleId}/end", new { });
        var settling = Stopwatch.GetTimestamp();
        var ledger = await ReadSettledAsync();
        var report = Auditor.Check(ledger);
        log($"At rest after {Stopwatch.GetElapsedTime(settling).TotalSeconds:0.0} s");
        foreach (var (what, times) in _mixed.Tally.Counts)
            log($"{times,8}  {what}");
        foreach (var (status, count) in report.Orders.OrderBy(entry => entry.Key))
            log($"{count,8}  orders {status}");
        log($"{report.Payments,8}  payments, net {string.Join(", ", report.NetTaken)}; units received {report.UnitsReceived}, sold {report.UnitsSold}, on hand {report.UnitsOnHand}, backordered {report.UnitsBackordered}");

        Assert.True(report.Drifts.Count == 0, string.Join(Environment.NewLine, report.Drifts) + Environment.NewLine + shop.Output);
        AssertAcknowledged(ledger);
        var tasks = await _mixed.MustAsync(HttpMethod.Get, "/v1/staff/tasks");
        Assert.False(tasks.TryGetProperty("orders", out var waiting) && waiting.GetArrayLength() > 0, $"Staff must settle by hand: {tasks}");
    }

    /// <summary>What the shop has told customers and staff is in its books, once.</summary>
    private void AssertAcknowledged(ShopLedger ledger)
    {
        var told = _mixed.Tally.Orders;
        Assert.Equal(told.Keys.Order(StringComparer.Ordinal), ledger.Orders.Select(order => order.OrderId).Order(StringComparer.Ordinal));
        Assert.All(ledger.Orders, order => Assert.Equal(told[order.OrderId].Replace("_", "", StringComparison.Ordinal), $"OrderStatus{order.Status}", ignoreCase: true));
        Assert.All(ledger.Stock, sku => Assert.Equal(
            (_mixed.Tally.Acknowledged(sku.Sku, "received"), _mixed.Tally.Acknowledged(sku.Sku, "adjusted")), (sku.Received, sku.Adjusted)));
    }

    /// <summary>Reads the books once nothing moves any more: no order, no money or unit on its way back, no claim.</summary>
    private async Task<ShopLedger> ReadSettledAsync()
    {
        var token = await shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var reader = new LedgerReader(shop.Client, token, TimeProvider.System);
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (true)
        {
            var ledger = await reader.ReadAtRestAsync(Patience.Limit, CancellationToken.None);
            var moving = ledger.Orders.Where(order => !Auditor.IsEnd(order.Status) || order.Refunding?.MinorUnits > 0 || order.ComingBack.Count > 0).ToList();
            var claims = ledger.FlashSales.SelectMany(sale => sale.Claims).Where(claim => claim.Status is
                Promotions.V1.FlashSaleClaimStatus.Open or Promotions.V1.FlashSaleClaimStatus.Checkout).ToList();
            if (moving.Count == 0 && claims.Count == 0 && ledger.FlashSales.All(sale => sale is { HasMoved: false, ReservationId: "" }))
                return ledger;
            Assert.True(
                DateTimeOffset.UtcNow < limit,
                $"Not settled: {string.Join(Environment.NewLine, [.. moving.Select(order => order.ToString()), .. claims.Select(claim => claim.ToString())])}{Environment.NewLine}{shop.Output}");
            await Task.Delay(500);
        }
    }
}
