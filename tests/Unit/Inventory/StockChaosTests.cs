using CsCheck;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Cli.Audit;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Api;
using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>
/// Sagas, staff and returns in parallel over partitions that lose calls and answers, deliver late and twice, while holds run out: the
/// auditor, which is the production one, finds no drift, and what callers believe is what the books say.
/// </summary>
public sealed class StockChaosTests
{
    private static readonly string[] Skus = ["S1", "S2", "S3", "S4", "S5"];
    private static readonly string[] Places = ["main", "east"];
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(15);

    [Fact]
    public void The_auditor_finds_no_drift() =>
        Gen.Int.Sample(seed => RunAsync(new Random(seed)).GetAwaiter().GetResult(), iter: 40, threads: 1);

    private static async Task RunAsync(Random random)
    {
        var cluster = new PartitionCluster(4);
        var desk = new StaffDesk(cluster.Partitions);
        var coordinator = new ReservationCoordinator(cluster.Partitions, cluster.Time, NullLogger<ReservationCoordinator>.Instance);
        await SetUpAsync(cluster);
        cluster.Faults = (_, _) =>
        {
            lock (random)
                return random.Next(10) switch { 0 => Fault.Lost, 1 => Fault.AnswerLost, 2 => Fault.Late, _ => Fault.None };
        };

        var sold = new long[Skus.Length];
        var plans = Enumerable.Range(0, 24).Select(i => (Kind: random.Next(6), Id: $"x{i}", Sku: random.Next(Skus.Length), Quantity: random.Next(1, 4),
            Place: random.Next(2), Twice: random.Next(3) == 0, Expire: random.Next(12) == 0)).ToList();
        await Task.WhenAll(plans.Select(plan => Task.Run(async () =>
        {
            if (plan.Expire)
                cluster.Time.Advance(Ttl);
            var line = new Units(Skus[plan.Sku], plan.Quantity);
            for (var times = plan.Twice ? 2 : 1; times > 0; times--)
            {
                switch (plan.Kind)
                {
                    case 0:
                        await RetryAsync(() => desk.AdjustAsync(new AdjustStock(
                            plan.Id, line.Sku, Places[plan.Place], plan.Quantity - 2 == 0 ? 1 : plan.Quantity - 2, "count", "me")));
                        break;
                    case 1:
                        await RetryAsync(() => desk.TransferAsync(new TransferStock(plan.Id, line, Places[plan.Place], Places[1 - plan.Place], "me")));
                        break;
                    case 2:
                        await RetryAsync(() => cluster.Partitions.SendAsync(
                            cluster.Partitions.Of(line.Sku), new ReceiveGoods(plan.Id, [line], Places[plan.Place])));
                        break;
                    default:
                        if (await SagaAsync(coordinator, plan.Id, line, plan.Kind) && times == 1)
                            Interlocked.Add(ref sold[plan.Sku], line.Quantity);
                        break;
                }
            }
        })));
        cluster.Faults = (_, _) => Fault.None;
        await cluster.ArriveAsync();
        cluster.Time.Advance(Ttl * 2);
        await cluster.TickAsync();

        var books = await cluster.AuditAsync();
        var drifts = Auditor.Check(new ShopLedger([.. books.Values.Select(InventoryMapping.ToMessage)], [], [])).Drifts;
        Assert.DoesNotContain(drifts, drift => drift.Invariant is not ("units sold = units of paid orders" or "every reservation has an order"));
        for (var i = 0; i < Skus.Length; i++)
        {
            var level = books[Skus[i]].Level;
            Assert.Equal(sold[i], level.Sold);
            Assert.Equal(0, level.Reserved);
            Assert.True(level.Available >= (i == 0 ? 0 : i == 1 ? -2 : long.MinValue), $"{level.Sku} is oversold: {level.Available}");
        }
    }

    private static async Task SetUpAsync(PartitionCluster cluster)
    {
        cluster.Warehouses.Put(new Warehouse("east", "East", "PL", 1, Active: true, Version: 1));
        foreach (var sku in Skus)
        {
            var partition = cluster.Partitions.Of(sku);
            var mode = sku switch { "S1" => BackorderMode.None, "S2" => BackorderMode.Limited, _ => BackorderMode.Unlimited };
            await cluster.Partitions.SendAsync(partition, new SetStockPolicy(sku, new StockPolicy(mode, 2, null)));
            await cluster.Partitions.SendAsync(partition, new ReceiveGoods("first", [new Units(sku, 3)]));
            await cluster.Partitions.SendAsync(partition, new ReceiveGoods("second", [new Units(sku, 2)], "east"));
        }
    }

    /// <summary>Reserve and commit; then perhaps undo that. True when its units are sold at the end.</summary>
    private static async Task<bool> SagaAsync(ReservationCoordinator coordinator, string id, Units line, int end)
    {
        Units[] lines = [line];
        var plan = new AllocationPlan(["east", "main"], Split: true);
        var reserved = await RetryAsync(() => coordinator.ReserveAsync(id, lines, Ttl, plan, default));
        if (reserved?.Reserved != true || end == 3)
        {
            await RetryAsync(() => coordinator.ReleaseAsync(id, lines, default));
            return false;
        }

        var committed = await RetryAsync(() => coordinator.CommitAsync(id, lines, default));
        if (committed is not null)
            Assert.Equal(line.Quantity, committed.Sum(held => held.Held + (held.Waiting?.Units ?? 0)));
        if (committed is not null && end == 4)
            return true;
        await RetryAsync(async () =>
        {
            await coordinator.RestockAsync(id, lines, default);
            return true;
        });
        return false;
    }

    /// <summary>Repeats what is unknown; a refusal is an answer.</summary>
    private static async Task<T?> RetryAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException unknown) when (unknown.StatusCode is StatusCode.Unavailable)
            {
                await Task.Yield();
            }
            catch (RpcException refused) when (refused.StatusCode is StatusCode.FailedPrecondition)
            {
                return default;
            }
        }
    }
}
