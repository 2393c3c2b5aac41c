using NexusCart.Catalog.Domain;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class ProductRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static Product Sample(string sku = "A-1", string category = "home/lighting", string brand = "Lumora", bool active = true) => new(
        sku, "Lamp", "A lamp.", brand, category, 1299, "EUR",
        new Dictionary<string, ProductAttribute> { ["colour"] = new(Text: "red"), ["weight"] = new(Number: 1.5) },
        ["https://example.com/1.jpg"], ["4006381333931"], active, Version: 0, UpdatedAt: default);

    private static RevisedProduct Apply(Product? current, Product draft, DateTimeOffset now) =>
        ProductRevision.Apply(current, new ProductEdit(draft), now);

    [Fact]
    public void A_sound_product_passes() => Assert.Null(ProductRules.Check(Sample()));

    public static TheoryData<string, Product> Faults => new()
    {
        { "sku", Sample() with { Sku = "" } },
        { "sku", Sample() with { Sku = "a/b" } },
        { "sku", Sample() with { Sku = new string('a', 65) } },
        { "title", Sample() with { Title = " " } },
        { "title", Sample() with { Title = new string('t', 501) } },
        { "description", Sample() with { Description = new string('d', 10_001) } },
        { "brand", Sample() with { Brand = new string('b', 201) } },
        { "category", Sample() with { Category = "" } },
        { "category", Sample() with { Category = "a//b" } },
        { "price.minorUnits", Sample() with { PriceMinorUnits = -1 } },
        { "price.currency", Sample() with { Currency = "eur" } },
        { "taxClass", Sample() with { TaxClass = "" } },
        { "taxClass", Sample() with { TaxClass = "Reduced" } },
        { "taxClass", Sample() with { TaxClass = new string('t', 33) } },
        { "weightGrams", Sample() with { WeightGrams = -1 } },
        { "weightGrams", Sample() with { WeightGrams = 10_000_001 } },
        { "attributes.x", Sample() with { Attributes = new Dictionary<string, ProductAttribute> { ["x"] = new(Number: double.NaN) } } },
        { "attributes.x", Sample() with { Attributes = new Dictionary<string, ProductAttribute> { ["x"] = new() } } },
        { "attributes", Sample() with { Attributes = new Dictionary<string, ProductAttribute> { [""] = new(Flag: true) } } },
        { "imageUrls[0]", Sample() with { ImageUrls = ["javascript:alert(1)"] } },
        { "eans[0]", Sample() with { Eans = ["12345"] } },
        { "eans[0]", Sample() with { Eans = ["12345678x"] } },
        { "attributes.x", Sample() with { Attributes = new Dictionary<string, ProductAttribute> { ["x"] = new(List: [""]) } } },
        { "slug", Sample() with { Slug = "Red-Lamp" } },
        { "slug", Sample() with { Slug = "red--lamp" } },
        { "media[0].url", Sample() with { Media = [new("ftp://x", "", MediaKind.Video)] } },
        { "media[0].alt", Sample() with { Media = [new("https://x", new string('a', 501), MediaKind.Image)] } },
        { "related[1].sku", Sample() with { Related = [new("B", RelationKind.Similar), new("B", RelationKind.Upgrade)] } },
        { "related[0].sku", Sample() with { Related = [new("A-1", RelationKind.Similar)] } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_field_is_named(string field, Product product) => Assert.Equal(field, ProductRules.Check(product)?.Field);

    [Fact]
    public void Versions_grow_only_with_a_change()
    {
        var (created, first, _) = Apply(null, Sample(), Now);
        var (again, same, _) = Apply(first, Sample(), Now.AddDays(1));
        var (updated, second, _) = Apply(first, Sample() with { PriceMinorUnits = 999 }, Now.AddDays(1));

        Assert.Equal((RevisionOutcome.Created, 1L), (created, first!.Version));
        Assert.Equal(RevisionOutcome.Unchanged, again);
        Assert.Same(first, same);
        Assert.Equal((RevisionOutcome.Updated, 2L, Now.AddDays(1)), (updated, second!.Version, second.UpdatedAt));
    }

    [Fact]
    public void Another_tax_class_or_weight_is_a_change()
    {
        var (_, first, _) = Apply(null, Sample(), Now);
        Assert.Equal(RevisionOutcome.Updated, Apply(first, Sample() with { TaxClass = "reduced" }, Now).Outcome);
        Assert.Equal(RevisionOutcome.Updated, Apply(first, Sample() with { WeightGrams = 250 }, Now).Outcome);
    }

    [Fact]
    public void A_changed_attribute_is_a_change()
    {
        var (_, first, _) = Apply(null, Sample(), Now);
        var changed = Sample() with { Attributes = new Dictionary<string, ProductAttribute> { ["colour"] = new(Text: "blue"), ["weight"] = new(Number: 1.5) } };
        Assert.Equal(RevisionOutcome.Updated, Apply(first, changed, Now).Outcome);
    }
}
