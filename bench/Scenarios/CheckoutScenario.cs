using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using NexusCart.Bench.Load;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using NexusCart.Inventory.V1;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// Checkouts end to end through the gateway of a running shop: from the request to the paid order. Every checkout has a buyer and a cart
/// of its own, made before the clock starts, over a few dozen products, as in a shop on a busy day.
/// </summary>
public sealed class CheckoutScenario(ShopClient shop)
{
    private const int Products = 64;
    private const int UnitsEach = 100_000;
    private const int PreparedAtOnce = 16;

    /// <summary>Saturates the shop, then offers half of what it could do; both with buyers of their own.</summary>
    /// <param name="count">Checkouts of each of the two runs.</param>
    /// <param name="inFlight">Checkouts under way in the first.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public async Task<IReadOnlyList<LoadResult>> RunAsync(int count, int inFlight, CancellationToken cancellation)
    {
        var skus = await StockAsync(cancellation);
        await OpenLoop.SaturateAsync("warm-up", inFlight, count / 4, await PrepareAsync(skus, count / 4, cancellation), cancellation);
        var full = await OpenLoop.SaturateAsync($"checkout, {inFlight} in flight", inFlight, count, await PrepareAsync(skus, count, cancellation), cancellation);
        var half = await OpenLoop.RunAsync("checkout at half of that", full.DonePerSecond / 2, count, await PrepareAsync(skus, count, cancellation), cancellation);
        return [full, half];
    }

    /// <summary>Audits the shop; true when nothing has drifted.</summary>
    public async Task<bool> AuditAsync(CancellationToken cancellation)
    {
        var token = await shop.GetTokenAsync("auditor", ["audit.read"], cancellation);
        var report = Auditor.Check(await new LedgerReader(shop, token, TimeProvider.System).ReadAtRestAsync(TimeSpan.FromMinutes(1), cancellation));
        foreach (var drift in report.Drifts.Take(20))
            Console.WriteLine($"DRIFT {drift.Invariant}: {drift.Subject}: {drift.Detail}");
        Console.WriteLine($"Audit: {report.Orders.Values.Sum()} orders, {report.UnitsSold} units sold, {report.Drifts.Count} drifts.");
        return report.Drifts.Count == 0;
    }

    private async Task<IReadOnlyList<string>> StockAsync(CancellationToken cancellation)
    {
        var token = await shop.GetTokenAsync("importer", ["catalog.write", "inventory.write"], cancellation);
        var sink = new ShopProductSink(shop, token, TimeProvider.System);
        var products = CatalogueGenerator.Generate(Products).Select(record => record.Product).ToList();
        foreach (var product in products)
            product.Sku = "BENCH-" + product.Sku;
        await sink.UpsertAsync(products, cancellation);
        await sink.ReceiveAsync($"bench-{Guid.CreateVersion7()}", [.. products.Select(product => new StockLine { Sku = product.Sku, Quantity = UnitsEach })], cancellation);
        return [.. products.Select(product => product.Sku)];
    }

    private async Task<Func<int, CancellationToken, Task<bool>>> PrepareAsync(IReadOnlyList<string> skus, int count, CancellationToken cancellation)
    {
        var buyers = new (string Token, string Cart)[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = PreparedAtOnce, CancellationToken = cancellation }, async (index, stop) =>
        {
            var token = (await shop.GetTokenAsync(subject: null, roles: [], stop)).Value;
            var cart = (await PostAsync(token, "/v1/carts", new { currency = "EUR" }, prefer: null, stop)).GetProperty("cartId").GetString()!;
            await PostAsync(token, $"/v1/carts/{cart}/lines", new { sku = skus[index % skus.Count], quantity = 1 }, prefer: null, stop);
            buyers[index] = (token, cart);
        });

        return async (index, stop) =>
        {
            var (token, cart) = buyers[index];
            var order = await PostAsync(token, "/v1/checkout", Body(cart), "wait=30", stop);
            return order.GetProperty("status").GetString() == "ORDER_STATUS_PAID";
        };
    }

    private static object Body(string cartId) => new
    {
        cartId,
        paymentMethod = "pm_card_visa",
        email = "bench@example.com",
        shippingAddress = new { fullName = "A Buyer", line1 = "1 Harbour Street", postalCode = "20457", city = "Hamburg", country = "DE" },
    };

    private async Task<JsonElement> PostAsync(string token, string path, object body, string? prefer, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        if (prefer is not null)
            request.Headers.Add("Prefer", prefer);
        using var answer = await shop.Http.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }
}
