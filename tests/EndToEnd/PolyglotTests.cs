using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>The shop with a service in TypeScript beside it (dapr.polyglot.yaml), which counts the shop's orders.</summary>
public sealed class PolyglotTests : IAsyncLifetime
{
    private const string Statistics = "order-statistics";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private RunningShop _shop = null!;
    private HttpClient _callerSidecar = null!;
    private HttpClient _ownSidecar = null!;

    public async ValueTask InitializeAsync()
    {
        var folder = Path.Combine(RepoPaths.Root, "samples", Statistics);
        Assert.SkipUnless(NodePrograms.IsNodeInstalled, "Node.js is not installed");
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "dist", "main.js")) && Directory.Exists(Path.Combine(folder, "node_modules")),
            $"samples/{Statistics} is not built: npm ci and npm run build there");
        _shop = await RunningShop.StartAsync(runFile: "dapr.polyglot.yaml");
        _callerSidecar = new HttpClient { BaseAddress = _shop.SidecarAddress("gateway") };
        _ownSidecar = new HttpClient { BaseAddress = _shop.SidecarAddress(Statistics) };
        // The runner knows when a service of the shop is ready, not when this one has joined: what is told before is not for it.
        await EventuallyAsync("2001-01-01", static _ => true, "the service does not answer");
        for (var started = Stopwatch.GetTimestamp(); !(await _ownSidecar.GetStringAsync("/v1.0/metadata")).Contains("\"orders\"", StringComparison.Ordinal); await Task.Delay(50))
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the service has not subscribed");
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is null)
            return;
        _callerSidecar.Dispose();
        _ownSidecar.Dispose();
        await _shop.DisposeAsync();
    }

    [Fact]
    public async Task A_service_in_another_language_counts_the_shops_orders_once_each()
    {
        // With 4.90 euro of shipping.
        var (order, day) = await BuyAsync(units: 2, price: 1_250);
        await EventuallyAsync(day, statistics => Sales(statistics, "EUR") == (1, 2, 2_990), "the order is not counted");
        Assert.Equal(1, await TimesInStateAsync(day, $"{order}:paid"));

        // The same event again, and others in any order and several times.
        var events = Enumerable.Range(0, 100).Select(number => Cancelled(number, "2001-02-03")).ToArray();
        var storm = Enumerable.Range(0, 3).SelectMany(_ => events).ToArray();
        Random.Shared.Shuffle(storm);
        await Parallel.ForEachAsync(storm, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (each, cancellation) =>
        {
            using var answer = await _ownSidecar.PostAsync("/v1.0/publish/pubsub/orders", CloudEvent(each), cancellation);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        });
        await EventuallyAsync("2001-02-03", statistics => Declined(statistics) == events.Length, "the events are not all counted");

        // Delivered by hand, so that the service has answered each before it is asked.
        foreach (var again in events)
            Assert.Equal("SUCCESS", await DeliverAsync("order-cancelled", again));
        Assert.Equal("SUCCESS", await DeliverAsync("order-paid", Paid($"{order}:paid", day)));
        Assert.Equal(events.Length, Declined(await StatisticsAsync("2001-02-03")));
        Assert.Equal((1, 2, 2_990), Sales(await StatisticsAsync(day), "EUR"));

        // What cannot be read goes to the dead letters at once.
        Assert.Equal("DROP", await DeliverAsync("order-paid", Paid("half", "2001-02-03", total: 0.5m)));
        using var answer = await _callerSidecar.GetAsync($"/v1.0/invoke/{Statistics}/method/statistics/2001-02-30");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static object Cancelled(int number, string day) => new
    {
        specversion = "1.0",
        id = $"storm-{number}:cancelled",
        source = "orders",
        type = "order.cancelled.v1",
        data = new { orderId = $"storm-{number}", customerId = "c", cartId = "c", reason = "card_declined: too little", at = $"{day}T12:00:00Z" },
    };

    private static object Paid(string id, string day, decimal total = 2_500) => new
    {
        specversion = "1.0",
        id,
        source = "orders",
        type = "order.paid.v1",
        data = new { lines = new[] { new { quantity = 2 } }, totalMinorUnits = total, currency = "EUR", at = $"{day}T12:00:00Z" },
    };

    private static JsonContent CloudEvent(object each) => JsonContent.Create(each, new MediaTypeHeaderValue("application/cloudevents+json"));

    private static (long Orders, long Units, long Revenue) Sales(JsonElement statistics, string currency) =>
        statistics.GetProperty("currencies").TryGetProperty(currency, out var sales)
            ? (sales.GetProperty("orders").GetInt64(), sales.GetProperty("units").GetInt64(), sales.GetProperty("revenueMinorUnits").GetInt64())
            : default;

    private static long Declined(JsonElement statistics) =>
        statistics.GetProperty("cancelled").TryGetProperty("card_declined", out var count) ? count.GetInt64() : 0;

    /// <summary>A purchase that ends paid; its id, and the day it counts for.</summary>
    private async Task<(string Order, string Day)> BuyAsync(int units, long price)
    {
        var token = await _shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        var sink = new ShopProductSink(_shop.Client, token, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        (product.Sku, product.Price) = ("POLYGLOT-1", new Money { MinorUnits = price, Currency = "EUR" });
        await sink.UpsertAsync([product], CancellationToken.None);
        await sink.ReceiveAsync("first", [new StockLine { Sku = product.Sku, Quantity = units }], CancellationToken.None);

        var buyer = await Shopper.GuestAsync(_shop);
        var order = (await buyer.CheckoutAsync(await buyer.CartAsync(product.Sku, units), "key", wait: 20)).Json;
        Assert.Equal("ORDER_STATUS_PAID", order.GetProperty("status").GetString());
        var updated = order.GetProperty("updatedAt").GetDateTimeOffset().UtcDateTime;
        return (order.GetProperty("orderId").GetString()!, updated.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }

    /// <summary>What the service answers when another app asks it.</summary>
    private async Task<JsonElement> StatisticsAsync(string day)
    {
        using var answer = await _callerSidecar.GetAsync($"/v1.0/invoke/{Statistics}/method/statistics/{day}");
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task EventuallyAsync(string day, Func<JsonElement, bool> isSo, string otherwise)
    {
        var limit = DateTimeOffset.UtcNow + Patience;
        object last = "nothing";
        while (DateTimeOffset.UtcNow < limit)
        {
            try
            {
                var statistics = await StatisticsAsync(day);
                if (isSo(statistics))
                    return;
                last = statistics;
            }
            catch (HttpRequestException e)
            {
                last = e; // Not up yet.
            }

            await Task.Delay(50);
        }

        Assert.Fail($"{otherwise}: {last}{Environment.NewLine}{_shop.Output}");
    }

    /// <summary>Hands an event to the service as its sidecar would, and gives its verdict.</summary>
    private async Task<string?> DeliverAsync(string route, object each)
    {
        using var answer = await _callerSidecar.PostAsync($"/v1.0/invoke/{Statistics}/method/pubsub--orders--{route}", CloudEvent(each));
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString();
    }

    /// <summary>How often an event is counted in what the service keeps.</summary>
    private async Task<int> TimesInStateAsync(string day, string id)
    {
        var keys = Enumerable.Range(0, 16).Select(number => $"{day}-{number}");
        using var answer = await _ownSidecar.PostAsJsonAsync("/v1.0/state/statestore/bulk", new { keys });
        var sheets = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return sheets.EnumerateArray().Where(sheet => sheet.TryGetProperty("data", out _))
            .SelectMany(sheet => sheet.GetProperty("data").GetProperty("counted").EnumerateArray())
            .Count(counted => counted.GetString() == id);
    }
}
