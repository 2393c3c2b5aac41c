using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>What happens to a paid order: it is cancelled, or sent in one or more shipments, units of it come back, money is given back.</summary>
internal sealed class Aftercare(MixedShop mixed, Random random, Shopper buyer, JsonElement order)
{
    private readonly string _orderId = order.GetProperty("orderId").GetString()!;

    /// <summary>Goes through it.</summary>
    /// <returns>The status the order has at last.</returns>
    public async Task<string> RunAsync()
    {
        switch (random.Next(100))
        {
            case < 25:
                if (await mixed.AskAsync(buyer, "cancelled by the customer", HttpMethod.Post, $"/v1/orders/{_orderId}/cancel", new { reason = "Changed my mind" }) is not null)
                    return await EndOfCancellingAsync();
                break;
            case < 70:
                await SendAsync();
                if (random.Next(100) < 15)
                {
                    var cancelled = await mixed.AskAsync(mixed.Staff, "rest cancelled by staff", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/cancel", new { reason = "Not to be had" });
                    if (cancelled is not null)
                        await EndOfCancellingAsync();
                }

                if (random.Next(100) < 60)
                    await ReturnAsync();
                break;
            default:
                mixed.Tally.Add("left as it is");
                break;
        }

        if (random.Next(100) < 15)
            await RefundAsync();
        return await StatusAsync();
    }

    private async Task<string> EndOfCancellingAsync() =>
        Visit.Status(await Visit.UntilAsync(buyer, _orderId, status => status != "ORDER_STATUS_CANCELLING"));

    private async Task<string> StatusAsync() => Visit.Status(await ReadAsync());

    private Task<JsonElement> ReadAsync() => Patience.AcceptedAsync(() => buyer.OrderAsync(_orderId));

    /// <summary>Some of the planned shipments leave, and some of those arrive.</summary>
    private async Task SendAsync()
    {
        if (random.Next(100) < 30)
        {
            var line = order.GetProperty("lines")[0];
            await mixed.AskAsync(mixed.Staff, "shipment split off", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/shipments",
                new { lines = new[] { new { sku = line.GetProperty("sku").GetString(), quantity = 1 } } });
        }

        foreach (var shipment in (await PlannedAsync()).Where(_ => random.Next(100) < 80))
        {
            await mixed.AskAsync(
                mixed.Staff, "shipment tracked", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/shipments/{shipment}/track",
                new { carrier = "Parcels", trackingNumber = $"{_orderId[^8..]}-{shipment}" });
            if (await MoveAsync(shipment, "SHIPMENT_STATUS_SHIPPED") && random.Next(100) < 80)
                await MoveAsync(shipment, "SHIPMENT_STATUS_DELIVERED");
        }
    }

    private async Task<bool> MoveAsync(string shipment, string to) => await mixed.AskAsync(
        mixed.Staff, $"shipment moved to {to}", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/shipments/{shipment}/move", new { to }) is not null;

    /// <summary>The shipments that are to be packed; they are planned a moment after the order is paid.</summary>
    private async Task<IReadOnlyList<string>> PlannedAsync()
    {
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (true)
        {
            var now = await ReadAsync();
            if (now.TryGetProperty("shipments", out var shipments) && shipments.GetArrayLength() > 0)
            {
                return [.. shipments.EnumerateArray().Where(shipment => Visit.Status(shipment) == "SHIPMENT_STATUS_PLANNED")
                    .Select(shipment => shipment.GetProperty("shipmentId").GetString()!)];
            }

            // What waits for units that are still to come has no shipment until they are there.
            if (now.GetProperty("lines").EnumerateArray().All(line => line.GetProperty("sku").GetString() == mixed.Skus[^1]))
                return [];
            if (DateTimeOffset.UtcNow > limit)
                throw new TimeoutException($"Nobody plans a shipment: {now}");
            await Task.Delay(150);
        }
    }

    private async Task ReturnAsync()
    {
        var sent = (await ReadAsync()).GetProperty("lines").EnumerateArray().Where(line => line.GetProperty("shipped").GetInt32() > 0).ToList();
        if (sent.Count == 0)
            return;
        var lines = sent.Select(line => new { sku = line.GetProperty("sku").GetString()!, quantity = random.Next(1, line.GetProperty("shipped").GetInt32() + 1) }).ToList();
        var asked = await mixed.AskAsync(buyer, "return asked for", HttpMethod.Post, $"/v1/orders/{_orderId}/returns", new { lines, reason = "Too small" });
        if (asked is not { } answer)
            return;
        var returnId = answer.GetProperty("returns").EnumerateArray().Last().GetProperty("returnId").GetString()!;
        var path = $"/v1/staff/orders/{_orderId}/returns/{returnId}";
        var approve = random.Next(100) < 85;
        if (await mixed.AskAsync(mixed.Staff, approve ? "return approved" : "return rejected", HttpMethod.Post, $"{path}/decide", new { approve, reason = "As seen" }) is null || !approve)
            return;

        var received = lines.Where(_ => random.Next(100) < 90).Select(line => new
        {
            line.sku,
            line.quantity,
            warehouseId = random.Next(2) == 0 ? "main" : MixedShop.East,
            disposition = random.Next(4) == 0 ? "DISPOSITION_SCRAP" : "DISPOSITION_RESTOCK",
        }).ToList();
        if (received.Count == 0 || await mixed.AskAsync(mixed.Staff, "return received", HttpMethod.Post, $"{path}/receive", new { lines = received }) is null)
            return;
        // What is thrown away enters the books as returned and leaves them as lost.
        foreach (var line in received.Where(line => line.disposition == "DISPOSITION_SCRAP"))
            mixed.Tally.Acknowledge(line.sku, "adjusted", -line.quantity);
        await UntilCompletedAsync(returnId);
    }

    private async Task UntilCompletedAsync(string returnId)
    {
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (true)
        {
            var now = await ReadAsync();
            if (now.GetProperty("returns").EnumerateArray().Any(entry =>
                entry.GetProperty("returnId").GetString() == returnId && Visit.Status(entry) == "RETURN_STATUS_COMPLETED"))
            {
                mixed.Tally.Add("return completed");
                return;
            }

            if (DateTimeOffset.UtcNow > limit)
                throw new TimeoutException($"The return {returnId} is not completed: {now}");
            await Task.Delay(150);
        }
    }

    private Task<JsonElement?> RefundAsync() => random.Next(2) == 0
        ? mixed.AskAsync(mixed.Staff, "amount refunded", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/refunds", new { amount = new { minorUnits = "100", currency = "EUR" }, reason = "Goodwill" })
        : mixed.AskAsync(mixed.Staff, "shipping refunded", HttpMethod.Post, $"/v1/staff/orders/{_orderId}/refunds", new { shipping = true, reason = "Late" });
}
