using System.ComponentModel.DataAnnotations;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Shipping and tax, by tables.</summary>
public class PriceDeskTests
{
    [Theory]
    [InlineData("DE", 1_000, 100, "standard:490 express:1490")]
    [InlineData("DE", 1_000, 5_000, "standard:490 express:1490")]
    [InlineData("DE", 1_000, 5_001, "standard:990 express:1490")]
    [InlineData("DE", 5_000, 5_001, "standard:0 express:1490")]
    [InlineData("DE", 1_000, 31_501, "standard:4900")]
    [InlineData("FR", 9_999, 10_000, "far:1500")]
    [InlineData("FR", 9_999, 10_001, "")]
    [InlineData("GB", 9_999, 1, "")]
    public async Task Shipping_goes_by_zone_weight_and_value(string country, long price, int grams, string expected)
    {
        var options = await OptionsAsync(country, price, grams);
        Assert.Equal(expected, string.Join(' ', options.Select(option => $"{option.MethodId}:{option.Price.MinorUnits}")));
    }

    [Fact]
    public async Task The_weight_is_that_of_all_units()
    {
        var line = Line(100, taxClass: "standard", grams: 1_000, quantity: 6);
        var priced = await Pricing.Desk(shipping: Pricing.TwoZones).PriceAsync([line], "EUR", To("DE"), "", CancellationToken.None);
        Assert.Equal(990, priced.Quote.Shipping.Price.MinorUnits);
    }

    [Fact]
    public async Task A_currency_without_a_price_is_not_sent() => Assert.Equal(
        PricingObstacle.NotInCurrency,
        (await Assert.ThrowsAsync<PricingException>(() => Pricing.Desk(shipping: Pricing.TwoZones).PriceAsync(
            [new QuoteLine("mug", "Mug", 1, new MoneyAmount(500, "USD"))], "USD", To("DE"), "", CancellationToken.None))).Obstacle);

    [Fact]
    public async Task The_method_is_the_cheapest_or_the_one_that_was_asked_for()
    {
        var desk = Pricing.Desk(shipping: Pricing.TwoZones);
        Assert.Equal("standard", (await desk.PriceAsync([Line(1_000)], "EUR", To("DE"), "", CancellationToken.None)).Quote.Shipping.MethodId);
        Assert.Equal("express", (await desk.PriceAsync([Line(1_000)], "EUR", To("DE"), "express", CancellationToken.None)).Quote.Shipping.MethodId);
        var fault = await Assert.ThrowsAsync<PricingException>(() => desk.PriceAsync([Line(1_000)], "EUR", To("DE"), "far", CancellationToken.None));
        Assert.Equal(PricingObstacle.NoSuchMethod, fault.Obstacle);
    }

    [Fact]
    public async Task Tax_that_is_included_changes_no_total()
    {
        var desk = Pricing.Desk(Pricing.GermanTax, Pricing.TwoZones);
        var quote = (await desk.PriceAsync([Line(1_190), Line(1_070, "reduced"), Line(1_190, "unheard-of")], "EUR", To("DE"), "", CancellationToken.None)).Quote;

        Assert.Equal(3_450 + 490, quote.Total.MinorUnits);
        // 4.90 euro of shipping contain 0.78 of tax.
        Assert.Equal([(1900, 2_000L + 412, 380L + 78), (700, 1_000L, 70L)], quote.Taxes.Select(tax => (tax.RateBasisPoints, tax.Net.MinorUnits, tax.Amount.MinorUnits)));
    }

    [Fact]
    public async Task Tax_on_top_is_paid_besides_and_shipping_has_a_class_of_its_own()
    {
        var quote = (await Pricing.Desk(Pricing.TaxOnTop, Pricing.TwoZones).PriceAsync([Line(10_000)], "EUR", To("US"), "", CancellationToken.None)).Quote;

        Assert.Equal(10_000 + 1_500 + 825, quote.Total.MinorUnits);
        Assert.Equal((825, 10_000L, 825L), quote.Taxes.Select(tax => (tax.RateBasisPoints, tax.Net.MinorUnits, tax.Amount.MinorUnits)).Single());
    }

    [Fact]
    public async Task Without_tables_all_is_sent_everywhere_for_nothing_and_untaxed()
    {
        var quote = (await Pricing.Desk().PriceAsync([Line(1_000)], "EUR", To("NZ"), "", CancellationToken.None)).Quote;
        Assert.Equal((1_000L, 0L, 0), (quote.Total.MinorUnits, quote.Shipping.Price.MinorUnits, quote.Taxes.Count));
    }

    [Fact]
    public void Tables_that_make_no_sense_are_refused_by_name()
    {
        var tax = new TaxOptions { Countries = { ["Germany"] = new() { ["standard"] = 10_001 } } };
        AssertFaults(tax, "Orders:Tax:Countries names 'Germany'", "Orders:Tax:Countries:Germany:standard is 10001");

        var shipping = new ShippingOptions
        {
            Zones =
            {
                new ShippingZoneOptions(),
                new ShippingZoneOptions
                {
                    Countries = { "*" },
                    Methods =
                    {
                        new ShippingMethodOptions { Id = "a b", Name = "A", Rates = { Pricing.Rate(1, -1) } },
                        new ShippingMethodOptions { Id = "c", Name = "C", FreeFrom = { ["EURO"] = 1 } },
                    },
                },
            },
        };
        AssertFaults(
            shipping,
            "Orders:Shipping:Zones:0:Countries must be",
            "Orders:Shipping:Zones:0:Methods is empty",
            "Orders:Shipping:Zones:1:Methods needs an Id",
            "Orders:Shipping:Zones:1:Methods:a b says -1 EUR",
            "Orders:Shipping:Zones:1:Methods:c:Rates needs",
            "Orders:Shipping:Zones:1:Methods:c says 1 EURO");
        AssertFaults(Pricing.TwoZones);
        AssertFaults(Pricing.GermanTax);
    }

    private static async Task<IReadOnlyList<ShippingOption>> OptionsAsync(string country, long price, int grams)
    {
        try
        {
            return (await Pricing.Desk(shipping: Pricing.TwoZones).PriceAsync([Line(price, grams: grams)], "EUR", To(country), "", CancellationToken.None)).Options;
        }
        catch (PricingException fault) when (fault.Obstacle is PricingObstacle.NotShippedThere)
        {
            return [];
        }
    }

    private static void AssertFaults(IValidatableObject options, params string[] beginnings)
    {
        var faults = options.Validate(new ValidationContext(options)).Select(fault => fault.ErrorMessage!).ToList();
        Assert.Equal(beginnings.Length, faults.Count);
        Assert.All(beginnings.Zip(faults), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    private static QuoteLine Line(long price, string taxClass = "standard", int grams = 0, int quantity = 1) =>
        new("mug", "Mug", quantity, new MoneyAmount(price, "EUR"), taxClass, grams);

    private static Destination To(string country) => new(country, "", "");
}
