using NexusCart.Catalog.V1;
using NexusCart.Cli.Generator;
using NexusCart.Inventory.V1;

namespace NexusCart.Cli.Import;

/// <summary>
/// Fills a shop with the generated catalogue, unless it has other products. Stopping half-way does no harm: the next run finds only
/// products of its own, and goes on; units are received once per SKU under one receipt.
/// </summary>
public sealed class ShopSeeder(Catalog.V1.Catalog.CatalogClient catalog, IProductSink sink)
{
    private const string Receipt = "seed";
    private const int BatchSize = 400;

    /// <summary>Seeds; returns how many products were sent, 0 when the shop has a catalogue already.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var products = CatalogueGenerator.Generate().ToList();
        if (await IsFilledAsync(products.Count, products[0].Product.Sku, cancellation))
            return 0;

        foreach (var batch in products.Chunk(BatchSize))
        {
            await sink.UpsertAsync([.. batch.Select(record => record.Product)], cancellation);
            var stock = batch
                .Where(record => record.Stock > 0)
                .Select(record => new StockLine { Sku = record.Product.Sku, Quantity = record.Stock!.Value })
                .ToList();
            await sink.ReceiveAsync(Receipt, stock, cancellation);
        }

        return products.Count;
    }

    // Filled means: somebody else's products, or all of ours. Fewer of ours is a seeding that was stopped.
    private async Task<bool> IsFilledAsync(int count, string firstSku, CancellationToken cancellation)
    {
        var page = await catalog.ListProductsAsync(new ListProductsRequest { PageSize = 1 }, cancellationToken: cancellation);
        if (page.TotalCount == 0)
            return false;
        var first = await catalog.GetProductsAsync(new GetProductsRequest { Skus = { firstSku } }, cancellationToken: cancellation);
        return first.Products.Count == 0 || page.TotalCount >= count;
    }
}
