using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.V1;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>What staff write is judged field by field, and comes back as it was written.</summary>
public sealed class PromotionMappingTests
{
    [Fact]
    public void Every_kind_of_reward_comes_back_as_it_was_written()
    {
        foreach (var written in All())
        {
            var stored = PromotionMapping.Read(new PutPromotionRequest { PromotionId = "p", Promotion = written });
            var read = stored.ToMessage();
            written.PromotionId = "p";
            written.UpdatedAt = read.UpdatedAt;
            Assert.Equal(written, read);
            Assert.True(stored.SameContentAs(PromotionMapping.Read(new PutPromotionRequest { PromotionId = "p", Promotion = read })));
        }
    }

    [Fact]
    public void Different_content_is_noticed_in_every_field()
    {
        var first = PromotionMapping.Read(new PutPromotionRequest { PromotionId = "p", Promotion = All().First() });
        Action<Promotion>[] changes =
        [
            p => p.Name = "other", p => p.CampaignId = "other", p => p.Active = false, p => p.NeedsCode = false, p => p.Codes[0] = "OTHER", p => p.TotalLimit++,
            p => p.CustomerLimit++, p => p.Priority++, p => p.Stacking = Stacking.Exclusive, p => p.StartsAt.Seconds++, p => p.EndsAt.Seconds++,
            p => p.Selection.Skus.Add("b"), p => p.Selection.Brands.Clear(), p => p.Selection.Categories.Clear(), p => p.Selection.ExceptSkus.Clear(),
            p => p.Conditions.MinimumSpend.MinorUnits++, p => p.Conditions.MinimumQuantity++, p => p.Conditions.CustomerGroups.Clear(),
            p => p.Conditions.Channels.Clear(), p => p.Conditions.FirstOrder = true, p => p.Percentage.BasisPoints++, p => p.Percentage.Most = null,
        ];
        Assert.All(changes, change =>
        {
            var changed = All().First();
            change(changed);
            if (!changed.NeedsCode)
                changed.Codes.Clear();
            Assert.False(first.SameContentAs(PromotionMapping.Read(new PutPromotionRequest { PromotionId = "p", Promotion = changed })));
        });
    }

    [Fact]
    public void Every_wrong_field_is_named()
    {
        var wrong = new Promotion
        {
            Version = -1, TotalLimit = -1, CustomerLimit = -1, Priority = 9_999_999, Codes = { "A" }, CampaignId = "?",
            StartsAt = Timestamp.FromDateTimeOffset(Some.Now), EndsAt = Timestamp.FromDateTimeOffset(Some.Now),
            Selection = new Selection { Skus = { "?" }, Categories = { "a//b" } },
            Conditions = new Conditions { MinimumQuantity = -1, CustomerGroups = { "" } },
            Percentage = new PercentageReward { BasisPoints = 10_001 },
        };
        var refusal = Assert.Throws<RpcException>(() => PromotionMapping.Read(new PutPromotionRequest { PromotionId = "?", Promotion = wrong }));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.All(
            ["promotionId", "promotion.name", "promotion.campaignId", "promotion.version", "promotion.totalLimit", "promotion.customerLimit", "promotion.priority",
                "promotion.endsAt", "promotion.codes", "promotion.selection.skus", "promotion.selection.categories", "promotion.conditions.minimumQuantity",
                "promotion.conditions.customerGroups", "promotion.percentage.basisPoints"],
            field => Assert.Contains(field + ":", refusal.Status.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void A_reward_must_make_sense()
    {
        Assert.Contains("promotion.reward", Fault(p => p.ClearReward()), StringComparison.Ordinal);
        Assert.Contains("fixedAmount.amount.minorUnits", Fault(p => p.FixedAmount = new FixedReward { Amount = new Money { Currency = "EUR" } }), StringComparison.Ordinal);
        Assert.Contains("buyGet.buy", Fault(p => p.BuyGet = new BuyGetReward { Get = 1, BasisPoints = 1 }), StringComparison.Ordinal);
        Assert.Contains("tiered.tiers[1].from", Fault(p => p.Tiered = new TieredReward
        {
            By = TierMeasure.Quantity, Tiers = { new Tier { From = 2, BasisPoints = 1 }, new Tier { From = 2, BasisPoints = 2 } },
        }), StringComparison.Ordinal);
        Assert.Contains("tiered.currency", Fault(p => p.Tiered = new TieredReward { By = TierMeasure.Spend, Tiers = { new Tier { From = 2, BasisPoints = 1 } } }), StringComparison.Ordinal);

        static string Fault(Action<Promotion> spoil)
        {
            var promotion = All().First();
            spoil(promotion);
            return Assert.Throws<RpcException>(() => PromotionMapping.Read(new PutPromotionRequest { PromotionId = "p", Promotion = promotion })).Status.Detail;
        }
    }

    private static IEnumerable<Promotion> All()
    {
        var most = new Money { MinorUnits = 900, Currency = "EUR" };
        yield return Begin(p => p.Percentage = new PercentageReward { BasisPoints = 1_000, Most = most });
        yield return Begin(p => p.FixedAmount = new FixedReward { Amount = most });
        yield return Begin(p => p.FreeShipping = new FreeShippingReward());
        yield return Begin(p => p.BuyGet = new BuyGetReward { Buy = 2, Get = 1, BasisPoints = 5_000, MostTimes = 3, Given = new Selection { Skus = { "x" } } });
        yield return Begin(p => p.Tiered = new TieredReward
        {
            By = TierMeasure.Spend, Currency = "EUR", Tiers = { new Tier { From = 100, BasisPoints = 500 }, new Tier { From = 200, AmountMinorUnits = 50 } },
        });

        static Promotion Begin(Action<Promotion> reward)
        {
            var promotion = new Promotion
            {
                Name = "Spring", CampaignId = "spring", Active = true, NeedsCode = true, Codes = { "SPRING" }, TotalLimit = 9, CustomerLimit = 1, Priority = 5,
                Stacking = Stacking.BestOf, StartsAt = Timestamp.FromDateTimeOffset(Some.Now), EndsAt = Timestamp.FromDateTimeOffset(Some.Now.AddDays(1)),
                Selection = new Selection { Skus = { "a" }, Brands = { "Acme" }, Categories = { "audio" }, ExceptSkus = { "z" } },
                Conditions = new Conditions { MinimumSpend = new Money { MinorUnits = 100, Currency = "EUR" }, MinimumQuantity = 2, CustomerGroups = { "vip" }, Channels = { "app" } },
            };
            reward(promotion);
            return promotion;
        }
    }
}
