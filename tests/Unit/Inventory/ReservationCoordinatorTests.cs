using CsCheck;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Api;
using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

public class ReservationCoordinatorTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(15);
    private readonly PartitionCluster _cluster = new();
    private readonly ReservationCoordinator _coordinator;

    public ReservationCoordinatorTests() => _coordinator = Over(_cluster);

    [Fact]
    public async Task All_lines_are_held_sold_and_taken_back_over_partitions()
    {
        await StockAsync(_cluster, 10);
        var lines = LinesOf(1, 2, 3, 4, 5);
        var result = await _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default);
        Assert.True(result.Reserved);
        Assert.Equal(_cluster.Time.GetUtcNow() + Ttl, result.ExpiresAt);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal(1, book.Reserved));

        await _coordinator.CommitAsync("o1", lines, default);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal((9, 1, 0), (book.OnHand, book.Sold, book.Reserved)));
        Assert.False(await _coordinator.ReleaseAsync("o1", lines, default));
        await _coordinator.RestockAsync("o1", lines, default);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal((10, 0, 0), (book.OnHand, book.Sold, book.Reserved)));
    }

    [Fact]
    public async Task A_refusal_of_one_partition_frees_the_others_and_repeats_alike()
    {
        await StockAsync(_cluster, 10);
        Units[] lines = [.. LinesOf(1, 2, 3), new Units("S4", 11), new Units("none", 1)];
        for (var i = 0; i < 3; i++)
        {
            var result = await _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default);
            Assert.False(result.Reserved);
            Assert.Equal(
                [new MissingUnits("S4", 11, 10, true), new MissingUnits("none", 1, 0, false)],
                result.Missing.OrderBy(missing => missing.Sku, StringComparer.Ordinal));
        }

        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal(0, book.Reserved));
    }

    [Fact]
    public async Task The_same_id_with_other_lines_is_refused_whatever_the_lines()
    {
        await StockAsync(_cluster, 10);
        await _coordinator.ReserveAsync("o1", LinesOf(1), Ttl, AllocationPlan.Default, default);
        for (var other = 2; other < 10; other++)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => _coordinator.ReserveAsync("o1", LinesOf(other), Ttl, AllocationPlan.Default, default));
            Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
            Assert.Equal(0, (await BooksAsync(LinesOf(other))).Values.Single().Reserved);
        }

        Assert.True((await _coordinator.ReserveAsync("o1", LinesOf(1), Ttl, AllocationPlan.Default, default)).Reserved);
    }

    [Fact]
    public async Task A_release_that_comes_first_refuses_the_reserve_that_comes_late()
    {
        await StockAsync(_cluster, 10);
        Assert.True(await _coordinator.ReleaseAsync("o1", LinesOf(1, 2, 3), default));
        var refused = await Assert.ThrowsAsync<RpcException>(() => _coordinator.ReserveAsync("o1", LinesOf(1, 2, 3), Ttl, AllocationPlan.Default, default));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.All((await BooksAsync(LinesOf(1, 2, 3))).Values, book => Assert.Equal(0, book.Reserved));
    }

    [Theory]
    [InlineData(Fault.Lost)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Late)]
    public async Task A_failed_partition_frees_the_others_and_repeating_converges(Fault fault)
    {
        await StockAsync(_cluster, 10);
        var lines = LinesOf(1, 2, 3, 4, 5);
        var unlucky = _cluster.Partitions.Of("S3");
        _cluster.Faults = (partition, batch) => partition == unlucky && batch.Any(command => command is HoldUnits) ? fault : Fault.None;

        var unknown = await Assert.ThrowsAsync<RpcException>(() => _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default));
        Assert.Equal(StatusCode.Unavailable, unknown.StatusCode);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal(0, book.Reserved));

        _cluster.Faults = (_, _) => Fault.None;
        await _cluster.ArriveAsync();
        Assert.True((await _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default)).Reserved);
        await _coordinator.CommitAsync("o1", lines, default);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal((1, 0), (book.Sold, book.Reserved)));
    }

    [Fact]
    public async Task A_caller_that_gives_up_does_not_leave_half_a_reservation()
    {
        await StockAsync(_cluster, 10);
        using var gone = new CancellationTokenSource();
        Units[] lines = [.. LinesOf(1, 2, 3), new Units("S4", 11)];
        _cluster.Faults = (_, batch) =>
        {
            if (batch.Any(command => command is HoldUnits))
                gone.Cancel();
            return Fault.None;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, gone.Token));

        // The rest goes on without the caller; the same call again tells when it is through.
        _cluster.Faults = (_, _) => Fault.None;
        Assert.False((await _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default)).Reserved);
        Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal(0, book.Reserved));
    }

    [Fact]
    public async Task A_commit_that_came_too_late_on_one_partition_is_undone_on_the_others()
    {
        await StockAsync(_cluster, 10);
        var lines = LinesOf(1, 2, 3, 4, 5);
        await _coordinator.ReserveAsync("o1", lines, Ttl, AllocationPlan.Default, default);
        var unlucky = _cluster.Partitions.Of("S3");
        _cluster.Faults = (partition, _) => partition == unlucky ? Fault.Lost : Fault.None;
        await Assert.ThrowsAsync<RpcException>(() => _coordinator.CommitAsync("o1", lines, default));
        _cluster.Faults = (_, _) => Fault.None;
        _cluster.Time.Advance(Ttl);

        for (var i = 0; i < 2; i++)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => _coordinator.CommitAsync("o1", lines, default));
            Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
            Assert.All((await BooksAsync(lines)).Values, book => Assert.Equal((10, 0, 0), (book.OnHand, book.Sold, book.Reserved)));
        }
    }

    /// <summary>
    /// Sagas with retries in parallel over partitions that lose calls and answers and deliver late: what sagas believe
    /// at the end is what the books say.
    /// </summary>
    [Fact]
    public void Whatever_gets_lost_the_books_agree_with_the_sagas() =>
        Gen.Int.Sample(
            seed => RunSagasAsync(new Random(seed)).GetAwaiter().GetResult(),
            iter: 60, threads: 1);

    private static async Task RunSagasAsync(Random random)
    {
        var cluster = new PartitionCluster(4);
        var coordinator = Over(cluster);
        await StockAsync(cluster, 6);
        cluster.Faults = (_, _) =>
        {
            lock (random)
                return random.Next(10) switch { 0 => Fault.Lost, 1 => Fault.AnswerLost, 2 => Fault.Late, _ => Fault.None };
        };

        var sagas = Enumerable.Range(0, 12).Select(saga => (Id: $"o{saga}", Lines: LinesOf(random.GetItems([1, 2, 3, 4, 5], 3).Distinct().ToArray()),
            End: random.Next(3))).ToArray();
        var sold = await Task.WhenAll(sagas.Select(saga => Task.Run(() => RunSagaAsync(coordinator, saga.Id, saga.Lines, saga.End))));
        await cluster.ArriveAsync();
        cluster.Time.Advance(Ttl * 2);
        await cluster.TickAsync();

        var books = await cluster.AuditAsync();
        foreach (var (sku, book) in books)
        {
            var expected = sagas.Zip(sold).Where(saga => saga.Second).SelectMany(saga => saga.First.Lines).Where(line => line.Sku == sku).Sum(line => line.Quantity);
            Assert.Equal((6, expected, 6 - expected, 0), (book.Level.Received, book.Level.Sold, book.Level.OnHand, book.Level.Reserved));
            Assert.Empty(book.Open);
        }
    }

    /// <summary>Reserve, then commit; then perhaps restock, or release instead. True when its units are sold at the end.</summary>
    private static async Task<bool> RunSagaAsync(ReservationCoordinator coordinator, string id, Units[] lines, int end)
    {
        var reserved = await RetryAsync(async () => (await coordinator.ReserveAsync(id, lines, Ttl, AllocationPlan.Default, default)).Reserved);
        if (!reserved || end == 0)
        {
            await RetryAsync(() => coordinator.ReleaseAsync(id, lines, default));
            return false;
        }

        var committed = await RetryAsync(async () =>
        {
            await coordinator.CommitAsync(id, lines, default);
            return true;
        });
        if (committed && end == 1)
            return true;
        await RetryAsync(async () =>
        {
            await coordinator.RestockAsync(id, lines, default);
            return true;
        });
        return false;
    }

    /// <summary>Repeats what is unknown; a precondition that failed is an answer.</summary>
    private static async Task<bool> RetryAsync(Func<Task<bool>> call)
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
                return false;
            }
        }
    }

    private static ReservationCoordinator Over(PartitionCluster cluster) =>
        new(cluster.Partitions, cluster.Time, NullLogger<ReservationCoordinator>.Instance);

    private static Units[] LinesOf(params int[] skus) => Array.ConvertAll(skus, sku => new Units($"S{sku}", 1));

    private static async Task StockAsync(PartitionCluster cluster, int quantity)
    {
        for (var sku = 1; sku < 10; sku++)
            await cluster.Partitions.SendAsync(cluster.Partitions.Of($"S{sku}"), new ReceiveGoods("first", [new Units($"S{sku}", quantity)]));
    }

    private async Task<Dictionary<string, StockLevel>> BooksAsync(Units[] lines)
    {
        var books = await _cluster.AuditAsync();
        return lines.Where(line => books.ContainsKey(line.Sku)).ToDictionary(line => line.Sku, line => books[line.Sku].Level);
    }
}
