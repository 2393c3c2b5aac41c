using CsCheck;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using static NexusCart.Tests.Unit.Promotions.Some;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>What holds whatever is defined and whatever is bought.</summary>
public sealed class EvaluationPropertyTests
{
    private static readonly string[] Skus = ["a", "b", "c", "d", "e"];
    private static readonly string[] Brands = ["Acme", "Bolt"];
    private static readonly string[] Categories = ["audio", "audio/headphones", "audio/speakers", "video"];

    private static readonly Gen<Basket> Baskets =
        from lines in Gen.Select(
            Gen.OneOf(Skus), Gen.OneOf(Brands), Gen.OneOf(Categories), Gen.Int[1, 7], Gen.Long[0, 20_000],
            (sku, brand, category, quantity, price) => new BasketLine(sku, brand, category, quantity, price)).Array[1, 12]
        from shipping in Gen.Long[0, 2_000]
        from code in Gen.Bool
        select new Basket("EUR", lines, shipping, new Shopper(["registered"], "storefront", false, true), code ? ["P0", "P1"] : []);

    private static readonly Gen<Selection> Selections = Gen.OneOf(
        Gen.Const(Selection.Everything),
        Gen.OneOf(Skus).Array[1, 3].Select(skus => Selection.Everything with { Skus = skus, ExceptSkus = ["e"] }),
        Gen.OneOf(Brands).Select(brand => Selection.Everything with { Brands = [brand] }),
        Gen.OneOf(Categories).Select(category => Selection.Everything with { Categories = [category] }));

    private static readonly Gen<Reward> Rewards = Gen.OneOf<Reward>(
        Gen.Int[1, 10_000].Select(part => (Reward)new PercentageReward(part)),
        Gen.Long[1, 30_000].Select(amount => (Reward)new FixedReward(amount, "EUR")),
        Gen.Const((Reward)new FreeShippingReward()),
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 10_000], Selections, Gen.Bool, (buy, get, part, given, own) =>
            (Reward)new BuyGetReward(buy, get, part, Given: own ? null : given)),
        Gen.Long[1, 20_000].Select(from => (Reward)new TieredReward(TierMeasure.Spend, [new Tier(from, 700, 0), new Tier(from * 2, 0, 900)], "EUR")));

    private static readonly Gen<Promotion[]> Promotions = Gen.Select(
        Rewards, Selections, Gen.Int[-2, 2], Gen.Enum<Stacking>(), Gen.Bool,
        (reward, selection, priority, stacking, coupon) => new Promotion("", 1, Now)
        {
            Name = "p", Reward = reward, Selection = selection, Priority = priority, Stacking = stacking, NeedsCode = coupon, CampaignId = "c",
        }).Array[0, 8].Select(drawn => drawn.Select((promotion, i) => promotion with { Id = $"p{i}", Codes = promotion.NeedsCode ? [$"P{i}"] : [] }).ToArray());

    [Fact]
    public void No_line_falls_below_zero_and_every_sum_is_exact() => Check((basket, _, outcome) =>
    {
        var left = basket.Lines.Select(line => line.Total).ToArray();
        var shipping = basket.Shipping;
        foreach (var applied in outcome.Applied)
        {
            Assert.Equal(applied.Amount, applied.LineAmounts.Sum() + applied.ShippingAmount);
            Assert.True(applied.Amount > 0);
            shipping -= applied.ShippingAmount;
            for (var i = 0; i < left.Length; i++)
            {
                Assert.True(applied.LineAmounts[i] >= 0);
                left[i] -= applied.LineAmounts[i];
            }
        }

        Assert.All(left, rest => Assert.True(rest >= 0));
        Assert.True(shipping >= 0);
    });

    [Fact]
    public void An_exclusive_one_is_alone_and_there_is_one_best_of_at_most() => Check((_, _, outcome) =>
    {
        Assert.True(outcome.Applied.Count == 1 || outcome.Applied.All(applied => applied.Promotion.Stacking is not Stacking.Exclusive));
        Assert.True(outcome.Applied.Count(applied => applied.Promotion.Stacking is Stacking.BestOf) <= 1);
    });

    [Fact]
    public void Every_code_counts_or_is_explained() => Check((basket, _, outcome) => Assert.All(basket.Codes, code => Assert.True(
        outcome.Applied.Any(applied => applied.Code == code) || outcome.Refused.Any(refused => refused.Code == code))));

    [Fact]
    public void Only_lines_that_a_promotion_is_about_are_discounted() => Check((basket, _, outcome) =>
    {
        foreach (var applied in outcome.Applied.Where(applied => applied.Promotion.Reward is not BuyGetReward { Given: not null }))
        {
            var selection = new CompiledSelection(applied.Promotion.Selection);
            Assert.All(basket.Lines.Zip(applied.LineAmounts), pair => Assert.True(pair.Second == 0 || selection.Matches(pair.First)));
        }
    });

    [Fact]
    public void The_order_of_definitions_does_not_matter() => Check((basket, promotions, outcome) =>
        Assert.Equal(outcome.Amounts(), basket.Evaluate([Paid, .. promotions.Reverse()]).Amounts()));

    [Fact]
    public void A_budget_is_never_exceeded() =>
        (from basket in Baskets from promotions in Promotions from budget in Gen.Long[0, 20_000] select (basket, promotions, budget)).Sample(drawn =>
        {
            var campaign = Paid with { Budget = new MoneyAmount(drawn.budget, "EUR") };
            return drawn.basket.Evaluate([campaign, .. drawn.promotions]).Applied.Sum(applied => applied.Amount) <= drawn.budget;
        });

    private static readonly Campaign Paid = new("c", "c", null, 1, Now);

    private static void Check(Action<Basket, Promotion[], Outcome> holds) =>
        (from basket in Baskets from promotions in Promotions select (basket, promotions)).Sample(drawn =>
            holds(drawn.basket, drawn.promotions, drawn.basket.Evaluate([Paid, .. drawn.promotions])));
}
