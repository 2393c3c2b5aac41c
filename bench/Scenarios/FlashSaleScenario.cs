using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Bench.Load;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Bench.Scenarios;

/// <summary>How large a flash sale is and what goes wrong in it.</summary>
/// <param name="Units">Units of the sale.</param>
/// <param name="Customers">Customers who want one each.</param>
/// <param name="InFlight">Claims under way at once.</param>
/// <param name="Checkouts">Winners who check out; the claims of the others expire.</param>
/// <param name="AtGateway">Whether claims go through the gateway, its sidecar and that of the service; else straight to the service's port.</param>
/// <param name="Kill">"none", "promotions", or "sidecar" for all of them: kill -9 after a third of the units are gone.</param>
public sealed record FlashSalePlan(int Units, int Customers, int InFlight, int Checkouts, bool AtGateway, string Kill);

/// <summary>
/// A flash sale on a whole shop of the bench's own: everybody takes a ticket, everybody claims one unit, some winners check out (one in four
/// with a card that is declined), the other claims expire. Checked at the end: as many winners as units, each once, every answer as the
/// books have it; every order paid or cancelled, every claim paid for or given back, unsold units back in stock, and the auditor.
/// </summary>
public sealed class FlashSaleScenario(RunningShop shop, FlashSalePlan plan)
{
    private const int Connections = 4;
    private const int ClaimSeconds = 60;
    private const int CheckoutsAtOnce = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _saleId = $"bench-{Guid.CreateVersion7():N}"[..24];
    private readonly List<string> _wrong = [];
    private string[] _tokens = [];
    private string[] _tickets = [];
    private ClaimResponse?[] _answers = [];
    private FlashSalesClient[] _doors = [];
    private FlashSalesClient _staff = null!;

    /// <summary>Runs the sale.</summary>
    /// <returns>What was measured, and what was found wrong.</returns>
    public async Task<(IReadOnlyList<LoadResult> Results, IReadOnlyList<string> Wrong)> RunAsync(CancellationToken cancellation)
    {
        using var gateway = GrpcChannel.ForAddress(shop.Address.Grpc);
        _staff = new FlashSalesClient(gateway);
        var address = plan.AtGateway ? shop.Address.Grpc : shop.AppAddress("promotions");
        var channels = Enumerable.Range(0, Connections).Select(_ => GrpcChannel.ForAddress(address)).ToList();
        _doors = [.. channels.Select(channel => new FlashSalesClient(channel))];
        try
        {
            _tokens = [.. Enumerable.Range(0, plan.Customers).AsParallel().AsOrdered().Select(i => BenchTokens.User($"{_saleId}-{i}"))];
            (_tickets, _answers) = (new string[plan.Customers], new ClaimResponse?[plan.Customers]);
            var available = await OpenAsync(cancellation);
            var door = plan.AtGateway ? "at the gateway" : "at the service";
            var entered = await OpenLoop.SaturateAsync($"ticket, {door}", plan.InFlight, plan.Customers, EnterAsync, cancellation);
            var kill = KillAsync(cancellation);
            var claimed = await OpenLoop.SaturateAsync($"claim, {door}", plan.InFlight, plan.Customers, ClaimAsync, cancellation);
            await kill;
            await CheckWinnersAsync(cancellation);
            var paid = await CheckOutAsync(cancellation);
            await CheckEndAsync(paid, available, cancellation);
            await AuditAsync(cancellation);
            return ([entered, claimed], _wrong);
        }
        finally
        {
            channels.ForEach(channel => channel.Dispose());
        }
    }

