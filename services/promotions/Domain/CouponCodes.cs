using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Promotions.Domain;

/// <summary>
/// Generated coupon codes: <c>TTTTT-SSSSM-MMMMM-MMMMM</c> in Crockford's base 32 (no I, L, O, U; case, hyphens and spaces do not matter).
/// T is a tag of the batch, S the code's number in it, M 55 bits of HMAC-SHA256 over batch and number. So a code needs no look-up to be
/// known as genuine, a million of them take no memory, and who has one cannot guess another.
/// </summary>
/// <param name="key">Gives the shop's secret; with another one the codes given out so far are unknown.</param>
public sealed class CouponCodes(Func<byte[]> key)
{
    /// <summary>The most codes of a batch.</summary>
    public const int MostCodes = 100_000;

    private readonly Lazy<byte[]> _key = new(key, LazyThreadSafetyMode.PublicationOnly);

    /// <param name="key">The shop's secret.</param>
    public CouponCodes(byte[] key)
        : this(() => key)
    {
    }

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 20;
    private const int TagLength = 5;
    private const int SerialLength = 4;
    private const int MacLength = Length - TagLength - SerialLength;

    /// <summary>The normal form of what a customer enters: upper case, without spaces around.</summary>
    public static string Normalise(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Trim().ToUpperInvariant();
    }

    /// <summary>The tag that all codes of a batch begin with; batches may share one.</summary>
    public static string TagOf(string batchId) => Encode(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(batchId))), TagLength);

    /// <summary>A code of a batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="serial">From 0.</param>
    public string Create(string batchId, int serial)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(serial);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(serial, MostCodes);
        var plain = TagOf(batchId) + Encode((ulong)serial, SerialLength) + MacOf(batchId, serial);
        return $"{plain[..5]}-{plain[5..10]}-{plain[10..15]}-{plain[15..]}";
    }

    /// <summary>The twenty characters of what may be a generated code, as <see cref="Create"/> writes them without hyphens; null when it is none.</summary>
    public static string? Compact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<char> plain = stackalloc char[Length];
        var used = 0;
        foreach (var character in text)
        {
            if (character is '-' or ' ')
                continue;
            var upper = char.ToUpperInvariant(character) switch { 'O' => '0', 'I' or 'L' => '1', var other => other };
            if (used == Length || !Alphabet.Contains(upper, StringComparison.Ordinal))
                return null;
            plain[used++] = upper;
        }

        return used == Length ? plain.ToString() : null;
    }

    /// <summary>The tag of a compact code.</summary>
    public static string TagOfCompact(string compact) => compact[..TagLength];

    /// <summary>Whether a compact code is one of a batch.</summary>
    /// <param name="compact">See <see cref="Compact"/>.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="count">How many codes it has.</param>
    public bool Belongs(string compact, string batchId, int count)
    {
        ArgumentNullException.ThrowIfNull(compact);
        var serial = compact.AsSpan(TagLength, SerialLength).ToString().Aggregate(0L, (value, digit) => (value << 5) | (uint)Alphabet.IndexOf(digit, StringComparison.Ordinal));
        return serial < count && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(compact[(TagLength + SerialLength)..]), Encoding.ASCII.GetBytes(MacOf(batchId, (int)serial)));
    }

    private string MacOf(string batchId, int serial) => Encode(
        BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes($"coupon|{batchId}|{serial}"))), MacLength);

    private static string Encode(ulong value, int length) => string.Create(length, value, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(rest & 31)];
            rest >>= 5;
        }
    });
}
