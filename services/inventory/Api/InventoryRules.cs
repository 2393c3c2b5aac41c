using System.Globalization;
using Google.Protobuf.Collections;
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
    public const int MaxWarehouseName = 100;
    public const int MaxPriority = 10_000;
    private const int MaxReceiptId = 128;
    private const int DefaultMovements = 50;
    private const int MaxMovements = 200;

    public static IReadOnlyList<Domain.Units> Lines(this Violations violations, RepeatedField<StockLine> lines, int most)
    {
        if (!violations.Check(lines.Count >= 1 && lines.Count <= most, "lines", $"must be 1 to {most} lines"))
            return [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var result = new List<Domain.Units>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            if (violations.CheckSku(lines[i].Sku, $"lines[{i}].sku"))
                violations.Check(seen.Add(lines[i].Sku), $"lines[{i}].sku", "must be on one line only");
            violations.Quantity(lines[i].Quantity, $"lines[{i}].quantity");
            result.Add(new Domain.Units(lines[i].Sku, lines[i].Quantity));
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

    public static void Country(this Violations violations, string country, string field) => violations.Check(
        country.Length == 2 && country.All(char.IsAsciiLetterUpper), field, "must be an ISO 3166-1 code of two upper-case letters, like DE");

    public static void Quantity(this Violations violations, int quantity, string field) =>
        violations.Check(quantity is >= 1 and <= MaxQuantity, field, "must be 1 to 1,000,000");

    public static void Adjustment(this Violations violations, AdjustStockRequest request)
    {
        violations.CheckId(request.AdjustmentId, "adjustmentId");
        violations.CheckSku(request.Sku, "sku");
        violations.Check(request.Delta is >= -MaxQuantity and <= MaxQuantity and not 0, "delta", "must be -1,000,000 to 1,000,000 and not 0");
        violations.Check(
            request.Reason is not AdjustmentReason.Unspecified && Enum.IsDefined(request.Reason), "reason", "must be one of the reasons");
    }

    public static void Warehouse(this Violations violations, PutWarehouseRequest request)
    {
        violations.CheckId(request.WarehouseId, "warehouseId");
        violations.Check(
            request.Name.Trim().Length is >= 1 and <= MaxWarehouseName && !request.Name.Any(char.IsControl), "name", "must be 1 to 100 characters");
        violations.Country(request.Country, "country");
        violations.Check(request.Priority is >= 0 and <= MaxPriority, "priority", "must be 0 to 10,000");
    }

    public static void Policy(this Violations violations, StockPolicy? policy)
    {
        if (!violations.Check(policy is not null, "policy", "is needed"))
            return;
        violations.Check(Enum.IsDefined(policy!.Backorder), "policy.backorder", "must be one of the modes");
        violations.Check(policy.BackorderLimit is >= 0 and <= MaxQuantity, "policy.backorderLimit", "must be 0 to 1,000,000");
        violations.Check(
            !policy.HasLowStockThreshold || policy.LowStockThreshold is >= 0 and <= MaxQuantity, "policy.lowStockThreshold", "must be 0 to 1,000,000");
    }

    /// <summary>Of which a warehouse may be named that has still to be looked up.</summary>
    public static void ReturnLines(this Violations violations, RepeatedField<ReturnLine> lines)
    {
        if (!violations.Check(lines.Count is >= 1 and <= MaxReservationLines, "lines", $"must be 1 to {MaxReservationLines} lines"))
            return;
        var seen = new HashSet<(string, string, ReturnDisposition)>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (violations.CheckSku(line.Sku, $"lines[{i}].sku"))
                violations.Check(seen.Add((line.Sku, line.WarehouseId, line.Disposition)), $"lines[{i}].sku", "must be on one line only of a warehouse and disposition");
            violations.Quantity(line.Quantity, $"lines[{i}].quantity");
            violations.Check(
                line.Disposition is ReturnDisposition.Restock or ReturnDisposition.Scrap, $"lines[{i}].disposition", "must be RESTOCK or SCRAP");
        }
    }

    /// <summary>The page that is asked for: how many, and before which number.</summary>
    public static (int Limit, long? Before) Page(this Violations violations, int size, string token)
    {
        violations.Check(size is >= 0 and <= MaxMovements, "pageSize", $"must be 1 to {MaxMovements}, or 0 for {DefaultMovements}");
        long before = 0;
        violations.Check(
            token.Length == 0 || (long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out before) && before > 0),
            "pageToken", "must be a nextPageToken");
        return (size == 0 ? DefaultMovements : size, token.Length == 0 ? null : before);
    }
}
