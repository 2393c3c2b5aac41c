using System.Globalization;
using System.Text.Json;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>
/// The shop of the mixed load: products in two warehouses of which some run out, one that may be ordered before it is there, promotions
/// with limits, single-use codes and a budget, and a flash sale.
/// </summary>
internal sealed class MixedShop(RunningShop shop)
{
    /// <summary>The flash sale, and the product it is about.</summary>
    public const string SaleId = "mixed-sale";

    /// <summary>The second warehouse.</summary>
    public const string East = "east";

    /// <summary>A code that anybody may enter until its campaign's money is gone.</summary>
    public const string SharedCode = "MIXED5";

    private const int Products = 12;
    private const int FirstUnits = 15;
    private const int SaleUnits = 150;
    private const string Batch = "mixed-codes";

    /// <summary>The shop itself.</summary>
    public RunningShop Shop => shop;

    /// <summary>What came of it all.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Somebody with every role.</summary>
    public Shopper Staff { get; private set; } = null!;

    /// <summary>The products that are sold by carts; the last may be ordered before it is there.</summary>
    public IReadOnlyList<string> Skus { get; } =
        [.. Enumerable.Range(1, Products).Select(number => string.Create(CultureInfo.InvariantCulture, $"MIXED-{number:D2}"))];

    /// <summary>Codes that one order may use.</summary>
    public IReadOnlyList<string> Codes { get; private set; } = [];

    /// <summary>Fills an empty shop.</summary>
    public async Task FillAsync()
    {
        Staff = await Shopper.StaffAsync(
            shop, "inventory.write", "orders.read", "orders.write", "promotions.write", "payments.read", "audit.read");
        await MustAsync(HttpMethod.Put, $"/v1/warehouses/{East}", new { name = "East", country = "PL", priority = 2 });
        var token = await shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        var sink = new ShopProductSink(shop.Client, token, TimeProvider.System);
        await sink.UpsertAsync([.. Skus.Append(SaleId).Select(Product)], CancellationToken.None);
        foreach (var sku in Skus)
        {
            await ReceiveAsync(sku, "main", FirstUnits);
            await ReceiveAsync(sku, East, FirstUnits);
        }

        await MustAsync(HttpMethod.Put, $"/v1/stock/{Skus[^1]}/policy", new { policy = new { backorder = "BACKORDER_MODE_LIMITED", backorderLimit = 30 } });
        await PromoteAsync();
        await OpenSaleAsync();
    }

    /// <summary>Units come in.</summary>
    public async Task ReceiveAsync(string sku, string warehouse, int units)
    {
        var receipt = Guid.CreateVersion7().ToString("N");
        await MustAsync(HttpMethod.Post, "/v1/stock:receive", new { receiptId = receipt, lines = new[] { new { sku, quantity = units } }, warehouseId = warehouse });
        Tally.Acknowledge(sku, "received", units);
    }

    /// <summary>Staff do something that must be done.</summary>
    public Task<JsonElement> MustAsync(HttpMethod method, string path, object? body = null)
    {
        var key = Key();
        return Patience.AcceptedAsync(() => Staff.SendAsync(method, path, body, method == HttpMethod.Get ? null : key));
    }

    /// <summary>Somebody asks for something that may be refused; what came of it is counted.</summary>
    public async Task<JsonElement?> AskAsync(Shopper who, string what, HttpMethod method, string path, object? body = null)
    {
        var key = Key();
        return Judge(what, await Patience.AnswerAsync(() => who.SendAsync(method, path, body, method == HttpMethod.Get ? null : key)));
    }

    /// <summary>Counts what came of a request; null when it was refused.</summary>
    public JsonElement? Judge(string what, ShopAnswer answer)
    {
        if (answer.Status is 200 or 202)
        {
            Tally.Add(what);
            return answer.Json;
        }

        // What a shop may say to a good client: that does not go (any more), or somebody else was first.
        Assert.True(answer.Status is 400 or 404 or 409, $"{what}: {answer}");
        var reason = answer.Json.TryGetProperty("reason", out var given) ? given.GetString() : answer.Status == 404 ? "not_found" : null;
        Assert.True(reason is not null, $"{what} was refused without a reason: {answer}");
        Tally.Add($"{what} refused: {reason}");
        return null;
    }

    /// <summary>A fresh idempotency key.</summary>
    public static string Key() => Guid.CreateVersion7().ToString("N");

    private static NexusCart.Catalog.V1.Product Product(string sku, int number)
    {
        var product = CatalogueGenerator.Generate(1).Single().Product;
        (product.Sku, product.Price) = (sku, new Money { MinorUnits = 999 + (250 * number), Currency = "EUR" });
        return product;
    }

    private async Task PromoteAsync()
    {
        await MustAsync(HttpMethod.Put, "/v1/campaigns/mixed", new { campaign = new { name = "Mixed", budget = Euro(30_000) } });
        await PutPromotionAsync("mixed-tenth", new { name = "A tenth off", active = true, selection = new { skus = new[] { Skus[0], Skus[1] } }, percentage = new { basisPoints = 1_000 } });
        await PutPromotionAsync("mixed-five", new { name = "Five off", active = true, needsCode = true, codes = new[] { SharedCode }, campaignId = "mixed", fixedAmount = new { amount = Euro(500) } });
        await PutPromotionAsync("mixed-once", new { name = "Once", active = true, needsCode = true, freeShipping = new { } });
        await MustAsync(HttpMethod.Put, $"/v1/coupon-batches/{Batch}", new { batch = new { promotionId = "mixed-once", count = 100 } });
        Codes = [.. (await MustAsync(HttpMethod.Get, $"/v1/coupon-batches/{Batch}/codes")).GetProperty("codes").EnumerateArray().Select(code => code.GetString()!)];
    }

    private Task<JsonElement> PutPromotionAsync(string id, object promotion) => MustAsync(HttpMethod.Put, $"/v1/promotions/{id}", new { promotion });

    private async Task OpenSaleAsync()
    {
        await ReceiveAsync(SaleId, "main", SaleUnits + FirstUnits);
        var now = DateTimeOffset.UtcNow;
        var terms = new
        {
            saleId = SaleId, sku = SaleId, units = SaleUnits, unitPrice = Euro(799), startsAt = now, endsAt = now.AddHours(2), claimSeconds = 30,
        };
        await MustAsync(HttpMethod.Post, "/v1/flash-sales", new { terms });
        await MustAsync(HttpMethod.Post, $"/v1/flash-sales/{SaleId}/schedule", new { });
    }

    private static object Euro(long minorUnits) => new { minorUnits = minorUnits.ToString(CultureInfo.InvariantCulture), currency = "EUR" };
}
