using Microsoft.Extensions.Time.Testing;
using NexusCart.Inventory;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>How a partition stores ledgers and queues, and what it makes of stock from before there were any.</summary>
public sealed class StockLedgerTests
{
    private readonly RecordingPublisher _publisher = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InventoryOptions _options = new() { LedgerChunksKept = 3 };
    private readonly ActorHarness<StockPartitionActor> _harness;
    private StockPartitionActor _actor;

    public StockLedgerTests()
    {
        _harness = new(host => new StockPartitionActor(host, _options, _publisher, new WarehouseDirectory(), _time), "0", InventoryJson.Default);
        _actor = _harness.Activate();
    }

    [Fact]
    public async Task A_turn_rewrites_only_the_end_of_a_ledger()
    {
        await ReceiveAsync(70);
        Assert.Contains("m:A:2", _harness.Store.LastTransaction);
        Assert.DoesNotContain("m:A:1", _harness.Store.LastTransaction);
        _actor = _harness.Activate();
        await RunAsync(new ReceiveGoods("after", [new Units("A", 1)]));
        var page = await _actor.MovementsAsync(new MovementsRequest("A", null, 200));
        Assert.Equal(Enumerable.Range(0, 71).Reverse(), page.Movements.Select(movement => (int)movement.Number));
        Assert.Equal(71, page.Movements[0].Balance);
        Assert.False(page.More);
    }

    [Fact]
    public async Task What_is_not_kept_lives_on_as_the_opening_balance()
    {
        await ReceiveAsync(200);
        Assert.Equal(3, _harness.Store.Values.Keys.Count(key => key.StartsWith("m:A:", StringComparison.Ordinal)));
        var audited = await AuditAsync();
        Assert.True(audited.Ledger!.Unbroken);
        Assert.Equal([new LedgerBalance("main", 200, 0, 0)], audited.Ledger.Balances);

        var pages = new List<Movement>();
        for (long? before = null; ;)
        {
            var page = await _actor.MovementsAsync(new MovementsRequest("A", before, 30));
            pages.AddRange(page.Movements);
            if (!page.More)
                break;
            before = page.Movements[^1].Number;
        }

        Assert.Equal(Enumerable.Range(128, 72).Reverse(), pages.Select(movement => (int)movement.Number));
    }

    [Fact]
    public async Task A_torn_ledger_is_seen()
    {
        await ReceiveAsync(70);
        _harness.Store.Values["m:A:1"] = _harness.Store.Values["m:A:1"].Replace("\"delta\":1", "\"delta\":2", StringComparison.Ordinal);
        _actor = _harness.Activate();
        Assert.False((await AuditAsync()).Ledger!.Unbroken);
        _harness.Store.Values.Remove("m:A:2");
        _actor = _harness.Activate();
        Assert.False((await AuditAsync()).Ledger!.Unbroken);
    }

    [Fact]
    public async Task Stock_from_before_there_were_warehouses_lies_in_the_default_one()
    {
        _harness.Store.Values["ix"] = """{"last":0}""";
        _harness.Store.Values["ix:0"] = """["A"]""";
        _harness.Store.Values["s:A"] = """{"sku":"A","received":10,"onHand":8,"sold":2,"reserved":3,"version":4,"receipts":1}""";
        _harness.Store.Values["q:A:0"] = """["first"]""";
        _harness.Store.Values["o"] = """{"chunks":1}""";
        _harness.Store.Values["o:0"] =
            """[{"id":"o1","status":0,"lines":[{"sku":"A","quantity":3}],"fingerprint":"f","attempt":"t","expiresAt":"2025-01-01T01:00:00+00:00"}]""";
        var before = await AuditAsync();
        Assert.Null(before.Ledger);
        Assert.Equal([new Allocation("main", 3)], before.Open.Single().Allocations);

        var committed = (await RunAsync(new CloseReservation("o1", "f", Closing.Commit)))[0];
        Assert.Equal([new Allocation("main", 3)], committed.Lines!.Single().Allocations);
        var after = await AuditAsync();
        Assert.Equal([new LedgerBalance("main", 5, 0, 0)], after.Ledger!.Balances);
        Assert.Equal((5L, 5L), (after.Level.OnHand, after.Level.Sold));
        Assert.Equal(
            [MovementKind.Sale, MovementKind.Opening],
            (await _actor.MovementsAsync(new MovementsRequest("A", null, 10))).Movements.Select(movement => movement.Kind));
        Assert.Equal(0, (await RunAsync(new ReceiveGoods("first", [new Units("A", 1)])))[0].Applied);
    }

    [Fact]
    public async Task More_orders_than_a_turn_can_serve_are_served_by_the_reminder_oldest_first()
    {
        await RunAsync(new SetStockPolicy("A", new StockPolicy(BackorderMode.Unlimited, 0, null)));
        for (var i = 0; i < 300; i++)
            await RunAsync(Hold($"o{i:d3}", 1));
        await RunAsync(new CloseReservation("o000", "f", Closing.Commit), new CloseReservation("o150", "f", Closing.Release));
        Assert.Equal(-299, (await LevelAsync()).Available);

        _actor = _harness.Activate();
        await RunAsync(new ReceiveGoods("r", [new Units("A", 250)]));
        Assert.Equal(TimeSpan.Zero, _harness.Timers.Reminders["expire"].DueTime);
        for (var tick = 0; tick < 3; tick++)
            await _actor.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        var audited = await AuditAsync();
        Assert.Equal((49L, 249L, 249L), (audited.Level.Backordered, audited.Level.Reserved, audited.Level.OnHand));
        Assert.Equal((49L, 0L, 0L), (audited.Waiting, audited.WaitingSold, audited.Level.Owed));
        Assert.Equal(
            Enumerable.Range(251, 49).Select(i => $"o{i:d3}"),
            audited.Open.Where(open => open.Waiting > 0).Select(open => open.ReservationId).Order(StringComparer.Ordinal));
        Assert.True(_harness.Timers.Reminders["expire"].DueTime > TimeSpan.Zero);
        await _actor.WhenPublishedAsync();
        Assert.Equal(250, _publisher.Published.Count(told => told.Type == "stock.backorder_filled.v1"));
    }

