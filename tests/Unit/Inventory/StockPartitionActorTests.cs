using Microsoft.Extensions.Time.Testing;
using NexusCart.Inventory;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Inventory;

public class StockPartitionActorTests
{
    private readonly RecordingPublisher _publisher = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InventoryOptions _options = new() { CachedSkus = 4 };
    private readonly WarehouseDirectory _warehouses = new();
    private readonly ActorHarness<StockPartitionActor> _harness;
    private StockPartitionActor _actor;

    public StockPartitionActorTests()
    {
        _harness = new(host => new StockPartitionActor(host, _options, _publisher, _warehouses, _time), "0", InventoryJson.Default);
        _actor = _harness.Activate();
    }

    [Fact]
    public async Task A_batch_is_one_transaction_of_what_changed()
    {
        var replies = await RunAsync(Receive("r", ("A", 5), ("B", 5)), Hold("o1", ("A", 2)), Read("A", "B", "Z"));
        Assert.Equal(1, _harness.Store.Transactions);
        Assert.Equal(["ix", "ix:0", "m:A:0", "m:B:0", "o", "o:0", "pe", "q:A:0", "q:B:0", "s:A", "s:B"], _harness.Store.LastTransaction);
        Assert.Equal([3, 5, null], replies[2].Levels!.Select(level => level?.Available));

        await RunAsync(Close("o1", Closing.Commit));
        Assert.Equal(["c", "c:0", "m:A:0", "o:0", "pe", "r:o1", "s:A"], _harness.Store.LastTransaction);

        await RunAsync(Read("A"), Close("o1", Closing.Commit), Receive("r", ("A", 5)));
        Assert.Equal(2, _harness.Store.Transactions);
    }

    [Fact]
    public async Task Availability_is_announced_once_per_turn_and_sku_with_growing_versions()
    {
        await RunAsync(Receive("r", ("A", 5)), Hold("o1", ("A", 1)), Hold("o2", ("A", 1)));
        await RunAsync(Close("o1", Closing.Commit));
        await RunAsync(Close("o2", Closing.Release));
        Assert.Equal(["A:1", "A:2"], _publisher.Ids);
        Assert.Equal([3, 4], _publisher.Published.Select(pending => pending.Data.GetProperty("available").GetInt32()));
        Assert.All(_publisher.Published, pending => Assert.Equal(("stock.changed.v1", "stock"), (pending.Type, pending.Topic)));
    }

    [Fact]
    public async Task While_the_broker_is_away_only_the_latest_figure_of_a_sku_waits()
    {
        _publisher.Broken = true;
        await RunAsync(Receive("r", ("A", 5), ("B", 5)));
        await RunAsync(Hold("o1", ("A", 1)));
        await RunAsync(Hold("o2", ("A", 1)));
        _publisher.Broken = false;
        await TickAsync("publish-pending");
        Assert.Equal(["A:3", "B:1"], _publisher.Ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_reminder_gives_expired_units_back_and_goes_when_nothing_is_open()
    {
        await RunAsync(Receive("r", ("A", 5)), Hold("o1", TimeSpan.FromMinutes(5), ("A", 2)), Hold("o2", TimeSpan.FromMinutes(9), ("A", 1)));
        Assert.InRange(_harness.Timers.Reminders["expire"].DueTime, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5.1));

        _time.Advance(TimeSpan.FromMinutes(5.1));
        await TickAsync("expire");
        Assert.Equal(4, await AvailableAsync("A"));
        Assert.InRange(_harness.Timers.Reminders["expire"].DueTime, TimeSpan.FromMinutes(3.8), TimeSpan.FromMinutes(4));

        _time.Advance(TimeSpan.FromMinutes(4));
        await TickAsync("expire");
        Assert.Equal(5, await AvailableAsync("A"));
        Assert.DoesNotContain("expire", _harness.Timers.Reminders.Keys);
        Assert.Equal(Verdict.Closed, (await RunAsync(Close("o1", Closing.Commit)))[0].Verdict);
    }

    [Fact]
    public async Task A_burst_of_late_reminders_does_what_one_does()
    {
        await RunAsync(Receive("r", ("A", 5)), Hold("o1", TimeSpan.FromMinutes(5), ("A", 2)), Hold("o2", TimeSpan.FromMinutes(60), ("A", 1)));
        _time.Advance(TimeSpan.FromMinutes(30));
        // As a scheduler does that was away.
        for (var tick = 0; tick < 12; tick++)
            await TickAsync("expire");

        Assert.Equal(4, await AvailableAsync("A"));
        Assert.InRange(_harness.Timers.Reminders["expire"].DueTime, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30.1));
        Assert.Equal(Verdict.Done, (await RunAsync(Close("o2", Closing.Commit)))[0].Verdict);
    }

