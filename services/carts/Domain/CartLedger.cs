namespace NexusCart.Carts.Domain;

/// <summary>A cart that an owner has made.</summary>
/// <param name="Key">The idempotency key it was made under.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="CartId">The cart.</param>
public sealed record MadeCart(string Key, string BodyHash, string CartId);

/// <summary>The last carts an owner has made, so that one key makes one cart.</summary>
/// <param name="Made">Oldest first.</param>
/// <param name="UpdatedAt">When the last was made.</param>
public sealed record CartLedger(IReadOnlyList<MadeCart> Made, DateTimeOffset UpdatedAt)
{
    /// <summary>Nothing made yet.</summary>
    public static CartLedger Empty { get; } = new([], DateTimeOffset.MinValue);

    /// <summary>The cart made under a key: the one made before, or <paramref name="newId"/>.</summary>
    public CartVerdict Make(string key, string bodyHash, string newId, DateTimeOffset now, out string cartId, out CartLedger next)
    {
        next = this;
        cartId = newId;
        if (Made.FirstOrDefault(made => made.Key == key) is { } known)
        {
            cartId = known.CartId;
            return known.BodyHash == bodyHash ? CartVerdict.Done : CartVerdict.KeyReused;
        }

        next = new CartLedger([.. Made.TakeLast(Cart.MaxRemembered - 1), new MadeCart(key, bodyHash, newId)], now);
        return CartVerdict.Done;
    }
}
