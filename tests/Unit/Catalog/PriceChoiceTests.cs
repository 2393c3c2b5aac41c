using CsCheck;
using NexusCart.Catalog.Domain.Prices;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class PriceChoiceTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<DateTimeOffset?> Moment = Gen.Frequency(
        (1, Gen.Const((DateTimeOffset?)null)),
        (3, Gen.Int[-3, 3].Select(days => (DateTimeOffset?)Now.AddDays(days))));

    private static readonly Gen<PricedBy> Priced =
        from id in Gen.Int[0, 30]
        from currency in Gen.Bool.Select(euro => euro ? "EUR" : "USD")
        from customers in Gen.Int[0, 2].Select(number => new[] { "", "trade", "staff" }[number])
        from valid in Gen.Select(Moment, Moment)
        from priority in Gen.Int[-1, 1]
        from active in Gen.Bool
        from tiers in Gen.Select(Gen.Int[1, 5], Gen.Long[0, 1000]).Array[0, 3]
        select new PricedBy(
            new PriceList($"list-{id:D2}", "List", currency, customers, valid.Item1, valid.Item2, priority, active, 1, Now),
            new ListPrice(
                $"list-{id:D2}", "A-1",
                [.. tiers.DistinctBy(tier => tier.Item1).OrderBy(tier => tier.Item1).Select(tier => new PriceTier(tier.Item1, tier.Item2))], 1, Now));

    private static readonly Gen<PriceQuestion> Question =
        from currency in Gen.Bool.Select(euro => euro ? "EUR" : "USD")
        from customers in Gen.Int[0, 2].Select(number => new[] { "", "trade", "staff" }[number])
        from quantity in Gen.Int[1, 6]
        from days in Gen.Int[-3, 3]
        select new PriceQuestion(currency, customers, quantity, Now.AddDays(days));

    [Fact]
    public void The_choice_is_the_documented_one_in_whatever_order_the_lists_come() =>
        Gen.Select(Priced.Array[0, 8], Question, Gen.Int[0, 1000]).Sample((generated, question, seed) =>
        {
            var prices = generated.DistinctBy(price => price.List.Id).ToArray();
            var expected = Reference(prices, question);
            Assert.Equal(expected, PriceChoice.Choose(prices, question));
            new Random(seed).Shuffle(prices);
            Assert.Equal(expected, PriceChoice.Choose(prices, question));
        });

    [Fact]
    public void A_choice_is_valid_for_whom_it_was_made() =>
        Gen.Select(Priced.Array[1, 8], Question).Sample((generated, question) =>
        {
            var prices = generated.DistinctBy(price => price.List.Id).ToArray();
            if (PriceChoice.Choose(prices, question) is not { } chosen)
                return;
            var (list, price) = prices.Single(candidate => candidate.List.Id == chosen.ListId);
            Assert.True(list.Active);
            Assert.Equal(question.Currency, list.Currency);
            Assert.Contains(list.CustomerGroup, new[] { "", question.CustomerGroup });
            Assert.False(list.ValidFrom > question.At || list.ValidTo <= question.At);
            Assert.Contains(price.Tiers, tier => tier.MinorUnits == chosen.MinorUnits && tier.MinQuantity <= question.Quantity);
        });

    [Fact]
    public void The_group_comes_before_everybody_and_priority_before_the_group()
    {
        var everybody = By("a", 100);
        var trade = By("b", 90, "trade");
        var question = new PriceQuestion("EUR", "trade", 1, Now);
        Assert.Equal("b", PriceChoice.Choose([everybody, trade], question)!.Value.ListId);
        Assert.Equal("a", PriceChoice.Choose([everybody with { List = everybody.List with { Priority = 1 } }, trade], question)!.Value.ListId);
        Assert.Equal("a", PriceChoice.Choose([everybody, trade], question with { CustomerGroup = "" })!.Value.ListId);
    }

    [Fact]
    public void A_tier_that_is_not_reached_puts_its_list_out_of_question()
    {
        var many = By("a", 50);
        many = many with { Price = many.Price with { Tiers = [new PriceTier(10, 50)] } };
        Assert.Null(PriceChoice.Choose([many], new PriceQuestion("EUR", "", 9, Now)));
        Assert.Equal(50, PriceChoice.Choose([many], new PriceQuestion("EUR", "", 10, Now))!.Value.MinorUnits);
    }

    [Fact]
    public void The_tiers_that_are_shown_are_the_prices_that_are_chosen() =>
        Gen.Select(Priced.Array[0, 8], Question, Gen.Bool).Sample((generated, question, hasBase) =>
        {
            var prices = generated.DistinctBy(price => price.List.Id).ToArray();
            var tiers = PriceLadder.Of(prices.SelectMany(price => price.Price.Tiers).Select(tier => tier.MinQuantity), PriceAt);
            var all = Enumerable.Range(1, 8).Select(PriceAt).ToList();
            if (tiers.Count == 0)
            {
                // One price for all numbers of units that have one.
                Assert.InRange(all.OfType<long>().Distinct().Count(), 0, 1);
                return;
            }

            Assert.Equal(all, Enumerable.Range(1, 8).Select(quantity => tiers.LastOrDefault(tier => tier.MinQuantity <= quantity)?.MinorUnits));

            long? PriceAt(int quantity) => PriceChoice.Choose(prices, question with { Quantity = quantity })?.MinorUnits ?? (hasBase ? 500 : null);
        });

    private static PricedBy By(string id, long price, string group = "") => new(
        new PriceList(id, id, "EUR", group, null, null, 0, true, 1, Now), new ListPrice(id, "A-1", [new PriceTier(1, price)], 1, Now));

    /// <summary>The documented order, said another way: sort all that are in question, take the first.</summary>
    private static ChosenPrice? Reference(PricedBy[] prices, PriceQuestion question)
    {
        var found = prices
            .Where(price => price.List.Active && price.List.Currency == question.Currency)
            .Where(price => price.List.CustomerGroup == "" || price.List.CustomerGroup == question.CustomerGroup)
            .Where(price => (price.List.ValidFrom is not { } from || from <= question.At) && (price.List.ValidTo is not { } to || question.At < to))
            .Select(price => (price.List, Tier: price.Price.Tiers.LastOrDefault(tier => tier.MinQuantity <= question.Quantity)))
            .Where(price => price.Tier is not null)
            .OrderByDescending(price => price.List.Priority)
            .ThenBy(price => price.List.CustomerGroup == "")
            .ThenByDescending(price => price.List.ValidFrom ?? DateTimeOffset.MinValue)
            .ThenBy(price => price.List.Id, StringComparer.Ordinal)
            .FirstOrDefault();
        return found.List is null ? null : new ChosenPrice(found.List.Id, found.Tier!.MinorUnits);
    }
}
