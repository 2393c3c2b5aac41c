using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>Staff in the warehouses: units come in, are counted anew, get lost, are carried to the other house.</summary>
internal sealed class StockRoom(MixedShop mixed, Random random)
{
    private static readonly string[] Houses = ["main", MixedShop.East];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    /// <summary>Works until it is time to go home.</summary>
    public async Task WorkAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var sku = mixed.Skus[random.Next(mixed.Skus.Count)];
            await (random.Next(4) switch
            {
                0 => ReceiveAsync(sku),
                1 => AdjustAsync(sku, random.Next(1, 4), "ADJUSTMENT_REASON_FOUND"),
                2 => AdjustAsync(sku, -random.Next(1, 4), "ADJUSTMENT_REASON_DAMAGED"),
                _ => CarryAsync(sku),
            });
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task ReceiveAsync(string sku)
    {
        await mixed.ReceiveAsync(sku, Houses[random.Next(2)], random.Next(2, 9));
        mixed.Tally.Add("stock received");
    }

    private async Task AdjustAsync(string sku, int delta, string reason)
    {
        var adjustment = new { adjustmentId = MixedShop.Key(), sku, warehouseId = Houses[random.Next(2)], delta, reason };
        if (await mixed.AskAsync(mixed.Staff, "stock adjusted", HttpMethod.Post, "/v1/stock:adjust", adjustment) is not null)
            mixed.Tally.Acknowledge(sku, "adjusted", delta);
    }

    private async Task CarryAsync(string sku)
    {
        var from = random.Next(2);
        var transfer = new { transferId = MixedShop.Key(), sku, quantity = random.Next(1, 6), fromWarehouseId = Houses[from], toWarehouseId = Houses[1 - from] };
        await mixed.AskAsync(mixed.Staff, "stock carried", HttpMethod.Post, "/v1/stock:transfer", transfer);
    }
}
