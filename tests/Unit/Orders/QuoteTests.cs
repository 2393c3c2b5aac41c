using CsCheck;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

public class QuoteTests
{
    private static readonly Gen<QuoteLine> Lines = Gen.Select(
        Gen.Int[1, 10_000], Gen.Long[0, 1_000_000], (quantity, price) => new QuoteLine("sku", "title", quantity, new MoneyAmount(price, "EUR")));

    [Fact]
    public void The_total_is_the_exact_sum_of_the_lines() => Lines.Array[0, 200].Sample(lines =>
    {
        var quote = Quote.Freeze(lines, "EUR");
        var expected = lines.Aggregate(System.Numerics.BigInteger.Zero, (sum, line) => sum + ((System.Numerics.BigInteger)line.Quantity * line.UnitPrice.MinorUnits));
        Assert.Equal(expected, quote.Total.MinorUnits);
        Assert.Equal(quote.Total, MoneyAmount.Sum(quote.Lines.Select(line => line.LineTotal), "EUR"));
    });

    [Fact]
    public void A_line_that_does_not_fit_overflows_instead_of_wrapping_around() => Assert.Throws<OverflowException>(
        () => Quote.Freeze([new QuoteLine("sku", "title", 2, new MoneyAmount(long.MaxValue, "EUR"))], "EUR"));

    [Fact]
    public void A_total_that_does_not_fit_overflows_instead_of_wrapping_around() => Assert.Throws<OverflowException>(
        () => Quote.Freeze([.. Enumerable.Repeat(new QuoteLine("sku", "title", 1, new MoneyAmount(long.MaxValue, "EUR")), 2)], "EUR"));

    [Fact]
    public void Currencies_do_not_mix() => Assert.Throws<ArgumentException>(
        () => Quote.Freeze([new QuoteLine("sku", "title", 1, new MoneyAmount(1, "USD"))], "EUR"));

    [Fact]
    public void Long_titles_are_cut_between_characters() => Gen.String[0, 400].Sample(title =>
    {
        var kept = Quote.Freeze([new QuoteLine("sku", title, 1, new MoneyAmount(1, "EUR"))], "EUR").Lines[0].Title;
        Assert.True(kept.Length <= Quote.MaxTitle);
        if (title.Length <= Quote.MaxTitle)
            Assert.Equal(title, kept);
        else if (char.IsHighSurrogate(title[kept.Length - 2]))
            Assert.False(char.IsLowSurrogate(title[kept.Length - 1]));
    });
}
