using NexusCart.Catalog.Api;
using NexusCart.Catalog.Domain;
using NexusCart.Cli.Generator;

namespace NexusCart.Tests.Unit.Cli;

public sealed class CatalogueGeneratorTests
{
    [Fact]
    public void The_same_seed_makes_the_same_catalogue()
    {
        Assert.Equal(CatalogueGenerator.Generate(300), CatalogueGenerator.Generate(300));
        Assert.NotEqual(CatalogueGenerator.Generate(300), CatalogueGenerator.Generate(300, seed: 7));
    }

    [Fact]
    public void A_longer_catalogue_begins_with_the_shorter_one() =>
        Assert.Equal(CatalogueGenerator.Generate(100), CatalogueGenerator.Generate(500).Take(100));

    [Fact]
    public void The_first_product_never_changes_between_releases()
    {
        var first = CatalogueGenerator.Generate(1).Single();
        Assert.Equal("LAP-000001", first.Product.Sku);
        Assert.Equal("Kestrel Computing Studio 80 laptop, 13 inch, 64 GB, 512 GB SSD", first.Product.Title);
        Assert.Equal(110_790, first.Product.Price.MinorUnits);
    }

    [Fact]
    public void Every_product_is_one_the_catalogue_accepts()
    {
        var products = CatalogueGenerator.Generate().ToList();
        Assert.True(products.Count >= 5_000);
        Assert.True(products.Select(record => record.Product.Category).Distinct().Count() >= 12);
        Assert.Equal(products.Count, products.Select(record => record.Product.Sku).Distinct().Count());
        Assert.All(products, record => Assert.Null(ProductRules.Check(ProductMapping.ToDraft(record.Product))));
        Assert.All(products, record => Assert.InRange(record.Stock!.Value, 0, 2_000));
    }

    [Fact]
    public void Article_numbers_carry_a_valid_check_digit() =>
        Assert.All(CatalogueGenerator.Generate(200), record =>
        {
            var digits = record.Product.Eans.Single().Select(c => c - '0').ToArray();
            Assert.Equal(13, digits.Length);
            Assert.Equal(0, digits.Select((digit, index) => digit * (index % 2 == 0 ? 1 : 3)).Sum() % 10);
        });
}
