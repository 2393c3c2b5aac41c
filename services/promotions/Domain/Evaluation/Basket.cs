namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>A line of what is to be bought.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Brand">Its brand; may be empty.</param>
/// <param name="Category">Its category path.</param>
/// <param name="Quantity">Units; 1 or more.</param>
/// <param name="UnitPrice">The price of one, in minor units.</param>
public sealed record BasketLine(string Sku, string Brand, string Category, int Quantity, long UnitPrice)
{
    /// <summary>The price of all units.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public long Total => checked(UnitPrice * Quantity);
}

/// <summary>Who buys.</summary>
/// <param name="Groups">The customer groups he belongs to.</param>
/// <param name="Channel">The channel he comes by.</param>
/// <param name="IsGuest">Whether he has no account.</param>
/// <param name="IsFirstOrder">Whether he has bought nothing yet; null when that was not looked up.</param>
public sealed record Shopper(IReadOnlyCollection<string> Groups, string Channel, bool IsGuest, bool? IsFirstOrder);

/// <summary>What is to be bought, by whom, with which codes.</summary>
/// <param name="Currency">ISO 4217; of all amounts.</param>
/// <param name="Lines">At most <see cref="MostLines"/>.</param>
/// <param name="Shipping">The price of the delivery, in minor units.</param>
/// <param name="Shopper">Who buys.</param>
/// <param name="Codes">The codes he entered.</param>
public sealed record Basket(string Currency, IReadOnlyList<BasketLine> Lines, long Shipping, Shopper Shopper, IReadOnlyList<string> Codes)
{
    /// <summary>The most lines.</summary>
    public const int MostLines = LineSet.Capacity;
}