    [Fact]
    public async Task A_queue_that_was_served_leaves_nothing_behind()
    {
        await RunAsync(new SetStockPolicy("A", new StockPolicy(BackorderMode.Unlimited, 0, null)));
        for (var i = 0; i < 100; i++)
            await RunAsync(Hold($"o{i}", 1));
        await RunAsync(new ReceiveGoods("r", [new Units("A", 100)]));
        Assert.DoesNotContain(_harness.Store.Values.Keys, key => key.StartsWith("b:", StringComparison.Ordinal));
        Assert.Equal(0, (await LevelAsync()).Available);
    }

    [Fact]
    public async Task A_backorder_that_was_sold_is_filled_after_its_reservation_was_forgotten()
    {
        await RunAsync(new SetStockPolicy("A", new StockPolicy(BackorderMode.Limited, 5, null)));
        await RunAsync(Hold("o1", 3), new CloseReservation("o1", "f", Closing.Commit));
        _time.Advance(_options.ClosedRetention * 2);
        await RunAsync(new ReadLevels(["A"]));
        Assert.DoesNotContain("r:o1", _harness.Store.Values.Keys);
        await RunAsync(new ReceiveGoods("r", [new Units("A", 4)]));
        Assert.Equal((1L, 0L, 3L), ((await LevelAsync()).OnHand, (await LevelAsync()).Owed, (await LevelAsync()).Sold));
        await _actor.WhenPublishedAsync();
        var told = _publisher.Published.Last(published => published.Type == "stock.backorder_filled.v1");
        Assert.Equal(("o1:A", 0, true), (told.Key, told.Data.GetProperty("waiting").GetInt32(), told.Data.GetProperty("sold").GetBoolean()));
    }

    [Fact]
    public async Task A_turn_that_cannot_be_saved_leaves_queue_and_ledger_as_they_were()
    {
        await RunAsync(new SetStockPolicy("A", new StockPolicy(BackorderMode.Limited, 5, null)));
        await RunAsync(Hold("o1", 2));
        _harness.Store.FailNextSave = new IOException("disk");
        await Assert.ThrowsAsync<IOException>(() => _actor.ExecuteAsync(
            [new ReceiveGoods("r", [new Units("A", 9)]), new AdjustStock("a1", "A", "main", 1, "found", "me")]));
        var audited = await AuditAsync();
        Assert.Equal((2L, 0L, 2L), (audited.Level.Backordered, audited.Level.OnHand, audited.Waiting));
        var replies = await RunAsync(new ReceiveGoods("r", [new Units("A", 9)]), new AdjustStock("a1", "A", "main", 1, "found", "me"));
        Assert.Equal((1, false), (replies[0].Applied, replies[1].Staff!.Repeated));
        audited = await AuditAsync();
        Assert.Equal((0L, 10L, 2L), (audited.Level.Backordered, audited.Level.OnHand, audited.Level.Reserved));
        Assert.True(audited.Ledger!.Unbroken);
    }

    [Fact]
    public async Task Low_stock_is_told_once_per_crossing()
    {
        await RunAsync(new SetStockPolicy("A", new StockPolicy(BackorderMode.None, 0, 3)));
        await RunAsync(new ReceiveGoods("r1", [new Units("A", 2)]));
        await RunAsync(new ReceiveGoods("r2", [new Units("A", 3)]));
        Assert.Equal([], Lows());
        await RunAsync(Hold("o1", 2));
        await RunAsync(Hold("o2", 1));
        Assert.Equal([3], Lows());
        await RunAsync(new ReceiveGoods("r3", [new Units("A", 1)]));
        await RunAsync(Hold("o3", 1));
        Assert.Equal([3], Lows());
        await RunAsync(new ReceiveGoods("r4", [new Units("A", 2)]));
        await RunAsync(Hold("o4", 3));
        Assert.Equal([3, 1], Lows());
    }

    private List<int> Lows() => _publisher.Published.Where(told => told.Type == "stock.low.v1")
        .Select(told => told.Data.GetProperty("available").GetInt32()).ToList();

    private async Task ReceiveAsync(int times)
    {
        for (var i = 0; i < times; i++)
            await RunAsync(new ReceiveGoods($"r{i}", [new Units("A", 1)]));
    }

    private async Task<PartitionReply[]> RunAsync(params PartitionCommand[] batch)
    {
        var replies = await _actor.ExecuteAsync(batch);
        await _actor.WhenPublishedAsync();
        return replies;
    }

    private async Task<StockLevel> LevelAsync() => (await RunAsync(new ReadLevels(["A"])))[0].Levels![0]!;

    private async Task<AuditedSku> AuditAsync() => Assert.Single((await _actor.AuditAsync(new AuditRequest(""))).Skus);

    private HoldUnits Hold(string id, int quantity) =>
        new(id, [new Units("A", quantity)], "f", "attempt", _time.GetUtcNow().AddHours(1));
}
