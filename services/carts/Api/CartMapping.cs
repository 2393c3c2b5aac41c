using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Orders.V1;
using NexusCart.Platform.Values;
using Cart = NexusCart.Carts.V1.Cart;

namespace NexusCart.Carts.Api;

/// <summary>Between actors and the contract.</summary>
internal static class CartMapping
{
    /// <summary>
    /// The cart at today's prices. A line whose product is not for sale at the moment is left out, and with it out of
    /// the total; the cart keeps it, and it is back when the product is.
    /// </summary>
    /// <param name="cart">The cart.</param>
    /// <param name="products">What is for sale, by SKU.</param>
    /// <param name="available">Units left, by SKU; null when nobody has looked.</param>
    public static Cart ToMessage(
        this CartView cart, IReadOnlyDictionary<string, Product> products, IReadOnlyDictionary<string, int>? available = null)
    {
        var message = new Cart
        {
            CartId = cart.Id,
            Currency = cart.Currency,
            Version = cart.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(cart.UpdatedAt),
        };
        message.CouponCodes.AddRange(cart.CouponCodes);
        var total = MoneyAmount.Zero(cart.Currency);
        foreach (var item in cart.Items)
        {
            if (!products.TryGetValue(item.Sku, out var product) || product.Price.Currency != cart.Currency)
                continue;
            var price = MoneyAmount.From(product.Price);
            var lineTotal = price * item.Quantity;
            total += lineTotal;
            message.Lines.Add(new CartLine
            {
                Sku = item.Sku,
                Title = product.Title,
                Quantity = item.Quantity,
                UnitPrice = price.ToMessage(),
                LineTotal = lineTotal.ToMessage(),
            });
        }

        message.Total = total.ToMessage();
        message.Notices.AddRange(cart.NoticesOf(products, available).Select(notice => notice.ToMessage(cart.Currency)));
        return message;
    }

    /// <summary>What has become of a cart's lines since its owner last looked.</summary>
    public static IEnumerable<LineNotice> NoticesOf(
        this CartView cart, IReadOnlyDictionary<string, Product> products, IReadOnlyDictionary<string, int>? available) => Domain.Cart.NoticesOf(cart.LeftOut ?? []).Concat(Recheck.Of(
            cart.Items,
            cart.SeenPrices,
            products.Values.Where(product => product.Price.Currency == cart.Currency)
                .ToDictionary(product => product.Sku, product => product.Price.MinorUnits, StringComparer.Ordinal),
            available));

    /// <summary>What is in a cart, without prices.</summary>
    public static CartContent ToContent(this CartView cart) => new()
    {
        CartId = cart.Id,
        Currency = cart.Currency,
        Lines = { cart.Items.Select(item => new CartUnits { Sku = item.Sku, Quantity = item.Quantity }) },
        CouponCodes = { cart.CouponCodes },
        Version = cart.Version,
        UpdatedAt = Timestamp.FromDateTimeOffset(cart.UpdatedAt),
    };

    /// <summary>What a quote says of the whole cart.</summary>
    public static CartTotals ToTotals(this CheckoutQuote quote)
    {
        var subtotal = MoneyAmount.From(quote.Subtotal);
        var shipping = MoneyAmount.From(quote.Shipping?.Price ?? MoneyAmount.Zero(subtotal.Currency).ToMessage());
        var tax = MoneyAmount.Sum(quote.Taxes.Select(part => MoneyAmount.From(part.Amount)), subtotal.Currency);
        var total = MoneyAmount.From(quote.Total);
        var onTop = quote.TaxIncluded ? MoneyAmount.Zero(subtotal.Currency) : tax;
        return new CartTotals
        {
            Subtotal = subtotal.ToMessage(),
            // Whatever makes the total less than its parts.
            Discount = (subtotal + shipping + onTop - total).ToMessage(),
            Shipping = shipping.ToMessage(),
            Tax = tax.ToMessage(),
            TaxIncluded = quote.TaxIncluded,
            Total = total.ToMessage(),
        };
    }

    private static CartNotice ToMessage(this LineNotice notice, string currency) => new()
    {
        NoticeId = notice.Id,
        Sku = notice.Sku,
        Kind = notice.News switch
        {
            LineNews.PriceChanged => CartNoticeKind.PriceChanged,
            LineNews.OutOfStock => CartNoticeKind.OutOfStock,
            LineNews.Reduced => CartNoticeKind.Reduced,
            LineNews.LeftOut => CartNoticeKind.LeftOut,
            LineNews.CouponLeftOut => CartNoticeKind.CouponLeftOut,
            _ => CartNoticeKind.Discontinued,
        },
        OldPrice = notice.News is LineNews.PriceChanged ? new MoneyAmount(notice.OldPrice, currency).ToMessage() : null,
        NewPrice = notice.News is LineNews.PriceChanged ? new MoneyAmount(notice.NewPrice, currency).ToMessage() : null,
        Available = notice.Available,
        Quantity = notice.Quantity,
        CouponCode = notice.Coupon,
        Detail = notice.News switch
        {
            LineNews.PriceChanged => $"{notice.Sku} now costs {new MoneyAmount(notice.NewPrice, currency)}; it was {new MoneyAmount(notice.OldPrice, currency)}.",
            LineNews.OutOfStock => $"{notice.Sku} is out of stock.",
            LineNews.Reduced => $"Only {notice.Available} of {notice.Sku} are left.",
            LineNews.LeftOut => $"{notice.Quantity} of {notice.Sku} did not fit into this cart and were left out when the carts were merged.",
            LineNews.CouponLeftOut => $"The coupon {notice.Coupon} did not fit onto this cart and was left out when the carts were merged.",
            _ => $"{notice.Sku} is not for sale at the moment.",
        },
    };

    /// <summary>A digest of what a request asks for: 128 bits as 32 hexadecimal digits.</summary>
    public static string Hash(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));
}
