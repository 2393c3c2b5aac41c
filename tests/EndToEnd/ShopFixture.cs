using System.Net.Http.Json;
using System.Text.Json;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Tests.Harness;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NexusCart.Tests.EndToEnd;

/// <summary>
/// One shop on one profile for the tests that share it, started by the first. Each test brings a product of its own, so they do not
/// share stock.
/// </summary>
public abstract class ShopFixture(ShopProfile profile) : IAsyncDisposable
{
    private int _products;
    private RunningShop? _shop;

    /// <summary>The shop.</summary>
    public RunningShop Shop => _shop ?? throw new InvalidOperationException("The shop has not been started.");

    /// <summary>Why its tests are skipped; null when the machine has what the profile needs.</summary>
    public string? Missing => profile.Missing;

    /// <summary>The profile's folder below <c>components/</c>.</summary>
    public string Folder => profile.Folder;

    /// <summary>Starts the shop and its servers, once.</summary>
    public async Task EnsureStartedAsync() => _shop ??= await RunningShop.StartAsync(profile);

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
            await _shop.DisposeAsync();
    }

    /// <summary>Names and types of the components that the sidecar of an app has loaded.</summary>
    public async Task<Dictionary<string, string>> ComponentsAsync(string appId)
    {
        using var http = new HttpClient { BaseAddress = Shop.SidecarAddress(appId) };
        var metadata = await http.GetFromJsonAsync<JsonElement>("/v1.0/metadata");
        return metadata.GetProperty("components").EnumerateArray().ToDictionary(
            component => component.GetProperty("name").GetString()!, component => component.GetProperty("type").GetString()!);
    }

    /// <summary>A new product with so many units in stock.</summary>
    /// <returns>Its SKU.</returns>
    public async Task<string> ProductAsync(int units, long price = 1_999)
    {
        var sku = $"E2E-{Interlocked.Increment(ref _products):D4}";
        var token = await Shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);
        var sink = new ShopProductSink(Shop.Client, token, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        (product.Sku, product.Price) = (sku, new Money { MinorUnits = price, Currency = "EUR" });
        var answer = await sink.UpsertAsync([product], CancellationToken.None);
        Assert.Empty(answer.Refused); // Repeated after a lost answer it is unchanged.
        if (units > 0)
            await sink.ReceiveAsync($"first-{sku}", [new StockLine { Sku = sku, Quantity = units }], CancellationToken.None);
        return sku;
    }

    /// <summary>Units of a SKU for sale now.</summary>
    public async Task<int> AvailableAsync(string sku) =>
        (await Shop.Client.Inventory.GetAvailabilityAsync(new GetAvailabilityRequest { Skus = { sku } })).Items.Single().Available;
}