    /// <summary>A product, twice as many units in stock as in the sale, and the sale, live.</summary>
    /// <returns>Units for sale outside of it.</returns>
    private async Task<int> OpenAsync(CancellationToken cancellation)
    {
        var importer = await shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], cancellation);
        var sink = new ShopProductSink(shop.Client, importer, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        product.Sku = _saleId;
        product.Price = new Money { MinorUnits = 4_999, Currency = "EUR" };
        await sink.UpsertAsync([product], cancellation);
        await sink.ReceiveAsync(_saleId, [new StockLine { Sku = _saleId, Quantity = 2 * plan.Units }], cancellation);
        var terms = new FlashSaleTerms
        {
            SaleId = _saleId,
            Sku = _saleId,
            Units = plan.Units,
            UnitPrice = new Money { MinorUnits = 1_999, Currency = "EUR" },
            StartsAt = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(-1)),
            EndsAt = Timestamp.FromDateTime(DateTime.UtcNow.AddHours(1)),
            ClaimSeconds = ClaimSeconds,
            AdmissionsPerSecond = 1_000_000,
        };
        await _staff.CreateFlashSaleAsync(new CreateFlashSaleRequest { Terms = terms }, Staff(), cancellationToken: cancellation);
        await _staff.ScheduleFlashSaleAsync(new ScheduleFlashSaleRequest { SaleId = _saleId }, Staff(), cancellationToken: cancellation);
        return plan.Units;
    }

    private async Task<bool> EnterAsync(int customer, CancellationToken cancellation)
    {
        var answer = await RepeatAsync(() => _doors[customer % Connections].EnterWaitingRoomAsync(
            new EnterWaitingRoomRequest { SaleId = _saleId }, Bearer(customer), cancellationToken: cancellation));
        _tickets[customer] = answer.Ticket_;
        return true;
    }

    private async Task<bool> ClaimAsync(int customer, CancellationToken cancellation)
    {
        var headers = Bearer(customer);
        headers.Add("idempotency-key", "claim");
        var request = new ClaimRequest { SaleId = _saleId, Ticket = _tickets[customer] };
        _answers[customer] = await RepeatAsync(() => _doors[customer % Connections].ClaimAsync(request, headers, cancellationToken: cancellation));
        return true;
    }

    /// <summary>What a good client does: the same request under the same key until it is answered. What it waited is part of its latency.</summary>
    private static async Task<T> RepeatAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException failure) when (
                failure.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown or StatusCode.ResourceExhausted or StatusCode.Cancelled
                && Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task KillAsync(CancellationToken cancellation)
    {
        if (plan.Kill == "none")
            return;
        while (_answers.Count(answer => answer?.Claimed is true) < plan.Units / 3)
            await Task.Delay(1, cancellation);
        var started = Stopwatch.GetTimestamp();
        if (plan.Kill == "promotions")
        {
            await shop.KillAppAsync("promotions", cancellation);
            await shop.WaitUntilReadyAsync(cancellation);
        }
        else
        {
            await shop.KillSidecarsAsync();
            await shop.StartAgainAsync(cancellation);
        }

        Console.WriteLine($"Killed: {plan.Kill}; ready again after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");
    }

    private async Task CheckWinnersAsync(CancellationToken cancellation)
    {
        var (_, claims) = await ReadAsync(cancellation);
        var won = Enumerable.Range(0, plan.Customers).Where(customer => _answers[customer] is { Claimed: true }).ToList();
        var told = won.ToDictionary(customer => $"{_saleId}-{customer}", customer => _answers[customer]!.Claim.ClaimId);
        Expect(Math.Min(plan.Units, plan.Customers), won.Count, "winners");
        Expect(won.Count, claims.Select(claim => claim.CustomerId).Distinct().Count(), "customers with a claim");
        Expect(won.Count, claims.Count, "claims");
        Expect(0, claims.Count(claim => told.GetValueOrDefault(claim.CustomerId) != claim.ClaimId), "claims that their customers were not told of");
        Expect(plan.Customers - won.Count, _answers.Count(answer => answer?.Refusal == "sold_out"), "customers told 'sold out'");
        Console.WriteLine($"{won.Count} winners of {plan.Customers} customers, {claims.Count} claims.");
    }

    /// <summary>Some winners check out through the gateway; one in four has a card that is declined.</summary>
    /// <returns>How many orders were paid.</returns>
    private async Task<int> CheckOutAsync(CancellationToken cancellation)
    {
        var winners = Enumerable.Range(0, plan.Customers).Where(customer => _answers[customer] is { Claimed: true }).Take(plan.Checkouts).ToList();
        var ends = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(winners.Index(), new ParallelOptions { MaxDegreeOfParallelism = CheckoutsAtOnce, CancellationToken = cancellation }, async (winner, _) =>
        {
            var shopper = new Shopper(shop, new AccessToken(_tokens[winner.Item], $"{_saleId}-{winner.Item}", 3_600));
            var answer = await shopper.CheckoutClaimAsync(
                _answers[winner.Item]!.Claim.ClaimId, "checkout", winner.Index % 4 == 0 ? "pm_card_visa_chargeDeclined" : "pm_card_visa", wait: 30);
            ends.Add(answer.Status is 200 or 202 ? answer.Json.GetProperty("status").GetString()! : $"refused with {answer.Status}: {answer.Body}");
        });
        foreach (var end in ends.CountBy(end => end).OrderByDescending(end => end.Value).Take(5))
            Console.WriteLine($"Orders of {winners.Count} winners: {end.Value} {end.Key}");
        return ends.Count(end => end == "ORDER_STATUS_PAID");
    }

    /// <summary>The sale ends, the other claims expire, and what nobody paid for is in stock again.</summary>
    private async Task CheckEndAsync(int paid, int outside, CancellationToken cancellation)
    {
        await RepeatAsync(() => _staff.EndFlashSaleAsync(new EndFlashSaleRequest { SaleId = _saleId }, Staff(), cancellationToken: cancellation));
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var (page, claims) = await ReadAsync(cancellation);
            var settled = claims.All(claim => claim.Status is FlashSaleClaimStatus.Paid or FlashSaleClaimStatus.Released);
            if ((settled && page.ReservationId.Length == 0) || Stopwatch.GetElapsedTime(started) > Patience)
            {
                Expect(0, claims.Count(claim => claim.Status is not (FlashSaleClaimStatus.Paid or FlashSaleClaimStatus.Released)), "claims neither paid for nor given back");
                Expect(paid, claims.Count(claim => claim.Status is FlashSaleClaimStatus.Paid), "paid claims");
                Expect("", page.ReservationId, "reservation that still holds units");
                break;
            }

            await Task.Delay(500, cancellation);
        }

        var stock = await shop.Client.Inventory.GetSkuAvailabilityAsync(new GetSkuAvailabilityRequest { Sku = _saleId }, cancellationToken: cancellation);
        Expect(outside + plan.Units - paid, stock.Available, "units for sale again");
    }

    private async Task AuditAsync(CancellationToken cancellation)
    {
        var token = await shop.Client.GetTokenAsync("auditor", ["audit.read"], cancellation);
        var report = Auditor.Check(await new LedgerReader(shop.Client, token, TimeProvider.System).ReadAtRestAsync(Patience, cancellation));
        _wrong.AddRange(report.Drifts.Take(20).Select(drift => $"DRIFT {drift.Invariant}: {drift.Subject}: {drift.Detail}"));
        Expect(0, report.OrdersUnderWay, "orders that have not ended");
        Console.WriteLine($"Audit: {report.Orders.Values.Sum()} orders, {report.UnitsSold} units sold, {report.Drifts.Count} drifts.");
    }

    private async Task<(AuditFlashSaleResponse Page, List<ClaimAudit> Claims)> ReadAsync(CancellationToken cancellation)
    {
        var claims = new List<ClaimAudit>();
        for (var token = ""; ;)
        {
            var request = new AuditFlashSaleRequest { SaleId = _saleId, PageToken = token };
            var page = await RepeatAsync(() => _staff.AuditFlashSaleAsync(request, Bearer(BenchTokens.User("auditor", "audit.read")), cancellationToken: cancellation));
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

    private Metadata Bearer(int customer) => Bearer(_tokens[customer]);

    private static Metadata Bearer(string token) => new() { { "authorization", "Bearer " + token } };

    private static Metadata Staff() => Bearer(BenchTokens.User("staff", "promotions.write"));
}
