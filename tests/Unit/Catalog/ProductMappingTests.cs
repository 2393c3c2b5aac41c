using CsCheck;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class ProductMappingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<ProductMedia> Medium =
        from url in Gen.Int[0, 99]
        from alt in Gen.Bool
        from kind in Gen.Int[0, 2]
        select new ProductMedia($"https://example.com/{url}", alt ? "A lamp" : "", (MediaKind)kind);

    private static readonly Gen<Product> Stored =
        from media in Medium.Array[0, 4]
        from variants in Gen.Bool
        from state in Gen.Int[0, 2]
        from list in Gen.String.Array[0, 3]
        from related in Gen.Int[0, 3]
        from slug in Gen.Bool
        let plain = media.All(item => item is { Kind: MediaKind.Image, Alt: "" })
        select (variants ? VariantRulesTests.Shirt() : ProductRulesTests.Sample()) with
        {
            Active = state == 0,
            Archived = state == 1,
            Slug = slug ? "a-slug" : null,
            Media = plain ? null : media,
            ImageUrls = [.. media.Where(item => item.Kind is MediaKind.Image).Select(item => item.Url)],
            Attributes = new Dictionary<string, ProductAttribute> { ["list"] = new(List: list), ["flag"] = new(Flag: true) },
            Related = related == 0 ? null : [.. Enumerable.Range(0, related).Select(i => new RelatedProduct($"R{i}", (RelationKind)i))],
            TaxClass = slug ? "reduced" : null,
            Version = 3,
            UpdatedAt = Now,
        };

    [Fact]
    public void What_staff_read_and_write_back_changes_nothing() => Stored.Sample(product =>
    {
        var written = ProductMapping.ToDraft(ProductMapping.ToStaff(product, CatalogStructure.Empty));
        Assert.Equal(RevisionOutcome.Unchanged, ProductRevision.Apply(product, new ProductEdit(written), Now).Outcome);
    });

    [Fact]
    public void A_product_from_before_there_were_variants_stays_as_it_was()
    {
        const string Old = """
            {"sku":"A-1","title":"Lamp","description":"","brand":"Lumora","category":"home","priceMinorUnits":1299,"currency":"EUR","attributes":{},
             "imageUrls":["https://example.com/1"],"eans":[],"active":false,"version":4,"updatedAt":"2026-01-01T00:00:00+00:00"}
            """;
        var product = System.Text.Json.JsonSerializer.Deserialize(Old, NexusCart.Catalog.Actors.ProductShardJson.Default.Product)!;
        var seen = ProductMapping.ToStaff(product, CatalogStructure.Empty);
        Assert.Equal((NexusCart.Catalog.V1.ProductStatus.Draft, 4L, "https://example.com/1"), (seen.Status, seen.Version, seen.Media.Single().Url));
        Assert.True(product.SameContentAs(ProductMapping.ToDraft(seen)));
    }
}
