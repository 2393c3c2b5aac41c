using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using static NexusCart.Tests.Unit.Promotions.Some;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>When promotions count, how they go together, and what is said of those that do not count.</summary>
public sealed class EvaluatorTests
{
    private static readonly Basket Cart = Basket(Line("a", 10_000));
    private static readonly Promotion Ten = Coupon("ten", new PercentageReward(1_000));

    [Fact]
    public void A_code_opens_its_promotion_however_it_is_written()
    {
        var applied = Assert.Single(Cart.With(" tEn ").Evaluate(Ten).Applied);
        Assert.Equal((1_000, "TEN"), (applied.Amount, applied.Code));
        Assert.Empty(Cart.Evaluate(Ten).Applied);
    }

    [Fact]
    public void A_code_nobody_knows_is_told() => Assert.Equal(RefusalCodes.UnknownCode, Cart.With("NOPE").Evaluate(Ten).Reason());

    [Fact]
    public void A_generated_code_opens_its_promotion_until_it_is_used_or_revoked()
    {
        var promotion = Ten with { Codes = [] };
        var batch = new CouponBatch("spring", "ten", 10, IsRevoked: false, 1, Now);
        var code = Codes.Create("spring", 7);
        var outcome = Cart.With(code.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)).Evaluate(promotion, batch);
        Assert.True(Assert.Single(outcome.Applied).IsSingleUse);
        Assert.Equal(CouponCodes.Compact(code), Assert.Single(outcome.Unasked).SingleUseCode);

