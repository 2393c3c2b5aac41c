namespace NexusCart.Carts.Domain;

/// <summary>Units of a SKU in a cart.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Quantity">1 to 10,000.</param>
public sealed record CartItem(string Sku, int Quantity);

/// <summary>A change that its owner made, remembered under its idempotency key, with what it takes to look behind it.</summary>
/// <param name="Key">The idempotency key.</param>
/// <param name="BodyHash">Of the request, so that another request under the key is noticed.</param>
/// <param name="Version">The cart's version after it.</param>
/// <param name="At">When the cart had last changed after it.</param>
/// <param name="Sku">The SKU it changed; empty when it changed nothing.</param>
/// <param name="Before">Units before it; 0 when the line is new.</param>
/// <param name="Position">Where the line or the coupon stood before it.</param>
/// <param name="Coupon">The code it put on (before: 0) or took off (before: 1); empty when it was about no coupon.</param>
public sealed record CartChange(
    string Key, string BodyHash, long Version, DateTimeOffset At, string Sku, int Before, int Position, string Coupon = "");

/// <summary>A request of the owner to change a line.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="Sku">The line.</param>
/// <param name="Quantity">Units; 0 removes the line.</param>
/// <param name="Adds">Adds the units to those there, instead of setting them.</param>
/// <param name="SoldIn">The currency the product is sold in; null when it is not for sale.</param>
/// <param name="Price">What a unit costs now when there are as many as after the request, in minor units.</param>
/// <param name="PriceBefore">What a unit costs now when there are as many as before it; null where that was not asked.</param>
public sealed record LineRequest(
    string Key, string BodyHash, string Sku, int Quantity, bool Adds, string? SoldIn, long Price = 0, long? PriceBefore = null);

/// <summary>A request of the owner to put a coupon on or take it off.</summary>
/// <param name="Key">Idempotency key.</param>
/// <param name="BodyHash">Of the request.</param>
/// <param name="Code">The code, upper case.</param>
/// <param name="Applies">Puts it on, instead of taking it off.</param>
public sealed record CouponRequest(string Key, string BodyHash, string Code, bool Applies);

/// <summary>What a request on a cart comes to.</summary>
public enum CartVerdict
{
    /// <summary>Done now, or done before under the same key.</summary>
    Done,

    /// <summary>There is no such cart for this owner.</summary>
    NotFound,

    /// <summary>The key was used before with another request.</summary>
    KeyReused,

    /// <summary>The product is not sold, or not in the cart's currency.</summary>
    NotForSale,

    /// <summary>The line would exceed <see cref="Cart.MaxQuantity"/> units.</summary>
    TooManyUnits,

    /// <summary>The cart would exceed <see cref="Cart.MaxLines"/> lines.</summary>
    TooManyLines,

    /// <summary>The cart would exceed <see cref="Cart.MaxCoupons"/> coupons.</summary>
    TooManyCoupons,

    /// <summary>Carts of two currencies do not merge.</summary>
    CurrencyDiffers,

    /// <summary>So much was left out by earlier merges, and not acknowledged, that there is no room to tell of more.</summary>
    NoticesUnread,

    /// <summary>The owner's account was erased.</summary>
    OwnerErased,
}

