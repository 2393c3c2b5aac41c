using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace NexusCart.Orders.Domain;

/// <summary>
/// An order's id: <c>{cell}-{shard}-{uuid}</c>, for example <c>0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d</c>. It says where the
/// order lives, sorts by time within a shard, and doubles as the id of its saga, its reservation and its payment.
/// <para>
/// The uuid is a version 7 one whose 74 free bits are not drawn but taken from a hash of the customer and his idempotency key.
/// So the same key always leads to the same stored order, and no second record is needed to find it.
/// </para>
/// </summary>
/// <param name="Cell">The deployment that owns the order: <c>[a-z0-9]{1,8}</c>.</param>
/// <param name="Shard">The shard within the cell, 0 to 255.</param>
/// <param name="Uuid">32 hexadecimal digits, lower case.</param>
public sealed partial record OrderId(string Cell, int Shard, string Uuid)
{
    /// <summary>The most shards an id can name.</summary>
    public const int MaxShards = 256;

    private const int TimestampDigits = 12;

    /// <summary>The key the order is stored under in its shard: the part of the uuid that does not depend on time.</summary>
    public string Slot => Uuid[TimestampDigits..];

    /// <summary>Whether a text can be a cell's name.</summary>
    /// <param name="cell">The text.</param>
    public static bool IsCell(string? cell) => cell is not null && CellForm().IsMatch(cell);

    /// <summary>The id of an order placed now.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="shard">The customer's shard.</param>
    /// <param name="placedAt">When it is placed; to the millisecond.</param>
    /// <param name="customerId">Who places it.</param>
    /// <param name="idempotencyKey">His key for it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shard is not 0 to 255.</exception>
    public static OrderId Create(string cell, int shard, DateTimeOffset placedAt, string customerId, string idempotencyKey)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, MaxShards);
        var time = placedAt.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture);
        return new OrderId(cell, shard, time + SlotOf(customerId, idempotencyKey));
    }

    /// <summary>Where the order of a customer's key is stored, whether it exists or not.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="idempotencyKey">The key.</param>
    public static string SlotOf(string customerId, string idempotencyKey)
    {
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        var text = string.Create(CultureInfo.InvariantCulture, $"{customerId.Length}:{customerId}{idempotencyKey}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var free = hash[..10];
        free[0] = (byte)(0x70 | (free[0] & 0x0f)); // Version 7.
        free[2] = (byte)(0x80 | (free[2] & 0x3f)); // The RFC 9562 variant.
        return Convert.ToHexStringLower(free);
    }

    /// <summary>Reads an id.</summary>
    /// <param name="text">What may be one.</param>
    /// <returns>The id, or null when the text is none.</returns>
    public static OrderId? TryParse(string? text)
    {
        if (text is null || IdForm().Match(text) is not { Success: true } match)
            return null;
        var shard = int.Parse(match.Groups["shard"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new OrderId(match.Groups["cell"].Value, shard, match.Groups["uuid"].Value);
    }

    /// <summary>The id as text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Cell}-{Shard:x2}-{Uuid}");

    [GeneratedRegex(@"^[a-z0-9]{1,8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex CellForm();

    [GeneratedRegex(@"^(?<cell>[a-z0-9]{1,8})-(?<shard>[0-9a-f]{2})-(?<uuid>[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15})\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdForm();
}
