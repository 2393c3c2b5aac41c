using Google.Protobuf.Collections;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Inventory.Api;

/// <summary>What requests must be like.</summary>
internal static class InventoryRules
{
    public const int MaxReservationLines = 200;
    public const int MaxReceiptLines = 500;
    public const int MaxSkusRead = 200;
    public const int MaxQuantity = 1_000_000;
    public const int MaxTtlSeconds = 15_552_000;
    private const int MaxReceiptId = 128;

    public static IReadOnlyList<Units> Lines(this Violations violations, RepeatedField<StockLine> lines, int most)
    {
        if (!violations.Check(lines.Count >= 1 && lines.Count <= most, "lines", $"must be 1 to {most} lines"))
            return [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var result = new List<Units>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            if (violations.CheckSku(lines[i].Sku, $"lines[{i}].sku"))
                violations.Check(seen.Add(lines[i].Sku), $"lines[{i}].sku", "must be on one line only");
            violations.Check(lines[i].Quantity is >= 1 and <= MaxQuantity, $"lines[{i}].quantity", "must be 1 to 1,000,000");
            result.Add(new Units(lines[i].Sku, lines[i].Quantity));
        }

        return result;
    }

    public static void ReceiptId(this Violations violations, string receiptId) =>
        violations.Check(
            receiptId.Length is >= 1 and <= MaxReceiptId && !receiptId.AsSpan().ContainsAnyExceptInRange(' ', '~'),
            "receiptId", "must be 1 to 128 printable ASCII characters");

    public static TimeSpan Ttl(this Violations violations, int seconds)
    {
        violations.Check(seconds is >= 0 and <= MaxTtlSeconds, "ttlSeconds", "must be 1 to 15,552,000, or 0 for 900");
        return TimeSpan.FromSeconds(seconds == 0 ? 900 : seconds);
    }

    public static void Skus(this Violations violations, RepeatedField<string> skus)
    {
        if (!violations.Check(skus.Count is >= 1 and <= MaxSkusRead, "skus", $"must be 1 to {MaxSkusRead} SKUs"))
            return;
        for (var i = 0; i < skus.Count; i++)
            violations.CheckSku(skus[i], $"skus[{i}]");
    }
}
