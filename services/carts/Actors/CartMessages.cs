using Dapr.Actors;
using NexusCart.Carts.Domain;

namespace NexusCart.Carts.Actors;

/// <summary>Makes a cart, unless it is there.</summary>
public sealed record OpenCart(string Owner, string Currency, bool IsGuests = false);

/// <summary>Asks for a cart.</summary>
public sealed record ReadCart(string Owner);

/// <summary>Changes a line.</summary>
public sealed record ChangeLine(string Owner, LineRequest Line);

/// <summary>Puts a coupon on or takes it off.</summary>
public sealed record ChangeCoupon(string Owner, CouponRequest Coupon);

/// <summary>Has it sold in another currency.</summary>
public sealed record ChangeCurrency(string Owner, CurrencyRequest Currency);

/// <summary>Settles notices its owner has seen.</summary>
public sealed record SettleNotices(string Owner, SettleRequest Request);

/// <summary>Asks what a merge would come to.</summary>
public sealed record JudgeMerge(string Owner, MergeRequest Request);

/// <summary>Puts a guest's goods in.</summary>
public sealed record TakeIn(string Owner, MergeRequest Request, GuestGoods Goods);

/// <summary>Ends a guest's cart in a customer's.</summary>
/// <param name="Owner">The guest.</param>
/// <param name="CartId">The customer's cart.</param>
/// <param name="NewOwner">The customer.</param>
/// <param name="Request">What the customer asked for.</param>
public sealed record GiveAway(string Owner, string CartId, string NewOwner, MergeRequest Request);

/// <summary>The goods of a guest's cart.</summary>
public sealed record GoodsAnswer(CartVerdict Verdict, GuestGoods? Goods = null);

/// <summary>Takes the units of a paid order out.</summary>
public sealed record TakeOutBought(string OrderId, IReadOnlyList<CartItem> Items);

/// <summary>What a cart looks like, without prices.</summary>
public sealed record CartView(
    string Id, string Currency, IReadOnlyList<CartItem> Items, long Version, DateTimeOffset UpdatedAt, IReadOnlyList<string> CouponCodes,
    IReadOnlyDictionary<string, long> SeenPrices, IReadOnlyList<LeftOut>? LeftOut = null);

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

    /// <summary>Changes the currency.</summary>
    Task<CartAnswer> ChangeCurrencyAsync(ChangeCurrency request);

    /// <summary>Settles notices.</summary>
    Task<CartAnswer> SettleAsync(SettleNotices request);

    /// <summary>What a merge would come to; changes nothing.</summary>
    Task<CartVerdict> JudgeMergeAsync(JudgeMerge request);

    /// <summary>Takes a guest's goods in, once.</summary>
    Task<CartAnswer> TakeInAsync(TakeIn request);

    /// <summary>Ends this guest's cart, once, and gives its goods.</summary>
    Task<GoodsAnswer> GiveAwayAsync(GiveAway request);

    /// <summary>
    /// Takes bought units out; nothing happens where there is no cart. Gives the cart that this one has ended in, where the units are
    /// now; else nothing.
    /// </summary>
    Task<string> TakeOutAsync(TakeOutBought request);

    /// <summary>Whether there is a cart, whoever's.</summary>
    Task<bool> IsThereAsync();

    /// <summary>Ends the cart for good, with what is in it and whose it is. Gives the guests' carts that ended in it.</summary>
    Task<List<string>> EraseAsync();
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

    /// <summary>His carts that may still be there, oldest first.</summary>
    Task<List<string>> ListAsync();

    /// <summary>His account was erased: all his carts go, and he makes none any more.</summary>
    Task EraseAsync();
}
