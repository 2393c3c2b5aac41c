using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>Judges what is asked of an order after its checkout. Whether the order allows it, the order says.</summary>
internal static class AfterSalesRequests
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReason = 500;

    /// <summary>The most lines of a request.</summary>
    public const int MaxLines = 200;

    private const int MaxQuantity = 1_000_000;
    private const int MaxLabel = 64;

    /// <summary>The staff member who calls.</summary>
    /// <param name="context">The call.</param>
    public static Performer Staff(this ServerCallContext context) => Performer.Staff(context.CustomerId());

    /// <summary>What a request is known by when it comes again: caller, key and content.</summary>
    /// <param name="context">The call.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: there is no key.</exception>
    public static RequestKey RequestKey(this ServerCallContext context, IMessage request)
    {
        var (caller, key) = (context.CustomerId(), context.RequireIdempotencyKey());
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        var id = string.Create(CultureInfo.InvariantCulture, $"{caller.Length}:{caller}{key}");
        return new RequestKey(Hash(Encoding.UTF8.GetBytes(id)), Hash(request.ToByteArray()));
    }

    /// <summary>Judges a reason.</summary>
    public static void CheckReason(this Violations violations, string reason, bool needed = true) => violations.Check(
        (reason.Length > 0 || !needed) && reason.Length <= MaxReason && !reason.Any(IsUnprintable),
        "reason",
        $"must be {(needed ? 1 : 0)} to {MaxReason} characters, none of them control characters");

    /// <summary>Judges a label: a carrier, a tracking number.</summary>
    public static void CheckLabel(this Violations violations, string text, string field) => violations.Check(
        text.Length is > 0 and <= MaxLabel && !text.Any(char.IsControl), field, $"must be 1 to {MaxLabel} characters, none of them control characters");

    /// <summary>Judges a warehouse; empty is fine.</summary>
    public static void CheckWarehouse(this Violations violations, string id, string field) => violations.Check(
        id.Length == 0 || Identifiers.IsId(id), field, "must be 1 to 64 of A-Z a-z 0-9 _ -, or empty");

    /// <summary>Judges units: one line a SKU.</summary>
    /// <returns>The units.</returns>
    public static IReadOnlyList<Units> ReadUnits(this Violations violations, IReadOnlyList<Wire.OrderUnits> lines, bool needed = true)
    {
        if (!violations.Check((lines.Count > 0 || !needed) && lines.Count <= MaxLines, "lines", $"must be {(needed ? 1 : 0)} to {MaxLines}"))
            return [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            violations.CheckSku(lines[i].Sku, $"lines[{i}].sku");
            violations.Check(seen.Add(lines[i].Sku), $"lines[{i}].sku", "must be there once");
            CheckQuantity(violations, lines[i].Quantity, i);
        }

        return [.. lines.Select(line => new Units(line.Sku, line.Quantity))];
    }

    /// <summary>Judges what arrived: one line a SKU, warehouse and disposition.</summary>
    /// <returns>What arrived.</returns>
    public static IReadOnlyList<ReceivedUnits> ReadReceived(this Violations violations, IReadOnlyList<Wire.ReceivedUnits> lines)
    {
        if (!violations.Check(lines.Count is > 0 and <= MaxLines, "lines", $"must be 1 to {MaxLines}"))
            return [];
        var seen = new HashSet<(string, string, Wire.Disposition)>();
        for (var i = 0; i < lines.Count; i++)
        {
            violations.CheckSku(lines[i].Sku, $"lines[{i}].sku");
            violations.CheckWarehouse(lines[i].WarehouseId, $"lines[{i}].warehouseId");
            violations.Check(
                lines[i].Disposition is Wire.Disposition.Restock or Wire.Disposition.Scrap, $"lines[{i}].disposition",
                "must be DISPOSITION_RESTOCK or DISPOSITION_SCRAP");
            violations.Check(
                seen.Add((lines[i].Sku, lines[i].WarehouseId, lines[i].Disposition)), $"lines[{i}]", "must be there once by SKU, warehouse and disposition");
            CheckQuantity(violations, lines[i].Quantity, i);
        }

        return [.. lines.Select(line => new ReceivedUnits(line.Sku, line.Quantity, line.WarehouseId, line.Disposition is Wire.Disposition.Restock))];
    }

    /// <summary>Throws what a denial says.</summary>
    /// <param name="denied">The denial.</param>
    public static RpcException ToRefusal(this Denial denied)
    {
        if (denied.Reason == Denial.KeyReused)
            return Refusal.KeyReused();
        if (denied.Reason != Denial.NotFound)
            return Refusal.Precondition(denied.Reason, denied.Detail);
        var parts = denied.Detail.Split('/', 2);
        return Refusal.NotFound(parts[0], parts[1]);
    }

    private static void CheckQuantity(Violations violations, int quantity, int index) =>
        violations.Check(quantity is >= 1 and <= MaxQuantity, $"lines[{index}].quantity", $"must be 1 to {MaxQuantity}");

    private static bool IsUnprintable(char character) => char.IsControl(character) && character is not ('\n' or '\r' or '\t');

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
}
