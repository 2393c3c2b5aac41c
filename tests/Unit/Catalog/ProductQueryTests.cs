using CsCheck;
using Grpc.Core;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Catalog.V1;
using Domain = NexusCart.Catalog.Domain;
using Product = NexusCart.Catalog.V1.Product;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class ProductQueryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Pages_show_everything_once_in_the_order_asked_for() =>
        Gen.Select(Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5]).Array[0, 40], Gen.Int[1, 9], Gen.Int[0, 4], Gen.Bool).Sample((made, size, order, red) =>
        {
            var shelf = Shelf(made.Select((product, i) => ProductRulesTests.Sample($"S{i * 37 % 100:D2}") with
            {
                Title = $"Lamp {product.Item1}",
                PriceMinorUnits = product.Item2,
                UpdatedAt = Now.AddDays(product.Item1),
                Attributes = new Dictionary<string, ProductAttribute> { ["colour"] = new(Text: product.Item1 % 2 == 0 ? "red" : "blue") },
            }));
            var request = new ListProductsRequest { Sort = (ProductSort)order };
            if (red)
                request.Attributes.Add("colour:red");
            var seen = new List<Product>();
            do
            {
                var page = ProductQuery.Read(request, "").Page(shelf, product => product, size);
                Assert.True(page.Products.Count <= size);
                seen.AddRange(page.Products);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);

            var expected = Sorted(shelf.Where(product => !red || product.Attributes["colour"].Text == "red"), request.Sort);
            Assert.Equal(expected.Select(product => product.Sku), seen.Select(product => product.Sku));
        });

    [Fact]
    public void Values_of_one_attribute_are_alternatives_and_attributes_add_up()
    {
        var shelf = Shelf(
        [
            Lamp("A", ("colour", new(Text: "red")), ("watt", new(Number: 40))),
            Lamp("B", ("colour", new(Text: "blue")), ("watt", new(Number: 40))),
            Lamp("C", ("colour", new(Text: "green")), ("watt", new(Number: 40))),
            Lamp("D", ("colour", new(Text: "red")), ("watt", new(Number: 60.5))),
            Lamp("E", ("colour", new(List: ["red", "blue"])), ("watt", new(Number: 40))),
        ]);
        Assert.Equal(["A", "B", "E"], Find(shelf, new ListProductsRequest { Attributes = { "colour:red", "colour:blue", "watt:40" } }));
        Assert.Equal(["D"], Find(shelf, new ListProductsRequest { Attributes = { "watt:60.5" } }));
    }

    [Fact]
    public void Facets_count_what_matches_options_of_variants_included()
    {
        var shelf = Shelf([VariantRulesTests.Shirt("S1"), VariantRulesTests.Shirt("S2"), Lamp("L", ("colour", new(Text: "red")))]);
        var page = ProductQuery.Read(new ListProductsRequest { Facets = { "colour", "size" } }, "").Page(shelf, product => product, 1);
        Assert.Equal(["red 3", "blue 2"], page.Facets[0].Values.Select(value => $"{value.Value} {value.ProductCount}"));
        Assert.Equal(["L 2", "M 2"], page.Facets[1].Values.Select(value => $"{value.Value} {value.ProductCount}"));
    }

    [Fact]
    public void Prices_are_bounded_in_the_currency_asked_for()
    {
        var shelf = Shelf([ProductRulesTests.Sample("A") with { PriceMinorUnits = 5 }, ProductRulesTests.Sample("B") with { PriceMinorUnits = 9 }, ProductRulesTests.Sample("C") with { Currency = "USD" }]);
        Assert.Equal(["B"], Find(shelf, new ListProductsRequest { Currency = "EUR", MinPrice = 6 }));
        Assert.Equal(["A"], Find(shelf, new ListProductsRequest { Currency = "EUR", MaxPrice = 5 }));
    }

    public static TheoryData<string, ListProductsRequest> Faults => new()
    {
        { "currency", new ListProductsRequest { MinPrice = 1 } },
        { "attributes[0]", new ListProductsRequest { Attributes = { "red" } } },
        { "sort", new ListProductsRequest { Sort = (ProductSort)99 } },
        { "pageToken", new ListProductsRequest { Sort = ProductSort.Title, PageToken = "~" } },
        { "pageToken", new ListProductsRequest { PageToken = "a b" } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_field_is_named(string field, ListProductsRequest request)
    {
        var fault = Assert.Throws<RpcException>(() => ProductQuery.Read(request, "").Page(Shelf([]), product => product, 1));
        Assert.StartsWith(field + ":", fault.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Slugs_lead_to_whom_they_belong_in_whatever_order_the_news_comes()
    {
        var (first, second) = (ProductRulesTests.Sample("A"), ProductRulesTests.Sample("B"));
        var index = new ProductIndex();
        index.Put(first with { Version = 1, Slug = "lamp" });
        index.Put(second with { Version = 1, Slug = "lamp" }); // It was given up by the other, whose news is late.
        index.Put(first with { Version = 2, Slug = "desk-lamp" });
        Assert.True(index.TryGetBySlug("lamp", out var found) && found.Sku == "B");
        index.Put(first with { Version = 3, Slug = "best-lamp", FormerSlugs = ["desk-lamp"] });
        Assert.True(index.TryGetBySlug("desk-lamp", out found) && found.Sku == "A");
    }

    [Fact]
    public void A_variant_is_found_as_long_as_its_product_has_it()
    {
        var index = new ProductIndex();
        index.Put(VariantRulesTests.Shirt() with { Version = 1 });
        Assert.True(index.TryGet("SHIRT-1", out var variant) && variant.ParentSku == "SHIRT");
        index.Put(ProductRulesTests.Sample("SHIRT") with { Version = 2 });
        Assert.False(index.TryGet("SHIRT-1", out _));
    }

    private static IEnumerable<Product> Sorted(IEnumerable<Product> products, ProductSort sort) => sort switch
    {
        ProductSort.PriceAscending => products.OrderBy(product => product.Price.MinorUnits).ThenBy(product => product.Sku, StringComparer.Ordinal),
        ProductSort.PriceDescending => products.OrderByDescending(product => product.Price.MinorUnits).ThenBy(product => product.Sku, StringComparer.Ordinal),
        ProductSort.Title => products.OrderBy(product => product.Title, StringComparer.Ordinal).ThenBy(product => product.Sku, StringComparer.Ordinal),
        ProductSort.Newest => products.OrderByDescending(product => product.UpdatedAt.ToDateTimeOffset()).ThenBy(product => product.Sku, StringComparer.Ordinal),
        _ => products,
    };

    private static IEnumerable<string> Find(IReadOnlyList<Product> shelf, ListProductsRequest request) =>
        ProductQuery.Read(request, "").Page(shelf, product => product, 100).Products.Select(product => product.Sku);

    private static Domain.Product Lamp(string sku, params (string Name, ProductAttribute Value)[] attributes) =>
        ProductRulesTests.Sample(sku) with { Attributes = attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Value) };

    private static IReadOnlyList<Product> Shelf(IEnumerable<Domain.Product> products)
    {
        var index = new ProductIndex();
        foreach (var product in products)
            index.Put(product with { Version = 1 });
        return index.Shelves().Of("");
    }
}
