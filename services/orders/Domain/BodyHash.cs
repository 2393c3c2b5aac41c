using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Orders.Domain;

/// <summary>
/// The canonical hash of a checkout request: of its fields, not of its bytes, so that the same request over HTTP and gRPC, or
/// with its JSON in another order, is the same.
/// </summary>
public static class BodyHash
{
    private const byte Version = 1;

    /// <summary>The hash.</summary>
    /// <param name="cartId">The cart.</param>
    /// <param name="paymentMethod">The payment method's token.</param>
    /// <param name="email">The e-mail address.</param>
    /// <param name="address">The shipping address.</param>
    /// <param name="shippingMethod">The shipping method; empty where none was chosen, as before there were any.</param>
    /// <param name="couponCodes">The coupons; none as before there were any.</param>
    public static string Of(
        string cartId, string paymentMethod, string email, ShippingAddress address, string shippingMethod, IReadOnlyList<string>? couponCodes = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([Version]);
        ReadOnlySpan<string> fields =
        [
            cartId, paymentMethod, email, address.FullName, address.Line1, address.Line2, address.PostalCode, address.City,
            address.Region, address.Country, .. shippingMethod.Length == 0 && couponCodes is not { Count: > 0 } ? (ReadOnlySpan<string>)[] : [shippingMethod],
            .. couponCodes ?? [],
        ];
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var field in fields)
        {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            var bytes = Encoding.UTF8.GetBytes(field);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
