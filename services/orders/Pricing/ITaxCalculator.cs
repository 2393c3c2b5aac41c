using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Orders.Pricing;

/// <summary>Something that is taxed.</summary>
/// <param name="TaxClass">What kind of goods it is.</param>
/// <param name="Amount">Its price.</param>
public sealed record TaxedItem(string TaxClass, MoneyAmount Amount);

/// <summary>The taxes on what was asked about.</summary>
/// <param name="IsIncluded">Whether the prices contain them.</param>
/// <param name="Taxes">One for each item, in their order.</param>
public sealed record TaxAssessment(bool IsIncluded, IReadOnlyList<Tax> Taxes);

/// <summary>Says what tax is due. <see cref="TaxTable"/> reads it from the configuration; a tax provider may take its place.</summary>
public interface ITaxCalculator
{
    /// <summary>Assesses items that go to one place.</summary>
    /// <param name="items">The items; the shipping is one of them.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<TaxAssessment> AssessAsync(IReadOnlyList<TaxedItem> items, Destination destination, CancellationToken cancellationToken);
}
