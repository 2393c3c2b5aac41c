using System.Collections.Concurrent;
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

/// <summary>
/// Programs are killed while checkouts run, each time at another point. Afterwards every order has ended, paid or cancelled, and the
/// books agree. How often, <see cref="Rounds"/> says; on which profile, <c>NEXUSCART_CHAOS_PROFILE</c> (the embedded one when not set).
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Checkouts = 200;
    private const int Units = 120;
    private const int MostAttempts = 4;

    // In answers: when the last ones leave, their orders have ended, and there is nothing left to break.
    private const int LatestKill = Checkouts * 3 / 4;

    private static readonly ShopProfile Profile =
        Environment.GetEnvironmentVariable("NEXUSCART_CHAOS_PROFILE") is { Length: > 0 } name ? ShopProfile.Named(name) : ShopProfile.Embedded;

    // From a connection that is back before anybody has noticed to one that outlasts the first retries.
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(8);

    private RunningShop _shop = null!;
    private ShopProductSink _sink = null!;
    private int _ordersBefore;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Profile.Missing is not null, Profile.Missing ?? "");
        _shop = await RunningShop.StartAsync(Profile);
        var token = await _shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        _sink = new ShopProductSink(_shop.Client, token, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
            await _shop.DisposeAsync();
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("inventory")]
    [InlineData("payments")]
    public Task An_app_is_killed_in_the_middle_of_checkouts(string appId) => EachRoundAsync(async _ =>
    {
        await _shop.KillAppAsync(appId);
        await _shop.WaitUntilReadyAsync();
    });

    [Fact]
    public Task Every_sidecar_is_killed_in_the_middle_of_checkouts() => EachRoundAsync(async _ =>
    {
        await _shop.KillSidecarsAsync();
        await _shop.StartAgainAsync();
    });

    /// <summary>Each server of the profile in its turn, away for a while.</summary>
    [Fact]
    public Task A_server_is_killed_in_the_middle_of_checkouts()
    {
        Assert.SkipWhen(_shop.Servers.Count == 0, $"the profile {Profile.Folder} has no servers; NEXUSCART_CHAOS_PROFILE names another");
        return EachRoundAsync(async round =>
        {
            var server = _shop.Servers[(round.Number - 1) % _shop.Servers.Count];
            await server.KillAsync();
            var outage = LongestOutage * round.Random.NextDouble();
            await Task.Delay(outage);
            await server.StartAsync();
            output.WriteLine($"{round}: {server.GetType().Name} was away for {outage.TotalSeconds:0.0} s");
            await _shop.WaitUntilReadyAsync();
        });
    }

    /// <summary>One shop for all rounds: what an earlier round left broken shows in a later one.</summary>
    private async Task EachRoundAsync(Func<Round, Task> killAndRecover)
    {
        foreach (var round in Rounds.All)
        {
            // A kill that comes when everything has ended proves nothing: on a busy machine it can.
            var (open, attempt) = (0, 0);
            while (open == 0)
            {
                Assert.True(attempt < MostAttempts, $"{round}: every order had ended before each of {MostAttempts} kills.");
                var answers = round.Random.Next(1, LatestKill);
                var running = await StartCheckoutsAsync($"{round.Number}-{++attempt}");
                await WaitForAnswersAsync(running, answers);

                var killedAt = DateTimeOffset.UtcNow;
                await killAndRecover(round);
                var recovered = DateTimeOffset.UtcNow - killedAt;

                open = await AssertEverythingEndedAndAgreesAsync(running, killedAt);
                output.WriteLine($"{round}: killed after {answers} answers with {open} of {Checkouts} orders open; up again after {recovered.TotalSeconds:0.0} s, at rest after {(DateTimeOffset.UtcNow - killedAt).TotalSeconds:0.0} s");
            }
        }
    }

    /// <summary>Carts of one product that has too few units for all, checked out at once; returns without waiting for an end.</summary>
    private async Task<IReadOnlyList<Running>> StartCheckoutsAsync(string round)
    {
        var product = CatalogueGenerator.Generate(1).Single().Product;
        product.Sku += $"-{round}";
        product.Price = new Money { MinorUnits = 1_999, Currency = "EUR" };
        await _sink.UpsertAsync([product], CancellationToken.None);
        await _sink.ReceiveAsync($"round-{round}", [new StockLine { Sku = product.Sku, Quantity = Units }], CancellationToken.None);

        // Filling the carts is not what is tested, so it does not press.
        var carts = new ConcurrentBag<(Shopper Buyer, string Cart)>();
        await Parallel.ForAsync(0, Checkouts, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, cancellation) =>
        {
            var buyer = await Shopper.GuestAsync(_shop, cancellation);
            carts.Add((buyer, await buyer.CartAsync(product.Sku)));
        });
        // Half of them wait for the end of their order, so that the answers of a round come from its start to its end.
        return [.. carts.Select((entry, index) => new Running(entry.Buyer, Patience.AcceptedAsync(() => entry.Buyer.CheckoutAsync(
            entry.Cart, "the-key", index % 10 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa", wait: index % 2 == 0 ? 30 : 0))))];
    }

    /// <summary>Checkouts are under way: so many have been answered.</summary>
    private static async Task WaitForAnswersAsync(IReadOnlyList<Running> running, int answers)
    {
        await foreach (var _ in Task.WhenEach(running.Select(checkout => checkout.Started)).WithCancellation(new CancellationTokenSource(Patience.Limit).Token))
        {
            if (--answers == 0)
                return;
        }
    }

    /// <returns>How many orders were open at the kill.</returns>
    private async Task<int> AssertEverythingEndedAndAgreesAsync(IReadOnlyList<Running> running, DateTimeOffset killedAt)
    {
        var started = await Task.WhenAll(running.Select(checkout => checkout.Started)).WaitAsync(Patience.Limit);
        var token = await _shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(_shop.Client, token, TimeProvider.System).ReadAtRestAsync(Patience.Limit, CancellationToken.None);
        var report = Auditor.Check(ledger);

        Assert.True(report.OrdersUnderWay == 0, $"{report.OrdersUnderWay} orders have not ended.{Environment.NewLine}{_shop.Output}");
        Assert.True(report.Drifts.Count == 0, string.Join(Environment.NewLine, report.Drifts) + Environment.NewLine + _shop.Output);
        var ids = started.Select(order => order.GetProperty("orderId").GetString()!).ToHashSet();
        Assert.Equal(Checkouts, ids.Count);
        var orders = ledger.Orders.Where(order => ids.Contains(order.OrderId)).ToList();
        Assert.Equal(Checkouts, orders.Count);
        Assert.InRange(orders.Count(order => order.Status == OrderStatus.Paid), 1, Units);
        Assert.Equal(_ordersBefore += Checkouts, ledger.Orders.Count);

        var ends = await Task.WhenAll(running.Select(EndOfAsync));
        return ends.Count(end => end > killedAt);
    }

    private static async Task<DateTimeOffset> EndOfAsync(Running checkout)
    {
        var order = await checkout.Buyer.OrderAsync((await checkout.Started).GetProperty("orderId").GetString()!);
        return order.Json.GetProperty("updatedAt").GetDateTimeOffset();
    }

    private sealed record Running(Shopper Buyer, Task<JsonElement> Started);
}
