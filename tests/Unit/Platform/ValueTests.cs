using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Common.V1;
using NexusCart.Platform.Caching;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Money, ids and the bounded cache.</summary>
public sealed class ValueTests
{
    private static readonly Gen<MoneyAmount> Euro = Gen.Long[-1_000_000_000, 1_000_000_000].Select(units => new MoneyAmount(units, "EUR"));

    [Fact]
    public void Sums_do_not_depend_on_order() => Euro.Array[0, 20].Sample(amounts =>
        MoneyAmount.Sum(amounts, "EUR") == MoneyAmount.Sum(amounts.Reverse(), "EUR")
        && MoneyAmount.Sum(amounts, "EUR").MinorUnits == amounts.Sum(a => a.MinorUnits));

    [Fact]
    public void Adding_and_taking_away_is_nothing() => Gen.Select(Euro, Euro).Sample((a, b) => a + b - b == a);

    [Fact]
    public void Money_survives_its_message() => Euro.Sample(a => MoneyAmount.From(a.ToMessage()) == a);

    [Fact]
    public void Nothing_wraps_around()
    {
        var most = new MoneyAmount(long.MaxValue, "EUR");
        Assert.Throws<OverflowException>(() => most + new MoneyAmount(1, "EUR"));
        Assert.Throws<OverflowException>(() => new MoneyAmount(long.MinValue, "EUR") - new MoneyAmount(1, "EUR"));
        Assert.Throws<OverflowException>(() => most * 2);
    }

    [Fact]
    public void Currencies_do_not_mix()
    {
        var euro = new MoneyAmount(1, "EUR");
        var yen = new MoneyAmount(1, "JPY");
        Assert.Throws<ArgumentException>(() => euro + yen);
        Assert.Throws<ArgumentException>(() => euro < yen);
    }

    [Theory]
    [InlineData(1299, "EUR", "12.99 EUR")]
    [InlineData(-5, "EUR", "-0.05 EUR")]
    [InlineData(1299, "JPY", "1299 JPY")]
    [InlineData(1299, "KWD", "1.299 KWD")]
    public void Money_is_shown_by_its_currency(long units, string currency, string text) =>
        Assert.Equal(text, new MoneyAmount(units, currency).ToString());

    [Theory]
    [InlineData(100, "EUR", 0, "")]
    [InlineData(-1, "EUR", 1, "price.minorUnits")]
    [InlineData(1_000_000_000_001, "EUR", 1, "price.minorUnits")]
    [InlineData(1, "eur", 1, "price.currency")]
    [InlineData(1, "ZZZ", 1, "price.currency")]
    public void Bad_money_is_named(long units, string currency, int found, string field)
    {
        var violations = new Violations();
        Assert.Equal(found == 0, violations.CheckMoney(new Money { MinorUnits = units, Currency = currency }, "price"));
        Assert.Equal(found, violations.Found.Count);
        if (found > 0) Assert.Equal(field, violations.Found[0].Field);
    }

    [Theory]
    [InlineData("A.b_c-1", true, false)]
    [InlineData("A_b-1", true, true)]
    [InlineData("", false, false)]
    [InlineData(null, false, false)]
    [InlineData("a b", false, false)]
    [InlineData("ä", false, false)]
    [InlineData("a/b", false, false)]
    public void Skus_and_ids_have_their_form(string? text, bool sku, bool id) =>
        Assert.Equal((sku, id), (Identifiers.IsSku(text), Identifiers.IsId(text)));

    [Fact]
    public void Ids_are_at_most_64_characters() =>
        Assert.Equal((true, false), (Identifiers.IsId(new string('a', 64)), Identifiers.IsId(new string('a', 65))));

    [Fact]
    public void Later_ids_sort_after_earlier_ones()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var ids = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            ids.Add(Identifiers.New(time));
            time.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.True(Identifiers.IsId(id)));
    }

    [Fact]
    public void The_cache_stays_bounded_and_keeps_what_is_used()
    {
        var cache = new GenerationalCache<int, int>(100);
        cache.Set(-1, 7);
        for (var i = 0; i < 10_000; i++)
        {
            cache.Set(i, i);
            if (i % 10 == 0) Assert.True(cache.TryGet(-1, out var kept) && kept == 7);
            Assert.True(cache.Count <= 101);
        }
        Assert.True(cache.TryGet(9_999, out _));
        Assert.False(cache.TryGet(5, out _));
        cache.Remove(-1);
        Assert.False(cache.TryGet(-1, out _));
    }
}