        var usage = new Usage();
        usage.Note("ten", default);
        usage.NoteUsed(CouponCodes.Compact(code)!);
        Assert.Equal(RefusalCodes.CodeUsed, Cart.With(code).Evaluate(usage, promotion, batch).Reason());
        Assert.Equal(RefusalCodes.Disabled, Cart.With(code).Evaluate(promotion, batch with { IsRevoked = true }).Reason());
        Assert.Equal(RefusalCodes.UnknownCode, Cart.With(Codes.Create("spring", 10)).Evaluate(promotion, batch).Reason());
    }

    [Fact]
    public void The_time_counts_from_its_start_to_just_before_its_end()
    {
        Assert.Equal(RefusalCodes.NotStarted, Cart.With("TEN").Evaluate(Ten with { StartsAt = Now.AddTicks(1) }).Reason());
        Assert.Equal(RefusalCodes.Expired, Cart.With("TEN").Evaluate(Ten with { EndsAt = Now }).Reason());
        Assert.Single(Cart.With("TEN").Evaluate(Ten with { StartsAt = Now, EndsAt = Now.AddTicks(1) }).Applied);
        Assert.Equal(RefusalCodes.Disabled, Cart.With("TEN").Evaluate(Ten with { IsActive = false }).Reason());
    }

    [Fact]
    public void Conditions_are_told_apart()
    {
        Assert.Equal(RefusalCodes.MinimumNotMet, Refusal(new Conditions(10_001, 0, "EUR", [], [], false)));
        Assert.Equal(RefusalCodes.MinimumNotMet, Refusal(Conditions.None with { MinimumQuantity = 2 }));
        Assert.Equal(RefusalCodes.WrongCustomerGroup, Refusal(Conditions.None with { CustomerGroups = ["vip"] }));
        Assert.Equal(RefusalCodes.WrongChannel, Refusal(Conditions.None with { Channels = ["app"] }));
        Assert.Null(Refusal(new Conditions(10_000, 1, "EUR", ["vip", "registered"], ["storefront"], false)));
        Assert.Equal(RefusalCodes.NoMatchingItems, Cart.With("TEN").Evaluate(Ten with { Selection = Skus("b") }).Reason());
        Assert.Equal(RefusalCodes.CurrencyMismatch, Cart.With("TEN").Evaluate(Ten with { Reward = new FixedReward(100, "USD") }).Reason());

        static string? Refusal(Conditions conditions) => Cart.With("TEN").Evaluate(Ten with { Conditions = conditions }).Refused.SingleOrDefault()?.Reason;
    }

    [Fact]
    public void A_refusal_says_what_is_missing() =>
        Assert.Equal("20.00 EUR more is needed.", Assert.Single(
            Cart.With("TEN").Evaluate(Ten with { Conditions = new Conditions(12_000, 0, "EUR", [], [], false) }).Refused).Detail);

    [Fact]
    public void The_first_order_is_asked_for_where_it_matters()
    {
        var promotion = Ten with { Conditions = Conditions.None with { FirstOrder = true } };
        Assert.True(Cart.With("TEN").Evaluate(promotion).FirstOrderNeeded);
        Assert.False(Cart.Evaluate(promotion).FirstOrderNeeded);
        Assert.Equal(RefusalCodes.NotFirstOrder, By(Cart.Shopper with { IsFirstOrder = false }).Reason());
        Assert.Equal(RefusalCodes.SignInNeeded, By(Cart.Shopper with { IsGuest = true, IsFirstOrder = true }).Reason());
        Assert.Single(By(Cart.Shopper with { IsFirstOrder = true }).Applied);

        Outcome By(Shopper shopper) => (Cart with { Shopper = shopper }).With("TEN").Evaluate(promotion);
    }

    [Fact]
    public void Limits_are_told_apart()
    {
        var campaign = new Campaign("c", "c", new MoneyAmount(10_000, "EUR"), 1, Now);
        var limited = Ten with { TotalLimit = 5, CustomerLimit = 2, CampaignId = "c" };
        Assert.Equal(RefusalCodes.LimitReached, With(new UseCount(5, 0), 0).Reason());
        Assert.Equal(RefusalCodes.CustomerLimitReached, With(new UseCount(4, 2), 0).Reason());
        Assert.Equal(RefusalCodes.BudgetExhausted, With(new UseCount(4, 1), 9_001).Reason());
        Assert.Single(With(new UseCount(4, 1), 9_000).Applied);
        Assert.Equal(RefusalCodes.Disabled, Cart.With("TEN").Evaluate(limited).Reason()); // Its campaign is not known.

        Outcome With(UseCount count, long spent)
        {
            var usage = new Usage();
            usage.Note("ten", count);
            usage.NoteSpent("c:c", spent);
            return Cart.With("TEN").Evaluate(usage, limited, campaign);
        }
    }

    [Fact]
    public void Promotions_of_one_campaign_share_its_budget_within_an_order()
    {
        var campaign = new Campaign("c", "c", new MoneyAmount(1_500, "EUR"), 1, Now);
        var outcome = Cart.Evaluate(
            campaign,
            Automatic("one", new FixedReward(1_000, "EUR")) with { CampaignId = "c", Priority = 2 },
            Automatic("two", new FixedReward(1_000, "EUR")) with { CampaignId = "c" });
        Assert.Equal(["one=1000"], outcome.Amounts());
        Assert.Equal(RefusalCodes.BudgetExhausted, outcome.Reason());
    }

    [Fact]
    public void Cumulative_ones_take_of_what_is_left_in_the_order_of_their_priority()
    {
        var half = Automatic("half", new PercentageReward(5_000));
        var amount = Automatic("amount", new FixedReward(1_000, "EUR"));
        Assert.Equal(["half=5000", "amount=1000"], Cart.Evaluate(half with { Priority = 1 }, amount).Amounts());
        Assert.Equal(["amount=1000", "half=4500"], Cart.Evaluate(half, amount with { Priority = 1 }).Amounts());
    }

    [Fact]
    public void Of_best_of_ones_the_one_counts_that_gives_most()
    {
        var outcome = Cart.Evaluate(
            Automatic("small", new FixedReward(100, "EUR")) with { Stacking = Stacking.BestOf, Priority = 9 },
            Automatic("large", new FixedReward(900, "EUR")) with { Stacking = Stacking.BestOf },
            Automatic("also", new FixedReward(50, "EUR")));
        Assert.Equal(["also=50", "large=900"], outcome.Amounts());
        Assert.Equal(RefusalCodes.NotCombinable, outcome.Reason());
    }

    [Fact]
    public void An_exclusive_one_counts_alone_or_not_at_all()
    {
        var alone = Coupon("alone", new FixedReward(500, "EUR")) with { Stacking = Stacking.Exclusive };
        var automatic = Automatic("auto", new FixedReward(100, "EUR"));
        // Among equals what the customer entered goes first.
        Assert.Equal(["alone=500"], Cart.With("ALONE").Evaluate(alone, automatic).Amounts());
        var outcome = Cart.With("ALONE").Evaluate(alone, automatic with { Priority = 1 });
        Assert.Equal(["auto=100"], outcome.Amounts());
        Assert.Equal((RefusalCodes.NotCombinable, "ALONE"), (outcome.Refused[0].Reason, outcome.Refused[0].Code));
    }

    [Fact]
    public void What_gives_nothing_does_not_stand_in_the_way()
    {
        var outcome = Cart.Evaluate(
            Automatic("alone", new FreeShippingReward()) with { Stacking = Stacking.Exclusive, Priority = 1 },
            Automatic("ship", new FixedReward(100, "EUR")));
        Assert.Equal(["alone=490"], outcome.Amounts());
        outcome = (Cart with { Shipping = 0 }).Evaluate(
            Automatic("alone", new FreeShippingReward()) with { Stacking = Stacking.Exclusive, Priority = 1 },
            Automatic("ship", new FixedReward(100, "EUR")));
        Assert.Equal(["ship=100"], outcome.Amounts());
        Assert.Equal(RefusalCodes.NothingToDiscount, outcome.Reason());
    }

    [Fact]
    public void No_more_than_twenty_go_together()
    {
        var outcome = Cart.Evaluate([.. Enumerable.Range(0, 25).Select(i => Automatic($"p{i:00}", new FixedReward(10, "EUR")))]);
        Assert.Equal(Evaluator.MostApplied, outcome.Applied.Count);
        Assert.Equal(5, outcome.Refused.Count(refused => refused.Reason == RefusalCodes.NotCombinable));
    }

    [Fact]
    public void Automatic_ones_that_do_not_count_are_told_of_only_when_asked()
    {
        var book = CompiledPromotions.Compile([Automatic("p", new FixedReward(1, "USD"))], Codes);
        Assert.Empty(Evaluator.Evaluate(book, Cart, new Usage(), Now).Refused);
        Assert.Single(Evaluator.Evaluate(book, Cart, new Usage(), Now, explain: true).Refused);
    }
}
