using CsCheck;
using Google.Protobuf;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Export;

namespace NexusCart.Tests.Unit.Cli;

/// <summary>Export and import are each other's inverse.</summary>
public sealed class CatalogueExportTests
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

    private static readonly Gen<Category> OneCategory =
        from ids in Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99])
        from texts in Text.Array[2]
        from order in Gen.Int[-5, 5]
        select new Category { CategoryId = $"c{ids.Item1}", ParentId = ids.Item2 == 0 ? "" : $"c{ids.Item2}", Slug = texts[0], Name = texts[1], Order = order };

    private static readonly Gen<Brand> OneBrand =
        from slug in Gen.Int[0, 99]
        from texts in Text.Array[2]
        select new Brand { Slug = $"b{slug}", Name = texts[0], Description = texts[1], LogoUrl = "https://example.com/logo" };

    private static readonly Gen<AttributeDefinition> OneAttribute =
        from texts in Text.Array[4]
        from kind in Gen.Int[1, 5]
        from bounds in Gen.Select(Gen.Double[-1e9, 1e9], Gen.Bool, Gen.Bool)
        select Bounded(new AttributeDefinition { Name = texts[0], Label = texts[1], Kind = (AttributeKind)kind, Unit = texts[2], Values = { texts }, Required = bounds.Item2, RequiredIn = texts[3] }, bounds.Item1, bounds.Item3);

    private static readonly Gen<PriceList> OneList =
        from id in Gen.Int[0, 9]
        from name in Text
        from currency in Gen.Int[0, 2].Select(number => new[] { "EUR", "JPY", "KWD" }[number])
        from customers in Gen.Bool.Select(all => all ? "" : "trade")
        from seconds in Gen.Long[0, 4_000_000_000]
        from rest in Gen.Select(Gen.Int[-1000, 1000], Gen.Bool, Gen.Bool)
        select new PriceList
        {
            PriceListId = $"list-{id}",
            Name = name,
            Currency = currency,
            CustomerGroup = customers,
            ValidFrom = rest.Item2 ? null : new() { Seconds = seconds, Nanos = 123_456_700 },
            Priority = rest.Item1,
            Active = rest.Item3,
        };

    private static readonly Gen<ListPrice> OnePrice =
        from sku in Gen.Int[0, 999]
        from tiers in Gen.Select(Gen.Int[1, 1_000_000], Gen.Long[0, 10_000_000_000_000]).Array[1, 3]
        select new ListPrice { Sku = $"S-{sku}", Tiers = { tiers.Select(tier => new PriceTier { MinQuantity = tier.Item1, MinorUnits = tier.Item2 }) } };

    private static readonly Gen<MemoryCatalogue> Catalogue =
        from categories in OneCategory.Array[0, 3]
        from brands in OneBrand.Array[0, 3]
        from products in Written.Array[0, 8]
        from attributes in OneAttribute.Array[0, 3]
        from lists in OneList.Array[0, 3]
        from prices in OnePrice.Array[0, 5]
        select new MemoryCatalogue(categories, brands, products, attributes, [.. lists.DistinctBy(list => list.PriceListId)], prices);

    [Fact]
    public async Task What_is_exported_is_imported_as_it_was()
    {
        var folder = Directory.CreateTempSubdirectory("nexuscart-export-");
        try
        {
            await Catalogue.SampleAsync(
                async catalogue =>
                {
                    var path = Path.Combine(folder.FullName, $"{Guid.NewGuid():N}.jsonl.gz");
                    var (products, entries) = await CatalogueExport.WriteAsync(path, catalogue, CancellationToken.None);
                    var lines = new List<ReadLine>();
                    await foreach (var line in ProductFile.Open(path, "USD").ReadAsync(null, CancellationToken.None))
                        lines.Add(line);
                    Assert.All(lines, line => Assert.Null(line.Refused));
                    Assert.Equal((catalogue.Products.Length, lines.Count), (products, products + entries));
                    Assert.Equal(catalogue.Products, lines.Where(line => line.Record is not null).Select(line => line.Record!.Product));
                    Assert.All(lines.Where(line => line.Record is not null), line => Assert.Equal(0, line.Record!.Stock));
                    Assert.Equal(catalogue.Entries(), lines.Where(line => line.Entry is not null).Select(line => (line.Entry!.PriceListId, line.Entry.Entry)));
                },
                iter: 50);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AttributeDefinition Bounded(AttributeDefinition definition, double minimum, bool isBounded)
    {
        if (isBounded)
            definition.Minimum = minimum;
        return definition;
    }

    /// <summary>A catalogue in memory, each list with all prices. It shows besides what only a catalogue gives, and pages of two.</summary>
    private sealed record MemoryCatalogue(
        Category[] Categories, Brand[] Brands, Product[] Products, AttributeDefinition[] Attributes, PriceList[] Lists, ListPrice[] Prices) : ICatalogueSource
    {
        /// <summary>What is expected besides products, in order, each with the list it belongs to.</summary>
        public IEnumerable<(string ListId, IMessage Entry)> Entries() =>
        [
            .. Categories.Select(category => ("", (IMessage)category)), .. Brands.Select(brand => ("", (IMessage)brand)),
            .. Attributes.Select(attribute => ("", (IMessage)attribute)),
            .. Lists.SelectMany(list => Prices.Select(price => (list.PriceListId, (IMessage)price)).Prepend(("", list))),
        ];

        public Task<IReadOnlyList<Category>> CategoriesAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Category>>(
            [.. Categories.Select(category => new Category(category) { Version = 3, Path = "a/b", ProductCount = 7 }), new Category { Path = "named/by-products-alone" }]);

        public Task<IReadOnlyList<Brand>> BrandsAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Brand>>(
            [.. Brands.Select(brand => new Brand(brand) { Version = 3, ProductCount = 7 }), new Brand { Name = "Named by products alone" }]);

        public Task<ExportProductsResponse> ProductsAsync(ExportProductsRequest request, CancellationToken cancellation)
        {
            var (page, next) = Cut(Products, request.PageToken);
            return Task.FromResult(new ExportProductsResponse { Products = { page }, NextPageToken = next });
        }

        public Task<IReadOnlyList<AttributeDefinition>> AttributesAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<AttributeDefinition>>(
            [.. Attributes.Select(attribute => new AttributeDefinition(attribute) { Version = 3 })]);

        public Task<IReadOnlyList<PriceList>> PriceListsAsync(CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<PriceList>>([.. Lists.Select(list => new PriceList(list) { Version = 3 })]);

        public Task<ListListPricesResponse> PricesAsync(ListListPricesRequest request, CancellationToken cancellation)
        {
            Assert.Contains(Lists, list => list.PriceListId == request.PriceListId);
            var (page, next) = Cut(Prices, request.PageToken);
            return Task.FromResult(new ListListPricesResponse { Prices = { page }, NextPageToken = next });
        }

        /// <summary>The token is how many were read.</summary>
        private static (IEnumerable<T> Page, string Next) Cut<T>(T[] all, string token)
        {
            var start = token.Length == 0 ? 0 : int.Parse(token, null);
            return (all.Skip(start).Take(2), start + 2 < all.Length ? $"{start + 2}" : "");
        }
    }
}
