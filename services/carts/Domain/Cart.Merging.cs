namespace NexusCart.Carts.Domain;

/// <summary>What a guest's cart gives away when it ends in a customer's.</summary>
/// <param name="GuestCartId">The guest's cart.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Items">Its lines.</param>
/// <param name="SeenPrices">What its owner has seen of prices.</param>
/// <param name="CouponCodes">Its coupons.</param>
public sealed record GuestGoods(
    string GuestCartId,
    string Currency,
    IReadOnlyList<CartItem> Items,
    IReadOnlyDictionary<string, long> SeenPrices,
    IReadOnlyList<string> CouponCodes);

/// <summary>A request of the owner to take a guest's goods in.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="GuestCartId">The guest's cart.</param>
/// <param name="Currency">Of the guest's cart.</param>
public sealed record MergeRequest(string Key, string BodyHash, string GuestCartId, string Currency);

/// <summary>What of a guest's goods did not fit into the customer's cart; its owner is told of it until he acknowledges it.</summary>
/// <param name="Sku">The line; empty for a coupon.</param>
/// <param name="Quantity">Units of it; 0 for a coupon.</param>
/// <param name="Coupon">The coupon's code; empty for a line.</param>
public sealed record LeftOut(string Sku, int Quantity, string Coupon = "");

/// <summary>Merging: a guest's cart ends once, in one customer's cart, which takes its goods in once.</summary>
public sealed partial record Cart
{
    /// <summary>The cart that a guest's cart has ended in; empty while it lives.</summary>
    public string MergedInto { get; init => field = value ?? ""; } = "";

    /// <summary>The last guests' carts that ended in this one.</summary>
    public IReadOnlyList<string> Merged { get; init => field = value ?? []; } = [];

    /// <summary>Most entries of <see cref="LeftOut"/>; a merge that might exceed them waits until some are acknowledged.</summary>
    public const int MaxLeftOut = 1_000;

    /// <summary>What merges left out, in the order they did, until it is acknowledged.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init => field = value ?? []; } = [];

    /// <summary>Whether it is gone for everybody, but for who asks for its goods again.</summary>
    public bool HasEnded => MergedInto.Length > 0 || IsErased;

    /// <summary>What it gives away.</summary>
    public GuestGoods Goods => new(Id, Currency, Items, SeenPrices, CouponCodes);

    /// <summary>Ends a guest's cart in a customer's; a cart that has ended there changes no more.</summary>
    /// <param name="cartId">The customer's cart.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart; to be stored unless it is this one.</param>
    public CartVerdict EndIn(string cartId, DateTimeOffset now, out Cart next)
    {
        next = this;
        if (MergedInto == cartId)
            return CartVerdict.Done;
        if (HasEnded)
            return CartVerdict.NotFound;
        next = this with { MergedInto = cartId, Version = Version + 1, UpdatedAt = now };
        return CartVerdict.Done;
    }

    /// <summary>What a merge would come to, before the guest's cart ends for it.</summary>
    public CartVerdict Judge(MergeRequest request)
    {
        if (Fits(request) is not CartVerdict.Done and var refused)
            return refused;
        var mayBeLeftOut = Merged.Contains(request.GuestCartId) ? 0 : MaxLines + MaxCoupons;
        return LeftOut.Count + mayBeLeftOut > MaxLeftOut ? CartVerdict.NoticesUnread : CartVerdict.Done;
    }

    /// <summary>
    /// Takes a guest's goods in, once: units of one SKU add up to <see cref="MaxQuantity"/>, other lines follow as long as there is
    /// room, and so do coupons. What finds none is named in <see cref="LeftOut"/>.
    /// </summary>
    /// <param name="request">Whose goods.</param>
    /// <param name="goods">The goods.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart to answer with; to be stored unless it is this one.</param>
    public CartVerdict TakeIn(MergeRequest request, GuestGoods goods, DateTimeOffset now, out Cart next)
    {
        next = this;
        if (Fits(request) is not CartVerdict.Done and var refused)
            return refused;
        if (Merged.Contains(goods.GuestCartId))
            return CartVerdict.Done;

        var items = Items.ToList();
        var prices = SeenPrices.ToDictionary(StringComparer.Ordinal);
        var leftOut = LeftOut.ToList();
        foreach (var item in goods.Items)
        {
            var position = items.FindIndex(own => own.Sku == item.Sku);
            if (position >= 0)
            {
                var sum = items[position].Quantity + item.Quantity;
                items[position] = item with { Quantity = Math.Min(MaxQuantity, sum) };
                if (sum > MaxQuantity)
                    leftOut.Add(new LeftOut(item.Sku, sum - MaxQuantity));
            }
            else if (items.Count < MaxLines)
            {
                items.Add(item);
                if (goods.SeenPrices.TryGetValue(item.Sku, out var seen))
                    prices[item.Sku] = seen;
            }
            else
            {
                leftOut.Add(new LeftOut(item.Sku, item.Quantity));
            }
        }

        var coupons = CouponCodes.Union(goods.CouponCodes).ToList();
        next = this with
        {
            Items = items,
            SeenPrices = prices,
            CouponCodes = [.. coupons.Take(MaxCoupons)],
            LeftOut = [.. leftOut, .. coupons.Skip(MaxCoupons).Select(code => new LeftOut("", 0, code))],
            Merged = Remember(Merged, goods.GuestCartId),
            Version = Version + 1,
            UpdatedAt = now,
            Changes = Remember(Changes, new CartChange(request.Key, request.BodyHash, Version + 1, now, "", 0, 0)),
        };
        return CartVerdict.Done;
    }

    private CartVerdict Fits(MergeRequest request) => FindChange(request.Key) is { } known && known.BodyHash != request.BodyHash
        ? CartVerdict.KeyReused
        : request.Currency == Currency ? CartVerdict.Done : CartVerdict.CurrencyDiffers;
}
