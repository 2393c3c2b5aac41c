using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Bench.Load;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Promotions.V1;
using NexusCart.Tests.Harness;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// A flash sale on a whole shop of the bench's own: everybody takes a ticket, everybody claims one unit, winners check out (one in four
/// with a card that is declined), and the other claims are given up or expire. <see cref="FlashSaleBooks"/> says what is checked at the end.
/// </summary>
public sealed class FlashSaleScenario : IDisposable
{
    private static readonly TimeSpan SaleLength = TimeSpan.FromHours(2);
    private readonly string _saleId = $"bench-{Guid.CreateVersion7():N}"[..24];
    private readonly RunningShop _shop;
    private readonly FlashSalePlan _plan;
    private readonly GrpcChannel _gateway;
    private readonly FlashSalesClient _staff;
    private readonly ISaleDoor _door;
    private readonly string[] _tokens;
    private readonly string[] _tickets;
    private readonly ClaimAnswer?[] _answers;
    private int _won;

    /// <param name="shop">The shop.</param>
    /// <param name="plan">How large the sale is and what goes wrong in it.</param>
    public FlashSaleScenario(RunningShop shop, FlashSalePlan plan)
    {
        ArgumentNullException.ThrowIfNull(shop);
        ArgumentNullException.ThrowIfNull(plan);
        (_shop, _plan) = (shop, plan);
        _gateway = GrpcChannel.ForAddress(shop.Address.Grpc);
        _staff = new FlashSalesClient(_gateway);
        _door = SaleDoors.Open(plan.Door, shop, _saleId);
        _tokens = [.. Enumerable.Range(0, plan.Customers).AsParallel().AsOrdered().Select(i => BenchTokens.User(NameOf(i)))];
        (_tickets, _answers) = (new string[plan.Customers], new ClaimAnswer?[plan.Customers]);
    }

    /// <summary>Runs the sale.</summary>
    /// <returns>What was measured, and what was found wrong.</returns>
    public async Task<(IReadOnlyList<LoadResult> Results, IReadOnlyList<string> Wrong)> RunAsync(CancellationToken cancellation)
    {
        await OpenAsync(cancellation);
        string[] apps = _plan.Door is SaleDoor.Service ? ["promotions"] : ["promotions", "gateway"];
        var entered = await ShopMeter.MeasureAsync(_shop, apps, () => OpenLoop.SaturateAsync(
            $"ticket, {_plan.Door}", _plan.InFlight, _plan.Customers, EnterAsync, cancellation));
        var kill = _plan.KillsCheckouts ? Task.CompletedTask : KillAsync(() => Volatile.Read(ref _won) / (double)Math.Min(_plan.Units, _plan.Customers), cancellation);
        var claimed = await ShopMeter.MeasureAsync(_shop, apps, () => OpenLoop.SaturateAsync(
            $"claim, {_plan.Door}", _plan.InFlight, _plan.Customers, ClaimAsync, cancellation));
        await kill;

        var books = new FlashSaleBooks(_shop, _staff, _saleId, _plan);
        await books.CheckWinnersAsync(_answers, NameOf, cancellation);
        var winners = new FlashSaleWinners(_shop, _staff, _plan);
        kill = _plan.KillsCheckouts ? KillAsync(() => winners.Done, cancellation) : Task.CompletedTask;
        var purchases = await winners.CheckOutAsync(
            [.. Enumerable.Range(0, _plan.Customers).Where(i => _answers[i]?.ClaimId is not null).Select(i => new Winner(NameOf(i), _tokens[i], _answers[i]!.ClaimId!))],
            cancellation);
        await kill;
        await SaleDoors.RepeatAsync(
            () => _staff.EndFlashSaleAsync(new EndFlashSaleRequest { SaleId = _saleId }, Staff(), cancellationToken: cancellation).ResponseAsync, cancellation);
        await books.CheckEndAsync(purchases, cancellation);
        return ([entered, claimed], books.Wrong);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _door.Dispose();
        _gateway.Dispose();
    }

    /// <summary>A product, twice as many units in stock as in the sale, and the sale, live.</summary>
    private async Task OpenAsync(CancellationToken cancellation)
    {
        var importer = await _shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], cancellation);
        var sink = new ShopProductSink(_shop.Client, importer, TimeProvider.System);
        var product = CatalogueGenerator.Generate(1).Single().Product;
        product.Sku = _saleId;
        product.Price = new Money { MinorUnits = 4_999, Currency = "EUR" };
        await sink.UpsertAsync([product], cancellation);
        await sink.ReceiveAsync(_saleId, [new StockLine { Sku = _saleId, Quantity = 2 * _plan.Units }], cancellation);
        var terms = new FlashSaleTerms
        {
            SaleId = _saleId,
            Sku = _saleId,
            Units = _plan.Units,
            UnitPrice = new Money { MinorUnits = 1_999, Currency = "EUR" },
            StartsAt = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(-1)),
            EndsAt = Timestamp.FromDateTime(DateTime.UtcNow + SaleLength),
            ClaimSeconds = _plan.ClaimSeconds,
            AdmissionsPerSecond = 1_000_000,
        };
        await _staff.CreateFlashSaleAsync(new CreateFlashSaleRequest { Terms = terms }, Staff(), cancellationToken: cancellation);
        await _staff.ScheduleFlashSaleAsync(new ScheduleFlashSaleRequest { SaleId = _saleId }, Staff(), cancellationToken: cancellation);
    }

    private async Task<bool> EnterAsync(int customer, CancellationToken cancellation)
    {
        _tickets[customer] = await SaleDoors.RepeatAsync(() => _door.EnterAsync(_tokens[customer], cancellation), cancellation);
        return true;
    }

    private async Task<bool> ClaimAsync(int customer, CancellationToken cancellation)
    {
        var answer = await SaleDoors.RepeatAsync(() => _door.ClaimAsync(_tokens[customer], _tickets[customer], cancellation), cancellation);
        _answers[customer] = answer;
        if (answer.ClaimId is not null)
            Interlocked.Increment(ref _won);
        return true;
    }

    /// <summary>Kills what the plan says, each when its share of the work is done.</summary>
    private async Task KillAsync(Func<double> progress, CancellationToken cancellation)
    {
        foreach (var (i, victim) in _plan.Victims.Index())
        {
            while (progress() < (i + 1.0) / (_plan.Victims.Count + 1))
                await Task.Delay(1, cancellation);
            var started = Stopwatch.GetTimestamp();
            await KillAsync(victim, cancellation);
            Console.WriteLine($"Killed: {victim}; ready again after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");
        }
    }

    private async Task KillAsync(SaleVictim victim, CancellationToken cancellation)
    {
        switch (victim)
        {
            case SaleVictim.Promotions:
                await _shop.KillAppAsync("promotions", cancellation);
                await _shop.WaitUntilReadyAsync(cancellation);
                break;
            case SaleVictim.Sidecar:
                await _shop.KillSidecarsAsync();
                await _shop.StartAgainAsync(cancellation);
                break;
            default:
                foreach (var server in _shop.Servers)
                {
                    await server.KillAsync();
                    await server.StartAsync();
                }

                await _shop.WaitUntilReadyAsync(cancellation);
                break;
        }
    }

    private string NameOf(int customer) => $"{_saleId}-{customer}";

    private static Metadata Staff() => new() { { "authorization", "Bearer " + BenchTokens.User("staff", "promotions.write") } };
}