    [Fact]
    public async Task Time_is_up_even_when_no_reminder_comes()
    {
        await RunAsync(Receive("r", ("A", 1)), Hold("o1", TimeSpan.FromMinutes(5), ("A", 1)));
        _time.Advance(TimeSpan.FromMinutes(6));
        var replies = await RunAsync(Hold("o2", ("A", 1)), Close("o1", Closing.Commit));
        Assert.Equal([Verdict.Done, Verdict.Closed], replies.Select(reply => reply.Verdict));
    }

    [Fact]
    public async Task An_earlier_expiry_moves_the_reminder_and_a_later_one_does_not()
    {
        await RunAsync(Receive("r", ("A", 5)), Hold("o1", TimeSpan.FromMinutes(9), ("A", 1)));
        await RunAsync(Hold("o2", TimeSpan.FromMinutes(10), ("A", 1)));
        var before = _harness.Timers.Registrations;
        await RunAsync(Hold("o3", TimeSpan.FromMinutes(2), ("A", 1)));
        Assert.Equal(before + 1, _harness.Timers.Registrations);
        Assert.InRange(_harness.Timers.Reminders["expire"].DueTime, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2.1));
    }

    [Fact]
    public async Task Everything_survives_a_new_activation()
    {
        await RunAsync(Receive("r", ("A", 100)));
        for (var i = 0; i < 100; i++)
            await RunAsync(Hold($"o{i}", ("A", 1)));
        for (var i = 0; i < 100; i += 2)
            await RunAsync(Close($"o{i}", Closing.Commit));

        _actor = _harness.Activate();
        Assert.Equal(0, await AvailableAsync("A"));
        Assert.Equal(0, (await RunAsync(Receive("r", ("A", 100))))[0].Applied);
        Assert.Equal(Verdict.Done, (await RunAsync(Close("o1", Closing.Commit)))[0].Verdict);
        Assert.Equal(Verdict.Committed, (await RunAsync(Close("o2", Closing.Release)))[0].Verdict);
        Assert.Equal(Verdict.Done, (await RunAsync(Close("o3", Closing.Release)))[0].Verdict);
        var (level, open, _, _, _) = Assert.Single((await _actor.AuditAsync(new AuditRequest(""))).Skus);
        Assert.Equal((100, 49, 51, 48), (level.Received, level.OnHand, level.Sold, level.Reserved));
        Assert.Equal(48, open.Sum(held => held.Quantity));
    }

    [Fact]
    public async Task A_turn_that_cannot_be_saved_changes_nothing()
    {
        await RunAsync(Receive("r", ("A", 5)), Hold("o1", ("A", 1)));
        _harness.Store.FailNextSave = new IOException("disk");
        await Assert.ThrowsAsync<IOException>(() => _actor.ExecuteAsync([Close("o1", Closing.Commit), Hold("o2", ("A", 3)), Receive("r2", ("N", 1))]));

        var replies = await RunAsync(Read("A", "N"), Close("o2", Closing.Commit), Receive("r2", ("N", 1)));
        Assert.Equal([4, null], replies[0].Levels!.Select(level => level?.Available));
        Assert.Equal(Verdict.Unknown, replies[1].Verdict);
        Assert.Equal(1, replies[2].Applied);
    }

    [Fact]
    public async Task Closed_reservations_are_forgotten_after_the_retention_and_not_before()
    {
        await RunAsync(Receive("r", ("A", 1000)));
        for (var i = 0; i < 300; i++)
            await RunAsync(Hold($"o{i}", ("A", 1)), Close($"o{i}", Closing.Commit));
        Assert.Equal(300, Records());

        _time.Advance(_options.ClosedRetention - TimeSpan.FromMinutes(1));
        await RunAsync(Hold("later", ("A", 1)), Close("later", Closing.Commit));
        Assert.Equal(301, Records());

        _time.Advance(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 4; i++)
            await RunAsync(Read("A"));
        Assert.InRange(Records(), 1, 128);
        Assert.Equal(Verdict.Done, (await RunAsync(Close("later", Closing.Commit)))[0].Verdict);

        _actor = _harness.Activate();
        _time.Advance(_options.ClosedRetention);
        await RunAsync(Read("A"));
        await RunAsync(Read("A"));
        Assert.Equal(0, Records());
        Assert.DoesNotContain(_harness.Store.Values.Keys, key => key.StartsWith("c:", StringComparison.Ordinal));
        await RunAsync(Hold("again", ("A", 1)), Close("again", Closing.Release));
        Assert.Equal(1, Records());
    }

    [Fact]
    public async Task A_receipt_counts_once_for_ever_however_many_there_are()
    {
        for (var i = 0; i < 150; i++)
            Assert.Equal(1, (await RunAsync(Receive($"r{i}", ("A", 1))))[0].Applied);
        _actor = _harness.Activate();
        for (var i = 0; i < 150; i += 7)
            Assert.Equal(0, (await RunAsync(Receive($"r{i}", ("A", 1))))[0].Applied);
        var replies = await RunAsync(Receive("x", ("A", 1)), Receive("x", ("A", 1)), Receive("y", ("A", 1)), Read("A"));
        Assert.Equal([1, 0, 1], replies.Take(3).Select(reply => reply.Applied));
        Assert.Equal(152, replies[3].Levels![0]!.Received);
    }

    [Fact]
    public async Task Chunks_of_open_reservations_stay_small_and_are_reused()
    {
        await RunAsync(Receive("r", ("A", 10_000)));
        for (var round = 0; round < 20; round++)
        {
            await RunAsync([.. Enumerable.Range(0, 40).Select(i => Hold($"o{round}-{i}", ("A", 1)))]);
            await RunAsync([.. Enumerable.Range(0, 40).Select(i => Close($"o{round}-{i}", Closing.Release))]);
        }

        Assert.Equal(2, _harness.Store.Values.Keys.Count(key => key.StartsWith("o:", StringComparison.Ordinal)));
        Assert.Equal(10_000, await AvailableAsync("A"));
    }

    [Fact]
    public async Task Memory_stays_bounded()
    {
        await RunAsync([.. Enumerable.Range(0, 60).Select(i => Receive("r", ($"S{i}", 5)))]);
        for (var i = 0; i < 60; i++)
            await RunAsync(Hold($"o{i}", ($"S{i}", 1)), Close($"o{i}", Closing.Commit), Read($"unknown-{i}"));
        Assert.InRange(_harness.State.TrackedKeys, 1, 19);
        Assert.Equal(4, await AvailableAsync("S0"));
    }

    [Fact]
    public async Task The_audit_gives_every_sku_once()
    {
        await RunAsync([.. Enumerable.Range(0, 300).Select(i => Receive("r", ($"S{i}", 5)))]);
        var seen = new List<string>();
        for (string? token = ""; token is not null;)
        {
            var page = await _actor.AuditAsync(new AuditRequest(token));
            seen.AddRange(page.Skus.Select(sku => sku.Level.Sku));
            token = page.NextToken.Length == 0 ? null : page.NextToken;
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"S{i}"), seen);
    }

    private int Records() => _harness.Store.Values.Keys.Count(key => key.StartsWith("r:", StringComparison.Ordinal));

    private async Task<PartitionReply[]> RunAsync(params PartitionCommand[] batch)
    {
        var replies = await _actor.ExecuteAsync(batch);
        await _actor.WhenPublishedAsync();
        return replies;
    }

    private async Task TickAsync(string reminder)
    {
        await _actor.ReceiveReminderAsync(reminder, [], TimeSpan.Zero, TimeSpan.Zero);
        await _actor.WhenPublishedAsync();
    }

    private async Task<long> AvailableAsync(string sku) => (await RunAsync(Read(sku)))[0].Levels![0]!.Available;

    private static ReadLevels Read(params string[] skus) => new(skus);

    private static ReceiveGoods Receive(string receipt, params (string Sku, int Quantity)[] lines) => new(receipt, Lines(lines));

    private HoldUnits Hold(string id, params (string Sku, int Quantity)[] lines) => Hold(id, TimeSpan.FromMinutes(15), lines);

    private HoldUnits Hold(string id, TimeSpan ttl, params (string Sku, int Quantity)[] lines) =>
        new(id, Lines(lines), "f", "attempt", _time.GetUtcNow() + ttl);

    private static CloseReservation Close(string id, Closing how) => new(id, "f", how);

    private static Units[] Lines((string Sku, int Quantity)[] lines) => Array.ConvertAll(lines, line => new Units(line.Sku, line.Quantity));
}
