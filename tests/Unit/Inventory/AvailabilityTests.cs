using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Api;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.Events;
using NexusCart.Inventory.ReadModel;
using NexusCart.Platform.Events;

namespace NexusCart.Tests.Unit.Inventory;

public sealed class AvailabilityTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly PartitionCluster _cluster = new();
    private readonly AvailabilityReader _reader;

    public AvailabilityTests() => _reader = new AvailabilityReader(_cluster.Index, _cluster.Warehouses);

    [Fact]
    public async Task A_read_asks_no_partition()
    {
        var skus = Enumerable.Range(0, 200).Select(i => $"S{i}").ToList();
        foreach (var sku in skus)
            await ReceiveAsync(sku, 5);
        _cluster.Index.Loaded();
        var turns = _cluster.Turns;
        for (var round = 0; round < 10; round++)
            Assert.All(skus.Select(_reader.Read), found => Assert.Equal((true, 5), (found.Known, found.Available)));
        Assert.False(_reader.Read("unknown").Known);
        Assert.Equal(turns, _cluster.Turns);
    }

    [Fact]
    public async Task What_this_replica_changes_shows_at_once_without_any_event()
    {
        _cluster.Index.Loaded();
        await ReceiveAsync("A", 5);
        Assert.Equal(5, _reader.Read("A").Available);
        await _cluster.Partitions.SendAsync(_cluster.Partitions.Of("A"), new HoldUnits("o1", [new Units("A", 2)], "f", "t", _cluster.Time.GetUtcNow().AddMinutes(1)));
        Assert.Equal(3, _reader.Read("A").Available);
    }

    [Fact]
    public void Nothing_is_answered_before_everything_was_read() =>
        Assert.Equal(StatusCode.Unavailable, Assert.Throws<RpcException>(() => _reader.Read("A")).StatusCode);

    [Fact]
    public void Only_newer_figures_count()
    {
        var index = new AvailabilityIndex();
        Assert.False(index.Put(Figures("A", 1, 10)));
        Assert.False(index.Put(Figures("A", 2, 8)));
        Assert.False(index.Put(Figures("A", 1, 10)));
        Assert.False(index.Put(Figures("A", 2, 9)));
        Assert.Equal(8, index.Find("A")!.Warehouses.Single().Available);
        Assert.True(index.Put(Figures("A", 4, 1)));
        Assert.True(index.Put(Figures("B", 2, 1)));
    }

    [Fact]
    public async Task A_new_replica_reads_everything_and_then_again_only_after_a_gap()
    {
        await ReceiveAsync("A", 5);
        await ReceiveAsync("B", 5);
        await using var replica = new Replica(_cluster);
        await replica.StartAsync();
        Assert.Equal([5, 5], [replica.Reader.Read("A").Available, replica.Reader.Read("B").Available]);

        // The replica hears of the next change of A, and has nothing to look for.
        var turns = _cluster.Turns;
        await replica.HearAsync(Changed("A", 2, 4));
        Assert.Equal(4, replica.Reader.Read("A").Available);
        Assert.Equal(turns, _cluster.Turns);

        // It misses one of B's events, and one of a SKU that lies on the same partition and is never told of again.
        var silent = Enumerable.Range(0, 1_000).Select(i => $"N{i}").First(sku => _cluster.Partitions.Of(sku) == _cluster.Partitions.Of("B"));
        await ReceiveAsync(silent, 7);
        await replica.HearAsync(Changed("B", 3, 1));
        Assert.Equal(1, replica.Reader.Read("B").Available);
        await replica.EventuallyAsync(() => replica.Reader.Read(silent).Available == 7);
    }

    [Fact]
    public async Task Events_from_before_there_were_warehouses_are_read()
    {
        await using var replica = new Replica(_cluster);
        await replica.StartAsync();
        await replica.HearAsync(new StockChanged("old", 3, 1, null!, 0, 0));
        Assert.Equal((true, 3), (replica.Reader.Read("old").Known, replica.Reader.Read("old").Available));
    }

    [Fact]
    public void Closing_a_warehouse_shows_at_once()
    {
        _cluster.Index.Loaded();
        _cluster.Index.Put(new StockFigures("A", 1, [new("main", 3), new("east", 4)], 0, 2));
        Assert.Equal(7, _reader.Read("A").Available);
        _cluster.Warehouses.Put(new Warehouse("east", "East", "DE", 1, Active: false, Version: 1));
        Assert.Equal((3, 2), (_reader.Read("A").Available, _reader.Read("A").Backorderable));
        _cluster.Warehouses.Put(new Warehouse("east", "East", "DE", 1, Active: true, Version: 1));
        Assert.Equal(3, _reader.Read("A").Available);
        _cluster.Warehouses.Put(new Warehouse("east", "East", "DE", 1, Active: true, Version: 2));
        Assert.Equal(7, _reader.Read("A").Available);
    }

    private Task<PartitionReply> ReceiveAsync(string sku, int quantity) =>
        _cluster.Partitions.SendAsync(_cluster.Partitions.Of(sku), new ReceiveGoods("first", [new Units(sku, quantity)]));

    private static StockFigures Figures(string sku, long version, long available) => new(sku, version, [new("main", available)], 0, 0);

    private static StockChanged Changed(string sku, long version, long available) =>
        new(sku, available, version, [new WarehouseUnits("main", available)], 0, 0);

    /// <summary>Another replica's memory over the same partitions.</summary>
    private sealed class Replica : IAsyncDisposable
    {
        private readonly AvailabilityIndex _index = new();
        private readonly AvailabilityRefresh _refresh;
        private readonly ServiceProvider _services;

        public Replica(PartitionCluster cluster)
        {
            var warehouses = new WarehouseDirectory();
            _refresh = new AvailabilityRefresh(
                _index, warehouses, cluster.PartitionsFor(_index), new FakeWarehouseStore(), cluster.Options, cluster.Time,
                NullLogger<AvailabilityRefresh>.Instance);
            Reader = new AvailabilityReader(_index, warehouses);
            _services = new ServiceCollection().AddSingleton(_index).AddSingleton(_refresh).BuildServiceProvider();
        }

        public AvailabilityReader Reader { get; }

        public async Task StartAsync()
        {
            await _refresh.StartAsync(CancellationToken.None);
            await EventuallyAsync(() => _index.IsLoaded);
        }

        public Task HearAsync(StockChanged changed) => StockEventHandlers.HandleAsync(
            changed, new EventContext("id", StockChanged.Type, "inventory", changed.Sku, _services, CancellationToken.None));

        public async Task EventuallyAsync(Func<bool> holds)
        {
            var started = TimeProvider.System.GetTimestamp();
            while (!holds())
            {
                Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "It did not come to hold.");
                await Task.Delay(10);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _refresh.StopAsync(CancellationToken.None);
            _refresh.Dispose();
            await _services.DisposeAsync();
        }
    }
}

/// <summary>Warehouses in memory.</summary>
internal sealed class FakeWarehouseStore : IWarehouseStore
{
    private readonly Dictionary<string, Warehouse> _stored = [];

    public Task<IReadOnlyList<Warehouse>> ReadAllAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Warehouse>>([.. _stored.Values]);

    public Task<Warehouse> PutAsync(Warehouse draft, CancellationToken cancellationToken) =>
        Task.FromResult(_stored[draft.Id] = draft with { Version = (_stored.GetValueOrDefault(draft.Id)?.Version ?? 0) + 1 });
}
