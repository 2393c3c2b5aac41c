using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Promotions.Domain.FlashSales;

/// <summary>A customer's turn.</summary>
/// <param name="From">Claims before are refused.</param>
/// <param name="Until">Claims after are refused.</param>
public readonly record struct Turn(DateTimeOffset From, DateTimeOffset Until);

/// <summary>
/// Signs tickets of the waiting room and knows its own: HMAC-SHA256 (RFC 2104) over sale, customer and times, none of which can be
/// exchanged. A ticket is base64url of version, both times and the signature; sale and customer are not in it, they come with the claim.
/// </summary>
public sealed class TicketSeal
{
    private const byte Version = 1;
    private const int BodySize = 1 + (2 * sizeof(long));
    private const int TicketSize = BodySize + HMACSHA256.HashSizeInBytes;
    private const int LeastKeyBytes = 16;
    private readonly byte[][] _keys;

    /// <param name="secret">Keys with commas between them: the first signs, all are known, so that a key can be changed while tickets are out.</param>
    /// <exception cref="ArgumentException">A key is shorter than 16 bytes.</exception>
    public TicketSeal(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        _keys = [.. secret.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];
        if (_keys.Length == 0 || Array.Exists(_keys, static key => key.Length < LeastKeyBytes))
            throw new ArgumentException($"A key has fewer than {LeastKeyBytes} bytes.", nameof(secret));
    }

    /// <summary>Makes a ticket.</summary>
    public string Sign(string saleId, string customerId, Turn turn)
    {
        Span<byte> ticket = stackalloc byte[TicketSize];
        ticket[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(ticket[1..], turn.From.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(ticket[(1 + sizeof(long))..], turn.Until.ToUnixTimeMilliseconds());
        Mac(_keys[0], ticket[..BodySize], saleId, customerId, ticket[BodySize..]);
        return Base64Url.EncodeToString(ticket);
    }

    /// <summary>Reads a ticket; false when this seal did not sign it for this sale and customer.</summary>
    public bool TryRead(string ticket, string saleId, string customerId, out Turn turn)
    {
        turn = default;
        Span<byte> bytes = stackalloc byte[TicketSize];
        if (ticket is null || Base64Url.DecodeFromChars(ticket, bytes, out _, out var length) is not OperationStatus.Done
            || length != TicketSize || bytes[0] != Version)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var known = false;
        foreach (var key in _keys)
        {
            Mac(key, bytes[..BodySize], saleId, customerId, expected);
            known |= CryptographicOperations.FixedTimeEquals(expected, bytes[BodySize..]);
        }

        if (!known)
            return false;
        turn = new Turn(
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes[1..])),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes[(1 + sizeof(long))..])));
        return true;
    }

    private static void Mac(byte[] key, ReadOnlySpan<byte> body, string saleId, string customerId, Span<byte> mac)
    {
        // The length of the first text keeps ("ab", "c") and ("a", "bc") apart.
        var (saleSize, customerSize) = (Encoding.UTF8.GetByteCount(saleId), Encoding.UTF8.GetByteCount(customerId));
        var size = BodySize + sizeof(int) + saleSize + customerSize;
        var text = size <= 512 ? stackalloc byte[size] : new byte[size];
        body.CopyTo(text);
        BinaryPrimitives.WriteInt32BigEndian(text[BodySize..], saleSize);
        Encoding.UTF8.GetBytes(saleId, text[(BodySize + sizeof(int))..]);
        Encoding.UTF8.GetBytes(customerId, text[(BodySize + sizeof(int) + saleSize)..]);
        HMACSHA256.HashData(key, text, mac);
    }
}
