using NexusCart.Catalog.V1;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Tests.Harness;

[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(NexusCart.Tests.EndToEnd.ShopFixture))]

namespace NexusCart.Tests.EndToEnd;

/// <summary>One shop for all tests of the assembly. Each test brings a product of its own, so they do not share stock.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    private int _products;

    /// <summary>The shop.</summary>
    public RunningShop Shop { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Shop = await RunningShop.StartAsync();

    public async ValueTask DisposeAsync() => await Shop.DisposeAsync();

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
        Assert.Equal(1, answer.Created);
        if (units > 0)
            await sink.ReceiveAsync($"first-{sku}", [new StockLine { Sku = sku, Quantity = units }], CancellationToken.None);
        return sku;
    }

    /// <summary>Units of a SKU for sale now.</summary>
    public async Task<int> AvailableAsync(string sku) =>
        (await Shop.Client.Inventory.GetAvailabilityAsync(new GetAvailabilityRequest { Skus = { sku } })).Items.Single().Available;
}