/// <summary>
/// A cart: what its owner wants to buy, one line a SKU in the order they were added. It knows no prices; they are the
/// catalogue's at the time of looking, and only what its owner has last seen is kept. Immutable: verbs give the next cart.
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">The subject of the token that made it.</param>
/// <param name="Currency">ISO 4217; of all its prices.</param>
/// <param name="Items">The lines.</param>
/// <param name="Version">Grows by one with each change of the lines or coupons.</param>
/// <param name="UpdatedAt">When the lines or coupons last changed.</param>
/// <param name="Changes">The last changes its owner made, oldest first.</param>
/// <param name="Orders">The last orders whose units were taken out.</param>
public sealed partial record Cart(
    string Id,
    string Owner,
    string Currency,
    IReadOnlyList<CartItem> Items,
    long Version,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<CartChange> Changes,
    IReadOnlyList<string> Orders)
{
    /// <summary>Most lines.</summary>
    public const int MaxLines = 200;

    /// <summary>Most units of one line.</summary>
    public const int MaxQuantity = 10_000;

    /// <summary>Most coupons.</summary>
    public const int MaxCoupons = 10;

    /// <summary>Idempotency keys and orders remembered.</summary>
    public const int MaxRemembered = 32;

    /// <summary>The codes of its coupons, upper case, in the order they were applied. None in what was stored before there were any.</summary>
    public IReadOnlyList<string> CouponCodes { get; init => field = value ?? []; } = [];

    /// <summary>Whether its owner has not signed in.</summary>
    public bool IsGuests { get; init; }

    /// <summary>What a unit cost when its owner last looked, in minor units by SKU.</summary>
    public IReadOnlyDictionary<string, long> SeenPrices { get; init => field = value ?? NoPrices; } = NoPrices;

    /// <summary>For which <see cref="UpdatedAt"/> it was noticed that the cart had not changed for a while; null when it has changed since.</summary>
    public DateTimeOffset? QuietSince { get; init; }

    /// <summary>Whether its owner's account was erased: only its id and the guests' carts that ended in it are left.</summary>
    public bool IsErased { get; init; }

    private static Dictionary<string, long> NoPrices => [];

    /// <summary>An empty cart.</summary>
    public static Cart Open(string id, string owner, string currency, DateTimeOffset now, bool isGuests = false) =>
        new(id, owner, currency, [], 1, now, [], []) { IsGuests = isGuests };

    /// <summary>What is left of a cart whose owner's account was erased: enough that it is not made anew.</summary>
    public static Cart Erased(string id, Cart? known, DateTimeOffset now) =>
        known is { IsErased: true } ? known : Open(id, "", "", now, isGuests: true) with { IsErased = true, Merged = known?.Merged ?? [] };

    /// <summary>Adds or sets units of a line. Repeated under its key, it gives the cart as it was after the first time.</summary>
    /// <param name="request">What to change.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart to answer with; to be stored unless the key was known.</param>
    public CartVerdict Change(LineRequest request, DateTimeOffset now, out Cart next)
    {
        if (IsRepetition(request.Key, request.BodyHash, out var repeated, out next))
            return repeated;

        var before = QuantityOf(request.Sku);
        var quantity = request.Quantity + (request.Adds ? before : 0L);
        if (quantity > 0 && request.SoldIn != Currency)
            return CartVerdict.NotForSale;
        if (quantity > MaxQuantity)
            return CartVerdict.TooManyUnits;
        if (before == 0 && quantity > 0 && Items.Count >= MaxLines)
            return CartVerdict.TooManyLines;
        next = quantity == before ? Unchanged(request.Key, request.BodyHash) : Changed(request, before, (int)quantity, now);
        return CartVerdict.Done;
    }

    /// <summary>Puts a coupon on or takes it off. Repeated under its key, it gives the cart as it was after the first time.</summary>
    /// <param name="request">What to change.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The cart to answer with; to be stored unless the key was known.</param>
    public CartVerdict Change(CouponRequest request, DateTimeOffset now, out Cart next)
    {
        if (IsRepetition(request.Key, request.BodyHash, out var repeated, out next))
            return repeated;

        var position = PositionOf(request.Code, CouponCodes);
        var isThere = position < CouponCodes.Count;
        if (request.Applies && !isThere && CouponCodes.Count >= MaxCoupons)
            return CartVerdict.TooManyCoupons;
        if (request.Applies == isThere)
        {
            next = Unchanged(request.Key, request.BodyHash);
            return CartVerdict.Done;
        }

        var change = new CartChange(
            request.Key, request.BodyHash, Version + 1, now, "", isThere ? 1 : 0, position, request.Code);
        next = this with
        {
            CouponCodes = isThere ? [.. CouponCodes.Where(code => code != request.Code)] : [.. CouponCodes, request.Code],
            Version = Version + 1,
            UpdatedAt = now,
            Changes = Remember(Changes, change),
        };
        return CartVerdict.Done;
    }

    /// <summary>
    /// Takes the units of a paid order out, once. What the owner has added since checkout stays, as does what is left
    /// when he has put more of the same in.
    /// </summary>
    public Cart TakeOut(string orderId, IEnumerable<CartItem> bought, DateTimeOffset now)
    {
        if (Orders.Contains(orderId))
            return this;
        var taken = bought.GroupBy(item => item.Sku, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(item => (long)item.Quantity), StringComparer.Ordinal);
        var left = Items.Select(item => item with { Quantity = (int)Math.Max(0, item.Quantity - taken.GetValueOrDefault(item.Sku)) })
            .Where(item => item.Quantity > 0)
            .ToList();
        var remembering = this with { Orders = Remember(Orders, orderId) };
        return left.SequenceEqual(Items) ? remembering : remembering with { Items = left, Version = Version + 1, UpdatedAt = now };
    }

    // A key that is known gives its first answer again, and takes no other request.
    private bool IsRepetition(string key, string bodyHash, out CartVerdict verdict, out Cart next)
    {
        (verdict, next) = (CartVerdict.Done, this);
        if (FindChange(key) is not { } known)
            return false;
        if (known.BodyHash == bodyHash)
            next = AsAfter(known);
        else
            verdict = CartVerdict.KeyReused;
        return true;
    }

    /// <summary>
    /// The cart as it was after the change remembered under a key: the answer that its request got. When that cannot be
    /// told any more, because an order has taken units out since, the cart as it is.
    /// </summary>
    private Cart AsAfter(CartChange change)
    {
        var items = Items.ToList();
        var coupons = CouponCodes.ToList();
        var version = Version;
        foreach (var later in Changes.Reverse().TakeWhile(later => later != change))
        {
            if (later.Version != version)
                return this;
            if (later.Coupon.Length > 0)
                Undo(coupons, later);
            else if (later.Sku.Length > 0)
                Undo(items, later);
            else
                continue;
            version--;
        }

        return change.Version == version
            ? this with { Items = items, CouponCodes = coupons, Version = version, UpdatedAt = change.At } : this;
    }

    /// <summary>The change remembered under a key.</summary>
    public CartChange? FindChange(string key) => Changes.FirstOrDefault(change => change.Key == key);

    private Cart Unchanged(string key, string bodyHash) =>
        this with { Changes = Remember(Changes, new CartChange(key, bodyHash, Version, UpdatedAt, "", 0, 0)) };

    private Cart Changed(LineRequest request, int before, int quantity, DateTimeOffset now)
    {
        var change = new CartChange(
            request.Key, request.BodyHash, Version + 1, now, request.Sku, before, PositionOf(request.Sku));
        return this with
        {
            Items = With(request.Sku, quantity),
            SeenPrices = before == 0 || HasNoNews(request) ? WithPrice(request.Sku, request.Price) : SeenPrices,
            Version = Version + 1,
            UpdatedAt = now,
            Changes = Remember(Changes, change),
        };
    }

    // Who takes more units may come to another price by that alone: the answer shows it to him, and it is no news. What has changed before
    // stays news until he acknowledges it.
    private bool HasNoNews(LineRequest request) =>
        request.PriceBefore is { } now && SeenPrices.TryGetValue(request.Sku, out var seen) && seen == now;

    private int QuantityOf(string sku) => Items.FirstOrDefault(item => item.Sku == sku)?.Quantity ?? 0;

    private int PositionOf(string sku)
    {
        for (var i = 0; i < Items.Count; i++)
        {
            if (Items[i].Sku == sku)
                return i;
        }

        return Items.Count;
    }

    /// <summary>The prices seen of what is in the cart, one of them new.</summary>
    private Dictionary<string, long> WithPrice(string sku, long price)
    {
        var prices = SeenPrices.Where(seen => PositionOf(seen.Key) < Items.Count).ToDictionary(StringComparer.Ordinal);
        prices[sku] = price;
        return prices;
    }

    private static int PositionOf(string code, IReadOnlyList<string> codes)
    {
        var position = 0;
        while (position < codes.Count && codes[position] != code)
            position++;
        return position;
    }

    private List<CartItem> With(string sku, int quantity)
    {
        var items = Items.ToList();
        var position = PositionOf(sku);
        if (position == items.Count)
            items.Add(new CartItem(sku, quantity));
        else if (quantity == 0)
            items.RemoveAt(position);
        else
            items[position] = new CartItem(sku, quantity);
        return items;
    }

    private static void Undo(List<CartItem> items, CartChange change)
    {
        var now = items.FindIndex(item => item.Sku == change.Sku);
        if (change.Before == 0)
            items.RemoveAt(now);
        else if (now < 0)
            items.Insert(change.Position, new CartItem(change.Sku, change.Before));
        else
            items[now] = new CartItem(change.Sku, change.Before);
    }

    private static void Undo(List<string> coupons, CartChange change)
    {
        if (change.Before == 0)
            coupons.Remove(change.Coupon);
        else
            coupons.Insert(change.Position, change.Coupon);
    }

    private static List<T> Remember<T>(IReadOnlyList<T> known, T item) => [.. known.TakeLast(MaxRemembered - 1), item];
}
