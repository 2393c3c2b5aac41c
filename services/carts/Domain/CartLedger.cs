namespace NexusCart.Carts.Domain;

/// <summary>A cart that an owner has made.</summary>
/// <param name="Key">The idempotency key it was made under.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="CartId">The cart.</param>
public sealed record MadeCart(string Key, string BodyHash, string CartId);

/// <summary>The last carts an owner has made, so that one key makes one cart, and which of his carts may still be there.</summary>
/// <param name="Made">Oldest first.</param>
/// <param name="UpdatedAt">When the last was made.</param>
public sealed record CartLedger(IReadOnlyList<MadeCart> Made, DateTimeOffset UpdatedAt)
{
    /// <summary>Most carts of one owner; the oldest goes when there are more.</summary>
    public const int MaxCarts = 100;

    /// <summary>His carts that may still be there, oldest first. What was stored before it was kept has those he made last.</summary>
    public IReadOnlyList<string> Carts { get; init => field = value ?? [.. Made.Select(made => made.CartId)]; } = [.. Made.Select(made => made.CartId)];

    /// <summary>Whether his account was erased: he makes no carts any more.</summary>
    public bool IsErased { get; init; }

    /// <summary>Nothing made yet.</summary>
    public static CartLedger Empty { get; } = new([], DateTimeOffset.MinValue);

    /// <summary>The owner's account was erased. Which carts there are stays known until they have gone.</summary>
    public CartLedger Erase(DateTimeOffset now) => IsErased ? this : this with { Made = [], IsErased = true, UpdatedAt = now };

    /// <summary>The cart made under a key: the one made before, or <paramref name="newId"/>.</summary>
    public CartVerdict Make(string key, string bodyHash, string newId, DateTimeOffset now, out string cartId, out CartLedger next)
    {
        next = this;
        cartId = newId;
        if (IsErased)
            return CartVerdict.OwnerErased;
        if (Made.FirstOrDefault(made => made.Key == key) is { } known)
        {
            cartId = known.CartId;
            return known.BodyHash == bodyHash ? CartVerdict.Done : CartVerdict.KeyReused;
        }

        next = this with
        {
            Made = [.. Made.TakeLast(Cart.MaxRemembered - 1), new MadeCart(key, bodyHash, newId)],
            Carts = [.. Carts.TakeLast(MaxCarts - 1), newId],
            UpdatedAt = now,
        };
        return CartVerdict.Done;
    }
}
