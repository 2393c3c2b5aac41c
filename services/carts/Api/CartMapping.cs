using System.Security.Cryptography;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Carts.Actors;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Values;

namespace NexusCart.Carts.Api;

/// <summary>Between actors and the contract.</summary>
internal static class CartMapping
{
    /// <summary>
    /// The cart at today's prices. A line whose product is not for sale at the moment is left out, and with it out of
    /// the total; the cart keeps it, and it is back when the product is.
    /// </summary>
    public static Cart ToMessage(this CartView cart, IReadOnlyDictionary<string, Product> products)
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
        return message;
    }

    /// <summary>A digest of what a request asks for: 128 bits as 32 hexadecimal digits.</summary>
    public static string Hash(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));
}
