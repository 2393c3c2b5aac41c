using NexusCart.Catalog.Domain;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class VariantRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static Product Shirt(string sku = "SHIRT") => ProductRulesTests.Sample(sku) with
    {
        Options = [new ProductOption("size", ["M", "L"]), new ProductOption("colour", ["red", "blue"])],
        Variants = [Variant(sku + "-1", "M", "red"), Variant(sku + "-2", "L", "blue")],
    };

    [Fact]
    public void Variants_of_all_options_pass() => Assert.Null(ProductRules.Check(Shirt()));

    public static TheoryData<string, Product> Faults => new()
    {
        { "variants", Shirt() with { Variants = null } },
        { "options", Shirt() with { Options = null } },
        { "options[1].name", Shirt() with { Options = [new("size", ["M"]), new("size", ["L"])] } },
        { "options[0].values", Shirt() with { Options = [new("size", ["M", "M"])] } },
        { "options[0].values", Shirt() with { Options = [new("size", [])] } },
        { "variants[0].sku", Shirt() with { Variants = [Variant("a b", "M", "red")] } },
        { "variants[0].sku", Shirt() with { Variants = [Variant("SHIRT", "M", "red")] } },
        { "variants[1].sku", Shirt() with { Variants = [Variant("X", "M", "red"), Variant("X", "L", "red")] } },
        { "variants[1].options", Shirt() with { Variants = [Variant("X", "M", "red"), Variant("Y", "M", "red")] } },
        { "variants[0].options.size", Shirt() with { Variants = [Variant("X", "XXL", "red")] } },
        { "variants[0].options.fit", Shirt() with { Variants = [Variant("X", "M", "red") with { Options = new Dictionary<string, string> { ["size"] = "M", ["colour"] = "red", ["fit"] = "slim" } }] } },
        { "variants[0].price.minorUnits", Shirt() with { Variants = [Variant("X", "M", "red") with { PriceMinorUnits = -1 }] } },
        { "variants[0].weightGrams", Shirt() with { Variants = [Variant("X", "M", "red") with { WeightGrams = -1 }] } },
        { "variants[0].eans[0]", Shirt() with { Variants = [Variant("X", "M", "red") with { Eans = ["12"] }] } },
        { "variants[0].media[0].url", Shirt() with { Variants = [Variant("X", "M", "red") with { Media = [new("x", "", MediaKind.Image)] }] } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_field_is_named(string field, Product product) => Assert.Equal(field, ProductRules.Check(product)?.Field);

    [Fact]
    public void A_changed_variant_is_a_change_and_the_same_again_is_none()
    {
        var first = ProductRevision.Apply(null, new ProductEdit(Shirt()), Now).Product!;
        Assert.Equal(RevisionOutcome.Unchanged, ProductRevision.Apply(first, new ProductEdit(Shirt()), Now).Outcome);
        var dearer = Shirt() with { Variants = [Variant("SHIRT-1", "M", "red"), Variant("SHIRT-2", "L", "blue") with { PriceMinorUnits = 5 }] };
        Assert.Equal(RevisionOutcome.Updated, ProductRevision.Apply(first, new ProductEdit(dearer), Now).Outcome);
    }

    [Fact]
    public void A_sku_has_one_owner_until_a_claim_is_left_over()
    {
        var note = ProductRevision.Apply(null, new ProductEdit(Product.TakenBy("X", "P")), Now);
        Assert.Equal(RevisionOutcome.Created, note.Outcome);
        Assert.Equal(RevisionOutcome.Unchanged, ProductRevision.Apply(note.Product, new ProductEdit(Product.TakenBy("X", "P")), Now).Outcome);
        Assert.Equal(RevisionOutcome.Refused, ProductRevision.Apply(note.Product, new ProductEdit(Product.TakenBy("X", "Q")), Now).Outcome);
        Assert.Equal(RevisionOutcome.Refused, ProductRevision.Apply(note.Product, new ProductEdit(ProductRulesTests.Sample("X")), Now).Outcome);

        // Whoever claims again after a while holds it as if for the first time.
        var later = Now + Claims.Lease;
        var again = ProductRevision.Apply(note.Product, new ProductEdit(Product.TakenBy("X", "P")), later);
        Assert.Equal(later, again.Product!.UpdatedAt);

        var taken = ProductRevision.Apply(note.Product, new ProductEdit(ProductRulesTests.Sample("X"), InsteadOf: "P"), later);
        Assert.Equal((RevisionOutcome.Created, 2L, null), (taken.Outcome, taken.Product!.Version, taken.Product.VariantOf));
        Assert.Equal(RevisionOutcome.Refused, ProductRevision.Apply(taken.Product, new ProductEdit(Product.TakenBy("X", "P")), later).Outcome);
    }

    [Fact]
    public void A_stale_edit_changes_nothing()
    {
        var first = ProductRevision.Apply(null, new ProductEdit(Shirt(), ExpectedVersion: 0), Now).Product!;
        var second = ProductRevision.Apply(first, new ProductEdit(Shirt() with { Title = "B" }, ExpectedVersion: 1), Now).Product!;
        Assert.Equal(2, second.Version);
        var stale = ProductRevision.Apply(second, new ProductEdit(Shirt() with { Title = "C" }, ExpectedVersion: 1), Now);
        Assert.Equal((RevisionOutcome.Stale, second), (stale.Outcome, stale.Product));
        Assert.Equal(RevisionOutcome.Unchanged, ProductRevision.Apply(second, new ProductEdit(Shirt() with { Title = "B" }, ExpectedVersion: 1), Now).Outcome);
    }

    [Fact]
    public void A_slug_given_up_is_kept_as_a_former_one()
    {
        var first = ProductRevision.Apply(null, new ProductEdit(Shirt(), SuggestedSlug: "lamp"), Now).Product!;
        Assert.Equal("lamp", first.Slug);
        Assert.Equal(RevisionOutcome.Unchanged, ProductRevision.Apply(first, new ProductEdit(Shirt(), SuggestedSlug: "other"), Now).Outcome);
        var second = ProductRevision.Apply(first, new ProductEdit(Shirt() with { Slug = "shirt" }), Now).Product!;
        var third = ProductRevision.Apply(second, new ProductEdit(Shirt() with { Slug = "lamp" }), Now).Product!;
        Assert.Equal(["lamp"], second.FormerSlugs!);
        Assert.Equal(["shirt"], third.FormerSlugs!);
        Assert.True(third.AnswersTo("lamp") && third.AnswersTo("shirt"));
    }

    private static Variant Variant(string sku, string size, string colour) => new(
        sku, new Dictionary<string, string> { ["size"] = size, ["colour"] = colour }, null, 0, null, null, Active: true);
}
