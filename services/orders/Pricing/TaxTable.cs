using Microsoft.Extensions.Options;
using NexusCart.Orders.Domain;

namespace NexusCart.Orders.Pricing;

/// <summary>
/// Tax by country and tax class, from the configuration section <c>Orders:Tax</c>. A class that a country does not name is taxed as its
/// standard class; a country that is not named is not taxed.
/// </summary>
public sealed class TaxTable(IOptions<TaxOptions> options) : ITaxCalculator
{
    /// <inheritdoc/>
    public ValueTask<TaxAssessment> AssessAsync(IReadOnlyList<TaxedItem> items, Destination destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(destination);
        var isIncluded = options.Value.PricesIncludeTax;
        var rates = options.Value.Countries.GetValueOrDefault(destination.Country);
        return ValueTask.FromResult(new TaxAssessment(
            isIncluded, [.. items.Select(item => Tax.On(item.Amount, RateOf(item.TaxClass, rates), isIncluded))]));
    }

    private static int RateOf(string taxClass, Dictionary<string, int>? rates) => rates is null
        ? 0
        : rates.TryGetValue(taxClass, out var rate) ? rate : rates.GetValueOrDefault(QuoteLine.StandardClass);
}
