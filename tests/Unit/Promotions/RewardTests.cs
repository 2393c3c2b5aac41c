using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using static NexusCart.Tests.Unit.Promotions.Some;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>What each kind of reward takes off which line.</summary>
public sealed class RewardTests
{
    [Fact]
    public void A_percentage_is_rounded_once_and_shared_out()
    {
        // 15 % of 9.99 + 4.99 + 4.99 is 2.9955: 3.00, of which the lines get 1.50 0.75 0.75.
        var applied = Only(Basket(Line("a", 999), Line("b", 499), Line("c", 499)).Evaluate(Automatic("p", new PercentageReward(1_500))));
        Assert.Equal(300, applied.Amount);
        Assert.Equal([150, 75, 75], applied.LineAmounts);
    }

    [Fact]
    public void A_percentage_keeps_its_bound() =>
        Assert.Equal(500, Only(Basket(Line("a", 10_000)).Evaluate(Automatic("p", new PercentageReward(2_000, 500, "EUR")))).Amount);

    [Fact]
    public void A_fixed_amount_is_at_most_what_the_lines_cost()
    {
        Assert.Equal([333, 667], Only(Basket(Line("a", 1_000), Line("b", 1_000, 2)).Evaluate(Automatic("p", new FixedReward(1_000, "EUR")))).LineAmounts);
        Assert.Equal(300, Only(Basket(Line("a", 300)).Evaluate(Automatic("p", new FixedReward(1_000, "EUR")))).Amount);
    }

    [Fact]
    public void Only_selected_lines_are_discounted()
    {
        var basket = Basket(Line("a", 1_000), Line("b", 1_000, category: "audio/speakers"), Line("c", 1_000, category: "audiobooks"));
        Assert.Equal([100, 100, 0], Only(basket.Evaluate(Automatic("p", new PercentageReward(1_000)) with { Selection = Category("audio") })).LineAmounts);
        Assert.Equal([0, 100, 0], Only(basket.Evaluate(Automatic("p", new PercentageReward(1_000)) with { Selection = Category("audio") with { ExceptSkus = ["a"] } })).LineAmounts);
        Assert.Equal([0, 0, 100], Only(basket.Evaluate(Automatic("p", new PercentageReward(1_000)) with { Selection = Skus("c") })).LineAmounts);
    }

    [Fact]
    public void Every_list_of_a_selection_must_have_the_line()
    {
        var basket = Basket(Line("a", 1_000, brand: "Acme"), Line("b", 1_000, brand: "Bolt"), Line("c", 1_000, brand: "Bolt", category: "video"));
        var promotion = Automatic("p", new PercentageReward(1_000)) with { Selection = Category("audio") with { Brands = ["Bolt"] } };
        Assert.Equal([0, 100, 0], Only(basket.Evaluate(promotion)).LineAmounts);
    }

    [Fact]
    public void The_delivery_is_free_up_to_a_bound()
    {
        Assert.Equal(490, Only(Basket(Line("a", 1_000)).Evaluate(Automatic("p", new FreeShippingReward()))).ShippingAmount);
        Assert.Equal(300, Only(Basket(Line("a", 1_000)).Evaluate(Automatic("p", new FreeShippingReward(300, "EUR")))).ShippingAmount);
    }

    [Theory]
    [InlineData(1, 0)] // Nothing is given for one.
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void Two_bought_one_given(int quantity, int given)
    {
        var outcome = Basket(Line("a", 1_000, quantity)).Evaluate(Automatic("p", new BuyGetReward(2, 1, 10_000)));
        Assert.Equal(given * 1_000, outcome.Applied.Sum(applied => applied.Amount));
    }

    [Fact]
    public void The_cheapest_units_are_given()
    {
        var basket = Basket(Line("a", 3_000), Line("b", 1_000), Line("c", 2_000));
        Assert.Equal([0, 500, 0], Only(basket.Evaluate(Automatic("p", new BuyGetReward(2, 1, 5_000)))).LineAmounts);
    }

    [Fact]
    public void Units_are_given_of_other_lines_as_often_as_they_were_bought_for()
    {
        var basket = Basket(Line("phone", 50_000, 2), Line("case", 2_000, 3));
        var promotion = Automatic("p", new BuyGetReward(1, 1, 10_000, Given: Skus("case"))) with { Selection = Skus("phone") };
        Assert.Equal([0, 4_000], Only(basket.Evaluate(promotion)).LineAmounts);
        Assert.Equal([0, 2_000], Only(basket.Evaluate(promotion with { Reward = new BuyGetReward(1, 1, 10_000, 1, Skus("case")) })).LineAmounts);
    }

    [Fact]
    public void A_unit_counts_as_bought_or_as_given_never_as_both()
    {
        // Any two buy one of "b": two of the three are bought, one "b" is left to be given.
        var promotion = Automatic("p", new BuyGetReward(2, 1, 10_000, Given: Skus("b")));
        Assert.Equal(1_000, Only(Basket(Line("a", 3_000), Line("b", 1_000, 2)).Evaluate(promotion)).Amount);
        Assert.Equal(RefusalCodes.MinimumNotMet, Basket(Line("a", 3_000), Line("b", 1_000)).Evaluate(promotion).Reason());
    }

    [Theory]
    [InlineData(4_999, 0)]
    [InlineData(5_000, 250)]
    [InlineData(10_000, 1_000)]
    public void The_highest_tier_that_is_reached_counts_alone(long price, long amount)
    {
        var tiers = new TieredReward(TierMeasure.Spend, [new Tier(5_000, 500, 0), new Tier(10_000, 1_000, 0)], "EUR");
        Assert.Equal(amount, Basket(Line("a", price)).Evaluate(Automatic("p", tiers)).Applied.Sum(applied => applied.Amount));
    }

    [Fact]
    public void Tiers_go_by_units_too()
    {
        var tiers = new TieredReward(TierMeasure.Quantity, [new Tier(2, 0, 100), new Tier(3, 0, 900)], "EUR");
        Assert.Equal(900, Only(Basket(Line("a", 1_000, 2), Line("b", 1_000)).Evaluate(Automatic("p", tiers))).Amount);
    }

    private static AppliedPromotion Only(Outcome outcome) => Assert.Single(outcome.Applied);
}
