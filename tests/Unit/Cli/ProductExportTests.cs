using CsCheck;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Export;

namespace NexusCart.Tests.Unit.Cli;

public sealed class ProductExportTests
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char["abc \"\\/äß{}:,'\t€"], 1, 12];

    private static readonly Gen<AttributeValue> Attribute = Gen.OneOf(
        Text.Select(text => new AttributeValue { Text = text }),
        Gen.Double.Where(double.IsFinite).Select(number => new AttributeValue { Number = number }),
        Gen.Bool.Select(flag => new AttributeValue { Flag = flag }),
        Text.Array[0, 3].Select(items => new AttributeValue { List = new TextList { Values = { items } } }));

    private static readonly Gen<Media> Medium =
        from url in Gen.Int[0, 99]
        from alt in Text
        from kind in Gen.Int[1, 3]
        select new Media { Url = $"https://example.com/{url}", Alt = alt, Kind = (MediaKind)kind };

    private static readonly Gen<Variant> OneVariant =
        from sku in Gen.Int[0, 999]
        from options in Gen.Dictionary(Text, Text)[0, 3]
        from price in Gen.Long[0, 10_000_000_000_000]
        from priced in Gen.Bool
        from media in Medium.Array[0, 2]
        from status in Gen.Int[1, 3]
        select new Variant
        {
            Sku = $"V-{sku}",
            Options = { options },
            Price = priced ? new() { MinorUnits = price, Currency = "EUR" } : null,
            WeightGrams = sku,
            Media = { media },
            Status = (ProductStatus)status,
        };

    /// <summary>What staff may write; what only the catalogue gives (version, time, ids) is not there.</summary>
    private static readonly Gen<Product> Written =
        from texts in Text.Array[6]
        from numbers in Gen.Select(Gen.Long[0, 10_000_000_000_000], Gen.Int[0, 1000], Gen.Int[1, 3])
        from attributes in Gen.Dictionary(Text, Attribute)[0, 4]
        from media in Medium.Array[0, 3]
        from variants in OneVariant.Array[0, 3]
        from related in Gen.Select(Gen.Int[0, 99], Gen.Int[1, 4]).Array[0, 3]
        select new Product
        {
            Sku = "A-1",
            Title = texts[0],
            Description = texts[1],
            Brand = texts[2],
            Category = texts[3],
            Slug = "a-slug",
            TaxClass = texts[4],
            Price = new() { MinorUnits = numbers.Item1, Currency = "EUR" },
            WeightGrams = numbers.Item2,
            Status = (ProductStatus)numbers.Item3,
            Active = numbers.Item3 == (int)ProductStatus.Active,
            Attributes = { attributes },
            Media = { media },
            ImageUrls = { media.Where(item => item.Kind is MediaKind.Image).Select(item => item.Url) },
            Options = { new ProductOption { Name = texts[5], Values = { texts } } },
            Variants = { variants },
            Related = { related.Select(other => new RelatedProduct { Sku = $"R-{other.Item1}", Kind = (RelationKind)other.Item2 }) },
        };

    [Fact]
    public async Task What_is_exported_is_imported_as_it_was()
    {
        var folder = Directory.CreateTempSubdirectory("nexuscart-export-");
        try
        {
            await Written.Array[0, 8].SampleAsync(
                async products =>
                {
                    var path = Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.jsonl.gz");
                    Assert.Equal(products.Length, await ProductExport.WriteAsync(path, PagesOf(products), CancellationToken.None));
                    var lines = new List<ReadLine>();
                    await foreach (var line in ProductFile.Open(path, "USD").ReadAsync(null, CancellationToken.None))
                        lines.Add(line);
                    Assert.All(lines, line => Assert.Null(line.Refused));
                    Assert.Equal(products, lines.Select(line => line.Record!.Product));
                    Assert.All(lines, line => Assert.Equal(0, line.Record!.Stock));
                },
                iter: 50);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Pages of two; the token is how many were read.</summary>
    private static Func<ExportProductsRequest, CancellationToken, Task<ExportProductsResponse>> PagesOf(Product[] products) => (request, _) =>
    {
        var start = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, null);
        var page = new ExportProductsResponse { Products = { products.Skip(start).Take(2) } };
        if (start + 2 < products.Length)
            page.NextPageToken = $"{start + 2}";
        return Task.FromResult(page);
    };
}
