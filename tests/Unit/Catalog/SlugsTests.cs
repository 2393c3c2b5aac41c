using CsCheck;
using NexusCart.Catalog.Domain;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class SlugsTests
{
    [Theory]
    [InlineData("Desk lamp", "desk-lamp")]
    [InlineData("  Größe & Maß!  ", "grosse-mass")]
    [InlineData("Œuvre – Crème brûlée", "oeuvre-creme-brulee")]
    [InlineData("东西", "")]
    public void A_text_becomes_a_slug(string text, string slug) => Assert.Equal(slug, Slugs.Of(text));

    [Fact]
    public void Whatever_the_title_and_sku_candidates_are_slugs() =>
        Gen.Select(Gen.String, Gen.Char["ABCabc019._-"].Array[1, 64].Select(letters => new string(letters))).Sample((title, sku) =>
            Assert.All(Slugs.Candidates(title, sku), candidate => Assert.True(Slugs.IsSlug(candidate), candidate)));

    [Fact]
    public void Two_skus_always_have_a_candidate_that_differs() =>
        Gen.Char["Aa._-"].Array[1, 20].Select(letters => new string(letters)).Array[2].Sample(skus =>
        {
            if (skus[0] != skus[1])
                Assert.NotEqual(Slugs.Candidates("Lamp", skus[0]).Last(), Slugs.Candidates("Lamp", skus[1]).Last());
        });

    /// <summary>Any number of products claim and give up slugs in any order, each by the rules of its writer: no slug ever has two owners.</summary>
    [Fact]
    public void Claims_let_no_two_products_have_one_slug() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 20]).Array[0, 60].Sample(steps =>
        {
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var claims = new Dictionary<string, SlugClaim>();
            var products = new Dictionary<string, Product>();
            foreach (var (owner, name, minutes) in steps)
            {
                now += TimeSpan.FromMinutes(minutes);
                var (sku, slug) = ($"P{owner}", $"slug-{name}");
                if (!Claim(sku, slug))
                    continue;
                // Every third edit comes to nothing after it has claimed.
                if (minutes % 3 != 0)
                    products[sku] = ProductRevision.Apply(products.GetValueOrDefault(sku), new ProductEdit(ProductRulesTests.Sample(sku) with { Slug = slug }), now).Product!;
                foreach (var used in products.Values.Where(product => product.Slug is not null).GroupBy(product => product.Slug))
                    Assert.Single(used);
            }

            bool Claim(string sku, string slug)
            {
                var present = claims.GetValueOrDefault(slug);
                var leftOver = present is not null && now - present.UpdatedAt >= Claims.Lease
                    && products.GetValueOrDefault(present.Owner)?.AnswersTo(slug) != true;
                var answer = EntryRevision.Apply(present, new ClaimSlug(slug, sku, leftOver ? present!.Owner : null), now);
                if (answer.Fault is not null)
                    return false;
                claims[slug] = (SlugClaim)answer.Entry!;
                return true;
            }
        });
}
