using System.Globalization;

namespace NexusCart.Carts.Domain;

/// <summary>What may have happened to a line since its owner last looked.</summary>
public enum LineNews
{
    /// <summary>A unit costs something else.</summary>
    PriceChanged,

    /// <summary>No unit is left.</summary>
    OutOfStock,

    /// <summary>Fewer units are left than the line wants.</summary>
    Reduced,

    /// <summary>It is not for sale, or not in the cart's currency.</summary>
    Discontinued,

    /// <summary>A merge found no room for units of a guest's.</summary>
    LeftOut,

    /// <summary>A merge found no room for a coupon of a guest's.</summary>
    CouponLeftOut,
}

/// <summary>News of a line, for its owner to acknowledge.</summary>
/// <param name="News">What happened.</param>
/// <param name="Sku">The line; empty where it is about a coupon.</param>
/// <param name="OldPrice">What he has seen, in minor units; 0 where it is not about the price.</param>
/// <param name="NewPrice">What a unit costs, in minor units; 0 where it is not about the price.</param>
/// <param name="Available">Units left; 0 where it is not about them.</param>
/// <param name="Quantity">Units left out by a merge; 0 where it is not about them.</param>
/// <param name="Coupon">The coupon left out by a merge; empty where it is not about one.</param>
public sealed record LineNotice(
    LineNews News, string Sku, long OldPrice = 0, long NewPrice = 0, int Available = 0, int Quantity = 0, string Coupon = "")
{
    /// <summary>Names the news with everything in it: who acknowledges it has seen just that.</summary>
    public string Id => News switch
    {
        LineNews.LeftOut => string.Create(CultureInfo.InvariantCulture, $"left_out:{Sku}:{Quantity}"),
        LineNews.CouponLeftOut => $"coupon_left_out:{Coupon}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Word(News)}:{Sku}:{OldPrice}:{NewPrice}:{Available}"),
    };

    private static string Word(LineNews news) => news switch
    {
        LineNews.PriceChanged => "price_changed",
        LineNews.OutOfStock => "out_of_stock",
        LineNews.Reduced => "reduced",
        _ => "discontinued",
    };
}

/// <summary>A request of the owner who has seen notices.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="Seen">The notices, as they hold now.</param>
public sealed record SettleRequest(string Key, string BodyHash, IReadOnlyList<LineNotice> Seen);

/// <summary>Compares what the owner has seen with what is.</summary>
public static class Recheck
{
    /// <summary>The news of a cart, in the order of its lines.</summary>
    /// <param name="items">Its lines.</param>
    /// <param name="seenPrices">What its owner has seen, in minor units by SKU.</param>
    /// <param name="prices">What units cost now, by SKU; a SKU that is not there is not for sale.</param>
    /// <param name="available">Units left by SKU, none where it is not there; null when nobody has looked.</param>
    public static IEnumerable<LineNotice> Of(
        IReadOnlyList<CartItem> items,
        IReadOnlyDictionary<string, long> seenPrices,
        IReadOnlyDictionary<string, long> prices,
        IReadOnlyDictionary<string, int>? available)
    {
        foreach (var item in items)
        {
            if (!prices.TryGetValue(item.Sku, out var price))
            {
                yield return new LineNotice(LineNews.Discontinued, item.Sku);
                continue;
            }

            if (seenPrices.TryGetValue(item.Sku, out var seen) && seen != price)
                yield return new LineNotice(LineNews.PriceChanged, item.Sku, seen, price);
            if (available is null)
                continue;
            var left = available.GetValueOrDefault(item.Sku);
            if (left <= 0)
                yield return new LineNotice(LineNews.OutOfStock, item.Sku);
            else if (left < item.Quantity)
                yield return new LineNotice(LineNews.Reduced, item.Sku, Available: left);
        }
    }
}

/// <summary>Acknowledging.</summary>
public sealed partial record Cart
{
    /// <summary>The news of what merges left out; the same twice is told once.</summary>
    public static IEnumerable<LineNotice> NoticesOf(IEnumerable<LeftOut> leftOut) => leftOut.Distinct().Select(left => left.Coupon.Length > 0
        ? new LineNotice(LineNews.CouponLeftOut, "", Coupon: left.Coupon)
        : new LineNotice(LineNews.LeftOut, left.Sku, Quantity: left.Quantity));

    /// <summary>
    /// Settles what the owner has seen: new prices are taken as seen, lines come down to the units there are, and those without any go.
    /// </summary>
    /// <param name="request">What he has seen.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart to answer with; to be stored unless the key was known.</param>
    public CartVerdict Settle(SettleRequest request, DateTimeOffset now, out Cart next)
    {
        if (IsRepetition(request.Key, request.BodyHash, out var repeated, out next))
            return repeated;

        var items = Items.ToList();
        var prices = SeenPrices.ToDictionary(StringComparer.Ordinal);
        var seen = request.Seen.Select(notice => notice.Id).ToHashSet(StringComparer.Ordinal);
        LeftOut[] leftOut = [.. LeftOut.Where(left => !NoticesOf([left]).Any(notice => seen.Contains(notice.Id)))];
        foreach (var notice in request.Seen.Where(notice => notice.News is not (LineNews.LeftOut or LineNews.CouponLeftOut)))
        {
            var position = items.FindIndex(item => item.Sku == notice.Sku);
            if (position < 0)
                continue;
            if (notice.News is LineNews.PriceChanged)
                prices[notice.Sku] = notice.NewPrice;
            else if (notice.News is LineNews.Reduced)
                items[position] = items[position] with { Quantity = Math.Min(items[position].Quantity, notice.Available) };
            else
                items.RemoveAt(position);
        }

        next = items.SequenceEqual(Items)
            ? Unchanged(request.Key, request.BodyHash) with { SeenPrices = prices, LeftOut = leftOut }
            : this with
            {
                Items = items,
                SeenPrices = prices,
                LeftOut = leftOut,
                Version = Version + 1,
                UpdatedAt = now,
                Changes = Remember(Changes, new CartChange(request.Key, request.BodyHash, Version + 1, now, "", 0, 0)),
            };
        return CartVerdict.Done;
    }
}
