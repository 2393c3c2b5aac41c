using Microsoft.Extensions.Options;
using NexusCart.Orders.Pricing;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Rates for tests.</summary>
internal static class Pricing
{
    public static TaxOptions GermanTax => new() { Countries = { ["DE"] = new() { ["standard"] = 1900, ["reduced"] = 700 } } };

    public static TaxOptions TaxOnTop => new() { PricesIncludeTax = false, Countries = { ["US"] = new() { ["standard"] = 825, ["shipping"] = 0 } } };

    /// <summary>Germany by weight, free from 50 euro, and express; the rest for 15 euro.</summary>
    public static ShippingOptions TwoZones => new()
    {
        Zones =
        {
            new ShippingZoneOptions
            {
                Countries = { "DE" },
                Methods =
                {
                    new ShippingMethodOptions
                    {
                        Id = "standard",
                        Name = "Standard",
                        FreeFrom = { ["EUR"] = 5_000 },
                        Rates = { Rate(null, 4_900), Rate(5_000, 490), Rate(31_500, 990) },
                    },
                    new ShippingMethodOptions { Id = "express", Name = "Express", Rates = { Rate(31_500, 1_490) } },
                },
            },
            new ShippingZoneOptions { Countries = { "FR", "US" }, Methods = { new ShippingMethodOptions { Id = "far", Name = "Far", Rates = { Rate(10_000, 1_500) } } } },
        },
    };

    public static PriceDesk Desk(TaxOptions? tax = null, ShippingOptions? shipping = null) =>
        new(new ShippingTable(Options.Create(shipping ?? new ShippingOptions())), new TaxTable(Options.Create(tax ?? new TaxOptions())));

    public static ShippingRateOptions Rate(int? upToGrams, long euroCents) => new() { UpToGrams = upToGrams, Price = { ["EUR"] = euroCents } };
}
