using System.Diagnostics;
using Grpc.Core;
using NexusCart.Bench.Load;
using NexusCart.Cli.Audit;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// What the shop's books say of a sale, against what its customers were told: as many winners as units, each once, and everybody else sold
/// out; in the end every order paid or cancelled, every claim paid for or given back and as its order says, unsold units back in stock, and
/// the auditor content.
/// </summary>
internal sealed class FlashSaleBooks(RunningShop shop, FlashSalesClient sales, string saleId, FlashSalePlan plan)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly List<string> _wrong = [];

    /// <summary>What does not agree.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Judges the claims, before anybody has checked out.</summary>
    /// <param name="answers">What customers were told.</param>
    /// <param name="nameOf">Their names.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task CheckWinnersAsync(ClaimAnswer?[] answers, Func<int, string> nameOf, CancellationToken cancellation)
    {
        var (_, claims) = await ReadAsync(cancellation);
        var told = Enumerable.Range(0, answers.Length).Where(i => answers[i]?.ClaimId is not null).ToDictionary(nameOf, i => answers[i]!.ClaimId);
        Expect(Math.Min(plan.Units, plan.Customers), told.Count, "winners");
        Expect(told.Count, claims.Select(claim => claim.CustomerId).Distinct().Count(), "customers with a claim");
        Expect(told.Count, claims.Count, "claims");
        Expect(0, claims.Count(claim => told.GetValueOrDefault(claim.CustomerId) != claim.ClaimId), "claims that their customers were not told of");
        Expect(0, claims.Count(claim => claim.Status is not FlashSaleClaimStatus.Open), "claims that were not held until all had theirs");
        Expect(plan.Customers - told.Count, answers.Count(answer => answer?.Refusal == "sold_out"), "customers told 'sold out'");
        Console.WriteLine($"{told.Count} winners of {plan.Customers} customers, {claims.Count} claims.");
    }

    /// <summary>Waits until the sale has nothing open any more, and judges what came of every claim.</summary>
    /// <param name="purchases">What customers did with their claims.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task CheckEndAsync(IReadOnlyCollection<Purchase> purchases, CancellationToken cancellation)
    {
        var claims = await SettledAsync(cancellation);
        var token = await shop.Client.GetTokenAsync("auditor", ["audit.read"], cancellation);
        var ledger = await new LedgerReader(shop.Client, token, TimeProvider.System).ReadAtRestAsync(Patience, cancellation);
        CheckPurchases(purchases, claims, ledger.Orders.ToDictionary(order => order.OrderId));

        var paid = claims.Values.Count(claim => claim.Status is FlashSaleClaimStatus.Paid);
        var stock = await shop.Client.Inventory.GetSkuAvailabilityAsync(new GetSkuAvailabilityRequest { Sku = saleId }, cancellationToken: cancellation);
        // As many units as the sale had were outside of it.
        Expect((2 * plan.Units) - paid, stock.Available, "units for sale again");
        var report = Auditor.Check(ledger);
        _wrong.AddRange(report.Drifts.Take(20).Select(drift => $"DRIFT {drift.Invariant}: {drift.Subject}: {drift.Detail}"));
        Expect(0, report.OrdersUnderWay, "orders that have not ended");
        Console.WriteLine($"Audit: {report.Orders.Values.Sum()} orders, {report.UnitsSold} units sold, {report.Drifts.Count} drifts.");
    }

    private async Task<Dictionary<string, ClaimAudit>> SettledAsync(CancellationToken cancellation)
    {
        var limit = Patience + TimeSpan.FromSeconds(plan.ClaimSeconds);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (page, claims) = await ReadAsync(cancellation);
            var open = claims.Count(claim => claim.Status is not (FlashSaleClaimStatus.Paid or FlashSaleClaimStatus.Released));
            if ((open > 0 || page.ReservationId.Length > 0) && Stopwatch.GetElapsedTime(started) < limit)
            {
                await Task.Delay(1_000, cancellation);
                continue;
            }

            Expect(0, open, "claims neither paid for nor given back");
            Expect("", page.ReservationId, "reservation that still holds units");
            return claims.ToDictionary(claim => claim.ClaimId);
        }
    }

    private void CheckPurchases(IReadOnlyCollection<Purchase> purchases, Dictionary<string, ClaimAudit> claims, Dictionary<string, OrderAudit> orders)
    {
        var ends = purchases.Select(purchase => End(purchase, claims[purchase.ClaimId], orders)).CountBy(end => end).ToList();
        foreach (var end in ends.OrderByDescending(end => end.Value).Take(10))
            Console.WriteLine($"Claims: {end.Value} {end.Key.What}");
        Expect(claims.Count, purchases.Count, "claims whose winners acted");
        Expect(0, ends.Where(end => !end.Key.IsRight).Sum(end => end.Value), "claims that did not end as their orders did");
    }

    private static (string What, bool IsRight) End(Purchase purchase, ClaimAudit claim, Dictionary<string, OrderAudit> orders)
    {
        if (purchase.OrderId is null)
            return ($"without an order: {claim.Status}", claim is { Status: FlashSaleClaimStatus.Released, OrderId: "" });
        var status = orders.GetValueOrDefault(purchase.OrderId)?.Status ?? OrderStatus.Unspecified;
        return ($"with a {status} order: {claim.Status}", (status, claim.Status)
            is (OrderStatus.Paid, FlashSaleClaimStatus.Paid) or (OrderStatus.Cancelled, FlashSaleClaimStatus.Released)
            && claim.OrderId == purchase.OrderId);
    }

    private async Task<(AuditFlashSaleResponse Page, List<ClaimAudit> Claims)> ReadAsync(CancellationToken cancellation)
    {
        var auditor = new Metadata { { "authorization", "Bearer " + BenchTokens.User("auditor", "audit.read") } };
        var claims = new List<ClaimAudit>();
        for (var token = ""; ;)
        {
            var request = new AuditFlashSaleRequest { SaleId = saleId, PageToken = token };
            var page = await SaleDoors.RepeatAsync(
                () => sales.AuditFlashSaleAsync(request, auditor, cancellationToken: cancellation).ResponseAsync, cancellation);
            claims.AddRange(page.Claims);
            token = page.NextPageToken;
            if (token.Length == 0)
                return (page, claims);
        }
    }

    private void Expect<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            _wrong.Add($"{what}: {actual}, not {expected}");
    }
}
