using System.Text.Json.Serialization;

namespace NexusCart.Promotions.Domain.FlashSales;

/// <summary>Where a claim stands.</summary>
public enum ClaimStatus
{
    /// <summary>Held for its customer until it expires.</summary>
    Open,

    /// <summary>An order has taken it over; it ends with the order.</summary>
    Checkout,

    /// <summary>Paid for.</summary>
    Paid,

    /// <summary>Given back to the sale.</summary>
    Released,
}

/// <summary>Units of a sale that one customer got. Names are short in storage: there are many.</summary>
/// <param name="Customer">Whose it is.</param>
/// <param name="Key">The Idempotency-Key that made it.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="ExpiresAt">Until when an open one is held.</param>
/// <param name="Order">The order that took it over.</param>
public sealed record Claim(
    [property: JsonPropertyName("c")] string Customer,
    [property: JsonPropertyName("k")] string Key,
    [property: JsonPropertyName("q")] int Quantity,
    [property: JsonPropertyName("s")] ClaimStatus Status,
    [property: JsonPropertyName("e")] DateTimeOffset ExpiresAt,
    [property: JsonPropertyName("o")] string? Order = null);

/// <summary>What became of a verb on the claims of a sale.</summary>
public enum ClaimVerdict
{
    /// <summary>Done now, or before.</summary>
    Done,

    /// <summary>No unit is left, or fewer than asked for.</summary>
    SoldOut,

    /// <summary>The customer would have more than the sale allows.</summary>
    LimitReached,

    /// <summary>The sale has not started.</summary>
    NotStarted,

    /// <summary>The sale is over.</summary>
    Ended,

    /// <summary>The key made a claim of another quantity.</summary>
    KeyReused,

    /// <summary>There is no such claim of this customer's, or no such sale.</summary>
    Unknown,

    /// <summary>The claim was given back.</summary>
    Released,

    /// <summary>Another order has taken the claim over, or it is paid for.</summary>
    Taken,

    /// <summary>The sale is known with other terms.</summary>
    OtherTerms,
}

/// <summary>The form of claim ids: the sale's id and the claim's number.</summary>
public static class ClaimId
{
    /// <summary>"autumn-7" for claim 7 of the sale "autumn".</summary>
    public static string Of(string saleId, int number) => string.Create(null, $"{saleId}-{number}");

    /// <summary>Takes an id apart.</summary>
    public static bool TryRead(string? id, out string saleId, out int number)
    {
        (saleId, number) = ("", -1);
        var dash = id?.LastIndexOf('-') ?? -1;
        if (dash <= 0 || !int.TryParse(id.AsSpan(dash + 1), System.Globalization.NumberStyles.None, null, out number))
            return false;
        saleId = id![..dash];
        return true;
    }
}
