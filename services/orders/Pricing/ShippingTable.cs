using Microsoft.Extensions.Options;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Pricing;

/// <summary>
/// Shipping by zone, from the configuration section <c>Orders:Shipping</c>. The first zone with the country, or with <c>*</c>, counts. A
/// method whose prices do not know the currency, or whose heaviest parcel is lighter, is not offered. Without any zone everything is
/// sent everywhere for nothing.
/// </summary>
public sealed class ShippingTable(IOptions<ShippingOptions> options) : IShippingRates
{
    private const string Everywhere = "*";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ShippingOption>> OptionsAsync(Parcel parcel, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parcel);
        return ValueTask.FromResult(Options(parcel));
    }

    private IReadOnlyList<ShippingOption> Options(Parcel parcel)
    {
        var currency = parcel.Value.Currency;
        if (options.Value.Zones.Count == 0)
            return [new ShippingOption("standard", "Standard", MoneyAmount.Zero(currency))];

        var country = parcel.Destination.Country;
        var zone = options.Value.Zones.Find(zone => zone.Countries.Contains(country) || zone.Countries.Contains(Everywhere));
        if (zone is null)
            return [];
        if (!zone.Methods.Exists(method => method.Rates.Exists(rate => rate.Price.ContainsKey(currency))))
            throw new PricingException(PricingObstacle.NotInCurrency);
        return
        [
            .. zone.Methods
                .Select(method => PriceOf(method, parcel) is { } price ? new ShippingOption(method.Id, method.Name, new MoneyAmount(price, currency)) : null)
                .OfType<ShippingOption>()
                .OrderBy(option => option.Price.MinorUnits),
        ];
    }

    private static long? PriceOf(ShippingMethodOptions method, Parcel parcel)
    {
        var rate = method.Rates
            .Where(rate => rate.UpToGrams is not { } limit || parcel.WeightGrams <= limit)
            .MinBy(rate => rate.UpToGrams ?? int.MaxValue);
        if (rate is null || !rate.Price.TryGetValue(parcel.Value.Currency, out var price))
            return null;
        return method.FreeFrom.TryGetValue(parcel.Value.Currency, out var least) && parcel.Value.MinorUnits >= least ? 0 : price;
    }
}
