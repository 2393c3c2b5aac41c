using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Pricing;

/// <summary>Where goods go, as far as it decides on prices.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Region">State or province; may be empty.</param>
/// <param name="PostalCode">Postal code; may be empty.</param>
public sealed record Destination(string Country, string Region, string PostalCode);

/// <summary>What is to be sent.</summary>
/// <param name="Destination">Where.</param>
/// <param name="Value">The sum of its lines.</param>
/// <param name="WeightGrams">Its weight, in grams.</param>
public sealed record Parcel(Destination Destination, MoneyAmount Value, long WeightGrams);

/// <summary>Says how goods can be sent. <see cref="ShippingTable"/> reads it from the configuration; a carrier may take its place.</summary>
public interface IShippingRates
{
    /// <summary>The ways to send a parcel, the cheapest first; none when it cannot be sent there.</summary>
    /// <param name="parcel">The parcel.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PricingException">There are ways, but none with a price in the parcel's currency.</exception>
    ValueTask<IReadOnlyList<ShippingOption>> OptionsAsync(Parcel parcel, CancellationToken cancellationToken);
}
