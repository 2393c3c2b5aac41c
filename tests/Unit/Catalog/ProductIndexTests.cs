using CsCheck;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.ReadModel;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class ProductIndexTests
{
    private readonly ProductIndex _index = new();

    [Fact]
    public void The_higher_version_wins_in_whatever_order()
    {
        _index.Put(ProductRulesTests.Sample() with { Version = 3, Title = "new" });
        _index.Put(ProductRulesTests.Sample() with { Version = 2, Title = "old" });
        Assert.True(_index.TryGet("A-1", out var product));
        Assert.Equal("new", product.Title);
        Assert.Equal(3, _index.VersionOf("A-1"));
    }

    [Fact]
    public void A_category_holds_its_subcategories_and_no_neighbours()
    {
        _index.Put(ProductRulesTests.Sample("A", "home/lighting") with { Version = 1 });
        _index.Put(ProductRulesTests.Sample("B", "home") with { Version = 1 });
        _index.Put(ProductRulesTests.Sample("C", "homeware") with { Version = 1 });
        _index.Put(ProductRulesTests.Sample("D", "home/lighting", active: false) with { Version = 1 });

        Assert.Equal(["A", "B"], _index.Shelves().Of("home").Select(product => product.Sku));
        Assert.Equal(["home 2", "home/lighting 1", "homeware 1"], _index.Shelves().Categories.Select(category => $"{category.Path} {category.ProductCount}"));
    }

    [Fact]
    public void A_change_shows_in_the_next_list()
    {
        _index.Put(ProductRulesTests.Sample("A") with { Version = 1 });
        Assert.Single(_index.Shelves().Of(""));
        _index.Put(ProductRulesTests.Sample("A", active: false) with { Version = 2 });
        Assert.Empty(_index.Shelves().Of(""));
    }

    [Fact]
    public void Pages_show_everything_once_in_order() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[1, 20], Gen.Bool).Sample((count, size, byBrand) =>
        {
            var index = new ProductIndex();
            for (var i = 0; i < count; i++)
                index.Put(ProductRulesTests.Sample($"S{i * 7919 % 1000:D3}", brand: i % 3 == 0 ? "Oberon" : "Lumora") with { Version = 1 });
            var shelf = index.Shelves().Of("");
            var brand = byBrand ? "lumora" : "";
            var expected = shelf.Where(product => !byBrand || product.Brand == "Lumora").Select(product => product.Sku).ToList();

            var seen = new List<string>();
            var token = "";
            do
            {
                var page = ProductPage.Cut(shelf, brand, token, size);
                Assert.Equal(expected.Count, page.TotalCount);
                Assert.True(page.Products.Count <= size);
                seen.AddRange(page.Products.Select(product => product.Sku));
                token = page.NextPageToken;
            }
            while (token.Length > 0);
            Assert.Equal(expected, seen);
        });
}
