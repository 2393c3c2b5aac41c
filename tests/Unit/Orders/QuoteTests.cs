using CsCheck;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;
using Big = System.Numerics.BigInteger;

namespace NexusCart.Tests.Unit.Orders;

public class QuoteTests
{
    private static readonly Gen<QuoteLine> Lines = Gen.Select(
        Gen.Int[1, 10_000], Gen.Long[0, 1_000_000], (quantity, price) => new QuoteLine("sku", "title", quantity, new MoneyAmount(price, "EUR")));

    private static readonly Gen<(QuoteLine[] Lines, long Shipping, int[] Rates, bool IsIncluded)> Quotes =
        Gen.Select(Lines.Array[0, 200], Gen.Long[0, 100_000], Gen.Int[0, Tax.MaxRate].Array[201], Gen.Bool);

    [Fact]
    public void The_total_is_the_exact_sum_of_lines_shipping_and_what_comes_on_top() => Quotes.Sample(given =>
    {
        var quote = Freeze(given.Lines, given.Shipping, given.Rates, given.IsIncluded);
        var lines = given.Lines.Aggregate(Big.Zero, (sum, line) => sum + ((Big)line.Quantity * line.UnitPrice.MinorUnits));
        var taxes = quote.Lines.Aggregate((Big)quote.Shipping.Tax.Amount.MinorUnits, (sum, line) => sum + line.Tax!.Amount.MinorUnits);

        Assert.Equal(lines, quote.Subtotal.MinorUnits);
        Assert.Equal(quote.Subtotal, MoneyAmount.Sum(quote.Lines.Select(line => line.LineTotal), "EUR"));
        Assert.Equal(lines + given.Shipping + (given.IsIncluded ? 0 : taxes), quote.Total.MinorUnits);
        Assert.Equal(given.IsIncluded, quote.IsTaxIncluded);
    });

    [Fact]
    public void The_totals_by_rate_lose_nothing() => Quotes.Sample(given =>
    {
        var quote = Freeze(given.Lines, given.Shipping, given.Rates, given.IsIncluded);
        var taxed = quote.Lines.Select(line => (line.LineTotal, line.Tax!)).Append((quote.Shipping.Price, quote.Shipping.Tax))
            .Where(item => item.Item2.RateBasisPoints > 0 && item.Item1.MinorUnits > 0).ToList();

        Assert.Equal(taxed.Sum(item => (decimal)item.Item2.Amount.MinorUnits), quote.Taxes.Sum(tax => (decimal)tax.Amount.MinorUnits));
        Assert.Equal(
            taxed.Sum(item => (decimal)item.Item1.MinorUnits),
            quote.Taxes.Sum(tax => (decimal)tax.Net.MinorUnits + (given.IsIncluded ? tax.Amount.MinorUnits : 0)));
        Assert.Equal(quote.Taxes.Select(tax => tax.RateBasisPoints).Distinct().OrderDescending(), quote.Taxes.Select(tax => tax.RateBasisPoints));
    });

    [Fact]
    public void A_tax_is_off_by_half_a_minor_unit_at_most() => Gen.Select(Gen.Long[0, MoneyRules.Most], Gen.Int[0, Tax.MaxRate], Gen.Bool).Sample(
        (amount, rate, isIncluded) =>
        {
            var tax = Tax.On(new MoneyAmount(amount, "EUR"), rate, isIncluded).Amount.MinorUnits;
            var exact = (decimal)amount * rate / (isIncluded ? Tax.MaxRate + rate : Tax.MaxRate);
            Assert.InRange(tax - exact, -0.5m, 0.5m);
            Assert.InRange(tax, 0, amount);
        });

    [Theory]
    [InlineData(1190, 1900, true, 190)]
    [InlineData(1000, 1900, false, 190)]
    [InlineData(499, 700, true, 33)]
    [InlineData(50, 100, false, 1)]
    [InlineData(49, 100, false, 0)]
    [InlineData(0, 1900, true, 0)]
    [InlineData(long.MaxValue, 10_000, false, long.MaxValue)]
    public void Tax_is_rounded_commercially(long amount, int rate, bool isIncluded, long tax) =>
        Assert.Equal(tax, Tax.On(new MoneyAmount(amount, "EUR"), rate, isIncluded).Amount.MinorUnits);

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1, -1)]
    [InlineData(1, 10_001)]
    public void There_is_no_tax_on_debts_and_none_of_strange_rates(long amount, int rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Tax.On(new MoneyAmount(amount, "EUR"), rate, isIncluded: true));

    [Fact]
    public void A_line_that_does_not_fit_overflows_instead_of_wrapping_around() => Assert.Throws<OverflowException>(
        () => Freeze([new QuoteLine("sku", "title", 2, new MoneyAmount(long.MaxValue, "EUR"))]));

    [Fact]
    public void A_total_that_does_not_fit_overflows_instead_of_wrapping_around() => Assert.Throws<OverflowException>(
        () => Freeze([.. Enumerable.Repeat(new QuoteLine("sku", "title", 1, new MoneyAmount(long.MaxValue, "EUR")), 2)]));

    [Fact]
    public void Currencies_do_not_mix() => Assert.Throws<ArgumentException>(
        () => Freeze([new QuoteLine("sku", "title", 1, new MoneyAmount(1, "USD"))]));

    [Fact]
    public void Each_line_has_its_tax_and_so_has_the_shipping() => Assert.Throws<ArgumentException>(
        () => Quote.Freeze([], new ShippingOption("s", "S", MoneyAmount.Zero("EUR")), [], isTaxIncluded: true));

    [Fact]
    public void Long_titles_are_cut_between_characters() => Gen.String[0, 400].Sample(title =>
    {
        var kept = Freeze([new QuoteLine("sku", title, 1, new MoneyAmount(1, "EUR"))]).Lines[0].Title;
        Assert.True(kept.Length <= Quote.MaxTitle);
        if (title.Length <= Quote.MaxTitle)
            Assert.Equal(title, kept);
        else if (char.IsHighSurrogate(title[kept.Length - 2]))
            Assert.False(char.IsLowSurrogate(title[kept.Length - 1]));
    });

    private static Quote Freeze(QuoteLine[] lines, long shipping = 0, int[]? rates = null, bool isIncluded = true)
    {
        var amounts = lines.Select(line => line.Total).Append(new MoneyAmount(shipping, "EUR")).ToList();
        return Quote.Freeze(
            lines,
            new ShippingOption("standard", "Standard", amounts[^1]),
            [.. amounts.Select((amount, i) => Tax.On(amount, rates?[i] ?? 0, isIncluded))],
            isIncluded);
    }
}
