using System.Text.Json;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// Promotions is killed while customers claim units of a flash sale and pay for them. Afterwards as many customers have a claim as there
/// are units, each order has ended, each claim with its order, and the books agree.
/// </summary>
public sealed class FlashSaleKillTests : IAsyncLifetime
{
    private const string SaleId = "chaos-sale";
    private const int Customers = 150;
    private const int Units = 50;
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private RunningShop _shop = null!;

    public async ValueTask InitializeAsync() => _shop = await RunningShop.StartAsync();

    public async ValueTask DisposeAsync() => await _shop.DisposeAsync();

    [Fact]
    public async Task Promotions_is_killed_in_the_middle_of_a_flash_sale()
    {
        var staff = await OpenAsync();
        var (winners, middle) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var kill = Task.Run(async () =>
        {
            await middle.Task.WaitAsync(Patience.Limit);
            await _shop.KillAppAsync("promotions");
        });

        var customers = await Task.WhenAll(Enumerable.Range(0, Customers).Select(async number =>
        {
            var buyer = await Shopper.GuestAsync(_shop);
            var claim = await Patience.AcceptedAsync(() => buyer.ClaimAsync(SaleId, "claim"));
            if (!claim.GetProperty("claimed").GetBoolean())
                return new Customer(buyer, claim, null);
            if (Interlocked.Increment(ref winners) == Units / 3)
                middle.TrySetResult();
            var card = number % 5 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa";
            var order = await Patience.AcceptedAsync(() => buyer.CheckoutClaimAsync(claim.GetProperty("claim").GetProperty("claimId").GetString()!, "checkout", card));
            return new Customer(buyer, claim, order.GetProperty("orderId").GetString());
        }));
        await kill;
        await _shop.WaitUntilReadyAsync();

        await CheckAsync(staff, customers);
    }

    private async Task<Shopper> OpenAsync()
    {
        var token = await _shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        var sink = new ShopProductSink(_shop.Client, token, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        (product.Sku, product.Price) = (SaleId, new Money { MinorUnits = 4_999, Currency = "EUR" });
        await sink.UpsertAsync([product], CancellationToken.None);
        await sink.ReceiveAsync("chaos", [new StockLine { Sku = SaleId, Quantity = Units }], CancellationToken.None);

        var staff = await Shopper.StaffAsync(_shop, "promotions.write", "audit.read");
        var terms = new
        {
            saleId = SaleId,
            sku = SaleId,
            units = Units,
            unitPrice = new { minorUnits = "1999", currency = "EUR" },
            startsAt = Now,
            endsAt = Now.AddHours(1),
        };
        await Patience.AcceptedAsync(() => staff.SendAsync(HttpMethod.Post, "/v1/flash-sales", new { terms }));
        await Patience.AcceptedAsync(() => staff.SendAsync(HttpMethod.Post, $"/v1/flash-sales/{SaleId}/schedule", new { }));
        return staff;
    }

    private async Task CheckAsync(Shopper staff, Customer[] customers)
    {
        var token = await _shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(_shop.Client, token, TimeProvider.System).ReadAtRestAsync(Patience.Limit, CancellationToken.None);
        var report = Auditor.Check(ledger);
        Assert.True(report.OrdersUnderWay == 0, $"{report.OrdersUnderWay} orders have not ended.{Environment.NewLine}{_shop.Output}");
        Assert.True(report.Drifts.Count == 0, string.Join(Environment.NewLine, report.Drifts) + Environment.NewLine + _shop.Output);
        var paid = ledger.Orders.Where(order => order.Status == OrderStatus.Paid).Select(order => order.OrderId).ToHashSet();

        // The claims hear of their orders' ends by events.
        var claims = new List<JsonElement>();
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        do
        {
            Assert.True(DateTimeOffset.UtcNow < limit, $"Claims are not settled: {string.Join(Environment.NewLine, claims)}{Environment.NewLine}{_shop.Output}");
            await Task.Delay(50);
            claims = [.. (await Patience.AcceptedAsync(() => staff.SendAsync(HttpMethod.Get, $"/v1/audit/flash-sales/{SaleId}"))).GetProperty("claims").EnumerateArray()];
        }
        while (claims.Any(claim => Text(claim, "status") is "FLASH_SALE_CLAIM_STATUS_CHECKOUT" or "FLASH_SALE_CLAIM_STATUS_OPEN"));

        var winners = customers.Where(customer => customer.OrderId is not null).ToList();
        var held = claims.ToDictionary(claim => Text(claim, "claimId"));
        Assert.All(winners, winner => Assert.Equal(winner.Buyer.Subject, Text(held[Text(winner.Claim.GetProperty("claim"), "claimId")], "customerId")));
        Assert.Equal(winners.Count, claims.Count);
        Assert.Equal(claims.Count, claims.Select(claim => Text(claim, "customerId")).Distinct().Count());
        Assert.InRange(paid.Count, 1, Units);
        Assert.Equal(paid.Order(StringComparer.Ordinal), claims.Where(claim => Text(claim, "status") == "FLASH_SALE_CLAIM_STATUS_PAID")
            .Select(claim => Text(claim, "orderId")).Order(StringComparer.Ordinal));
        // Units of declined orders came back to the sale, and others may have got them; who was told 'sold out' found none.
        Assert.True(winners.Count >= Units);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private sealed record Customer(Shopper Buyer, JsonElement Claim, string? OrderId);
}
