using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using NexusCart.Cli.Shop;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Bench.Scenarios;

/// <summary>A customer with a claim.</summary>
internal sealed record Winner(string Name, string Token, string ClaimId);

/// <summary>What came of a claim.</summary>
/// <param name="ClaimId">The claim.</param>
/// <param name="OrderId">Its order; null when nobody checked out, or too late.</param>
internal sealed record Purchase(string ClaimId, string? OrderId);

/// <summary>The winners of a sale: some check out, some give their claims up, the rest forgets about them.</summary>
internal sealed class FlashSaleWinners(RunningShop shop, FlashSalesClient sales, FlashSalePlan plan)
{
    private const int AtOnce = 32;
    private int _done;
    private int _count = 1;

    /// <summary>The share of the checkouts that were answered.</summary>
    public double Done => Volatile.Read(ref _done) / (double)_count;

    /// <summary>Lets all of them act.</summary>
    /// <returns>One for each winner.</returns>
    public async Task<IReadOnlyCollection<Purchase>> CheckOutAsync(IReadOnlyList<Winner> winners, CancellationToken cancellation)
    {
        var purchases = new ConcurrentBag<Purchase>();
        _count = Math.Max(1, Math.Min(winners.Count, plan.Checkouts));
        var started = Stopwatch.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(winners.Take(plan.Checkouts).Index(), options, async (winner, _) =>
        {
            var card = winner.Index % 4 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa";
            var order = await SaleDoors.RepeatAsync(() => CheckOutAsync(winner.Item, card), cancellation);
            purchases.Add(new Purchase(winner.Item.ClaimId, order));
            Interlocked.Increment(ref _done);
        });
        if (winners.Count > 0)
            Console.WriteLine($"{_done} checkouts in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");

        await Parallel.ForEachAsync(winners.Skip(plan.Checkouts).Index(), options, async (winner, _) =>
        {
            if (winner.Index % 2 == 0)
                await SaleDoors.RepeatAsync(() => GiveUpAsync(winner.Item), cancellation);
            purchases.Add(new Purchase(winner.Item.ClaimId, null));
        });
        return purchases;
    }

    /// <returns>The order; null when the claim had expired before.</returns>
    private async Task<string?> CheckOutAsync(Winner winner, string card)
    {
        var shopper = new Shopper(shop, new AccessToken(winner.Token, winner.Name, 3_600));
        var answer = await shopper.CheckoutClaimAsync(winner.ClaimId, "checkout", card, wait: 30);
        if (answer.Status is 400 && answer.Json.GetProperty("reason").GetString() == "claim_not_open")
            return null;
        return answer.Status is 200 or 202
            ? answer.Json.GetProperty("orderId").GetString()!
            : throw new HttpRequestException($"The checkout of {winner.ClaimId} was answered: {answer}", null, (System.Net.HttpStatusCode)answer.Status);
    }

    private Task<FlashSaleClaim> GiveUpAsync(Winner winner) => sales.GiveUpClaimAsync(
        new GiveUpClaimRequest { ClaimId = winner.ClaimId }, new Metadata { { "authorization", "Bearer " + winner.Token } }).ResponseAsync;
}
