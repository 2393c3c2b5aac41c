using System.IO.Compression;
using System.Text;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;

namespace NexusCart.Cli.Export;

/// <summary>Where a catalogue is read from: the shop, or a test's double of it.</summary>
public interface ICatalogueSource
{
    /// <summary>The categories of staff's making and those grown from products, parents before children.</summary>
    Task<IReadOnlyList<Category>> CategoriesAsync(CancellationToken cancellation);

    /// <summary>The brands.</summary>
    Task<IReadOnlyList<Brand>> BrandsAsync(CancellationToken cancellation);

    /// <summary>A page of products in any status.</summary>
    Task<ExportProductsResponse> ProductsAsync(ExportProductsRequest request, CancellationToken cancellation);

    /// <summary>The attribute definitions.</summary>
    Task<IReadOnlyList<AttributeDefinition>> AttributesAsync(CancellationToken cancellation);

    /// <summary>The price lists.</summary>
    Task<IReadOnlyList<PriceList>> PriceListsAsync(CancellationToken cancellation);

    /// <summary>A page of a list's prices.</summary>
    Task<ListListPricesResponse> PricesAsync(ListListPricesRequest request, CancellationToken cancellation);
}

/// <summary>
/// Writes a shop's catalogue to a file, page by page; a stop half-way leaves the file there was. The order is the one in which import can
/// take it into an empty shop: what is named comes before what names it, and definitions come after the products they did not judge.
/// </summary>
public static class CatalogueExport
{
    private const int PageSize = 250;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; packed when its name ends in <c>.gz</c>.</param>
    /// <param name="source">The shop.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many products were written, and how many entries besides.</returns>
    public static async Task<(long Products, long Entries)> WriteAsync(string path, ICatalogueSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(source);
        var draft = path + ".tmp";
        long products = 0;
        long lines = 0;
        await using (var file = Open(draft, packed: path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)))
        {
            await foreach (var line in LinesAsync(source, () => ++products, cancellation))
            {
                await file.WriteLineAsync(line.AsMemory(), cancellation);
                lines++;
            }
        }

        File.Move(draft, path, overwrite: true);
        return (products, lines - products);
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        ICatalogueSource source, Func<long> nextProduct, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        // Paths and names that only products have come back with the products.
        foreach (var category in (await source.CategoriesAsync(cancellation)).Where(category => category.CategoryId.Length > 0))
            yield return EntryLine.Write(EntryRecord.Of(0, EntryKind.Category, category));
        foreach (var brand in (await source.BrandsAsync(cancellation)).Where(brand => brand.Slug.Length > 0))
            yield return EntryLine.Write(EntryRecord.Of(0, EntryKind.Brand, brand));

        var products = new ExportProductsRequest { PageSize = PageSize };
        do
        {
            var page = await source.ProductsAsync(products, cancellation);
            // No units: who imports the file again must not receive stock a second time.
            foreach (var product in page.Products)
                yield return ProductLine.Write(new ProductRecord(nextProduct(), product, Stock: 0));
            products.PageToken = page.NextPageToken;
        }
        while (products.PageToken.Length > 0);

        foreach (var attribute in await source.AttributesAsync(cancellation))
            yield return EntryLine.Write(EntryRecord.Of(0, EntryKind.Attribute, attribute));
        foreach (var list in await source.PriceListsAsync(cancellation))
        {
            yield return EntryLine.Write(EntryRecord.Of(0, EntryKind.PriceList, list));
            var prices = new ListListPricesRequest { PriceListId = list.PriceListId, PageSize = PageSize };
            do
            {
                var page = await source.PricesAsync(prices, cancellation);
                foreach (var price in page.Prices)
                    yield return EntryLine.Write(EntryRecord.Of(0, EntryKind.Price, price, list.PriceListId));
                prices.PageToken = page.NextPageToken;
            }
            while (prices.PageToken.Length > 0);
        }
    }

    private static StreamWriter Open(string path, bool packed)
    {
        Stream stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true);
        return new StreamWriter(packed ? new GZipStream(stream, CompressionLevel.Optimal) : stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
