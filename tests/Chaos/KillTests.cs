using System.Text.Json;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Tests.Harness;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NexusCart.Tests.Chaos;

/// <summary>Programs are killed while checkouts run. Afterwards every order has ended, paid or cancelled, and the books agree.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private const int Checkouts = 50;
    private const int Units = 30;
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(120);
    private RunningShop _shop = null!;

    public async ValueTask InitializeAsync() => _shop = await RunningShop.StartAsync();

    public async ValueTask DisposeAsync() => await _shop.DisposeAsync();

    [Theory]
    [InlineData("orders")]
    [InlineData("inventory")]
    [InlineData("payments")]
    public async Task An_app_is_killed_in_the_middle_of_checkouts(string appId)
    {
        var running = await StartCheckoutsAsync();
        await WaitForFirstStepsAsync(running);

        var killedAt = DateTimeOffset.UtcNow;
        await _shop.KillAppAsync(appId);
        await _shop.WaitUntilReadyAsync();

        await AssertEverythingEndedAndAgreesAsync(running, killedAt);
    }

    [Fact]
    public async Task Every_sidecar_is_killed_in_the_middle_of_checkouts()
    {
        var running = await StartCheckoutsAsync();
        await WaitForFirstStepsAsync(running);

        var killedAt = DateTimeOffset.UtcNow;
        await _shop.KillSidecarsAsync();
        await _shop.StartAgainAsync();

        await AssertEverythingEndedAndAgreesAsync(running, killedAt);
    }

    /// <summary>Fifty carts of one product that has units for thirty, checked out at once; returns without waiting for an end.</summary>
    private async Task<IReadOnlyList<Running>> StartCheckoutsAsync()
    {
        var token = await _shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        var sink = new ShopProductSink(_shop.Client, token, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        product.Price = new Money { MinorUnits = 1_999, Currency = "EUR" };
        await sink.UpsertAsync([product], CancellationToken.None);
        await sink.ReceiveAsync("first", [new StockLine { Sku = product.Sku, Quantity = Units }], CancellationToken.None);

        var carts = await Task.WhenAll(Enumerable.Range(0, Checkouts).Select(async _ =>
        {
            var buyer = await Shopper.GuestAsync(_shop);
            return (Buyer: buyer, Cart: await buyer.CartAsync(product.Sku));
        }));
        return [.. carts.Select((entry, index) => new Running(
            entry.Buyer, entry.Cart, RepeatUntilAnsweredAsync(entry.Buyer, entry.Cart, index % 10 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa")))];
    }

    /// <summary>What a good client does: the same request under the same key until it is answered.</summary>
    private static async Task<JsonElement> RepeatUntilAnsweredAsync(Shopper buyer, string cart, string paymentMethod)
    {
        using var limit = new CancellationTokenSource(RecoveryLimit);
        while (true)
        {
            try
            {
                var answer = await buyer.CheckoutAsync(cart, "the-key", paymentMethod);
                if (answer.Status is 200 or 202)
                    return answer.Json;
                Assert.True(answer.Status is 429 or >= 500, $"The checkout was refused: {answer}");
            }
            catch (HttpRequestException)
            {
                // The gateway is away with its sidecar.
            }
            catch (TaskCanceledException) when (!limit.IsCancellationRequested)
            {
                // The call took too long; its outcome is unknown.
            }

            await Task.Delay(100, limit.Token);
        }
    }

    /// <summary>Checkouts are under way: the first has been answered.</summary>
    private static async Task WaitForFirstStepsAsync(IReadOnlyList<Running> running)
    {
        await Task.WhenAny(running.Select(checkout => checkout.Started)).WaitAsync(RecoveryLimit);
    }

    private async Task AssertEverythingEndedAndAgreesAsync(IReadOnlyList<Running> running, DateTimeOffset killedAt)
    {
        var started = await Task.WhenAll(running.Select(checkout => checkout.Started)).WaitAsync(RecoveryLimit);
        var token = await _shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(_shop.Client, token, TimeProvider.System).ReadAtRestAsync(RecoveryLimit, CancellationToken.None);
        var report = Auditor.Check(ledger);

        Assert.True(report.OrdersUnderWay == 0, $"{report.OrdersUnderWay} orders have not ended.{Environment.NewLine}{_shop.Output}");
        Assert.True(report.Drifts.Count == 0, string.Join(Environment.NewLine, report.Drifts) + Environment.NewLine + _shop.Output);
        Assert.Equal(Checkouts, ledger.Orders.Count);
        Assert.Equal(started.Select(order => order.GetProperty("orderId").GetString()!).Order(), ledger.Orders.Select(order => order.OrderId).Order());
        Assert.InRange(ledger.Orders.Count(order => order.Status == OrderStatus.Paid), 1, Units);

        // A kill that comes when everything has ended proves nothing.
        var ends = await Task.WhenAll(running.Select(async checkout => await EndOfAsync(checkout)));
        Assert.True(ends.Any(end => end > killedAt), $"Every order had ended before the kill at {killedAt:O}.");
    }

    private static async Task<DateTimeOffset> EndOfAsync(Running checkout)
    {
        var order = await checkout.Buyer.OrderAsync((await checkout.Started).GetProperty("orderId").GetString()!);
        return order.Json.GetProperty("updatedAt").GetDateTimeOffset();
    }

    private sealed record Running(Shopper Buyer, string Cart, Task<JsonElement> Started);
}
