using Dapr.Actors;
using NexusCart.Carts.Domain;

namespace NexusCart.Carts.Actors;

/// <summary>Makes a cart, unless it is there.</summary>
public sealed record OpenCart(string Owner, string Currency);

/// <summary>Asks for a cart.</summary>
public sealed record ReadCart(string Owner);

/// <summary>Changes a line.</summary>
public sealed record ChangeLine(string Owner, LineRequest Line);

/// <summary>Puts a coupon on or takes it off.</summary>
public sealed record ChangeCoupon(string Owner, CouponRequest Coupon);

/// <summary>Takes the units of a paid order out.</summary>
public sealed record TakeOutBought(string OrderId, IReadOnlyList<CartItem> Items);

/// <summary>What a cart looks like, without prices.</summary>
public sealed record CartView(
    string Id, string Currency, IReadOnlyList<CartItem> Items, long Version, DateTimeOffset UpdatedAt, IReadOnlyList<string> CouponCodes);

/// <summary>The answer of a cart.</summary>
/// <param name="Verdict">What the request came to.</param>
/// <param name="Cart">The cart when done.</param>
public sealed record CartAnswer(CartVerdict Verdict, CartView? Cart = null);

/// <summary>One cart; the actor's id is the cart's.</summary>
public interface ICartActor : IActor
{
    /// <summary>Makes the cart.</summary>
    Task<CartAnswer> OpenAsync(OpenCart request);

    /// <summary>Reads it.</summary>
    Task<CartAnswer> ReadAsync(ReadCart request);

    /// <summary>Changes a line.</summary>
    Task<CartAnswer> ChangeAsync(ChangeLine request);

    /// <summary>Changes a coupon.</summary>
    Task<CartAnswer> ChangeCouponAsync(ChangeCoupon request);

    /// <summary>Takes bought units out; nothing happens where there is no cart.</summary>
    Task TakeOutAsync(TakeOutBought request);
}

/// <summary>Asks for the cart of a key.</summary>
public sealed record MakeCart(string Key, string BodyHash, string NewId);

/// <summary>The cart of a key.</summary>
public sealed record CartOfKey(CartVerdict Verdict, string CartId);

/// <summary>The carts of one owner; the actor's id is a digest of the owner's.</summary>
public interface ICartOwnerActor : IActor
{
    /// <summary>The id of the cart made under a key, now or before.</summary>
    Task<CartOfKey> MakeAsync(MakeCart request);
}
