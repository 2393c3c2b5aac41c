namespace NexusCart.Carts.Domain;

/// <summary>A request of the owner to be sold to in another currency.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Prices">What units cost in it now, in minor units by SKU; a SKU that is not there has no price in it.</param>
public sealed record CurrencyRequest(string Key, string BodyHash, string Currency, IReadOnlyDictionary<string, long> Prices);

/// <summary>Another currency.</summary>
public sealed partial record Cart
{
    /// <summary>
    /// Has everything sold in another currency, at its prices: nothing is converted. A line without a price in it stays, as one that is
    /// not for sale at the moment.
    /// </summary>
    /// <param name="request">Which.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart to answer with; to be stored unless the key was known.</param>
    public CartVerdict Change(CurrencyRequest request, DateTimeOffset now, out Cart next)
    {
        if (IsRepetition(request.Key, request.BodyHash, out var repeated, out next))
            return repeated;
        next = request.Currency == Currency
            ? Unchanged(request.Key, request.BodyHash)
            : this with
            {
                Currency = request.Currency,
                SeenPrices = request.Prices.Where(price => QuantityOf(price.Key) > 0).ToDictionary(StringComparer.Ordinal),
                Version = Version + 1,
                UpdatedAt = now,
                Changes = Remember(Changes, new CartChange(request.Key, request.BodyHash, Version + 1, now, "", 0, 0)),
            };
        return CartVerdict.Done;
    }
}
