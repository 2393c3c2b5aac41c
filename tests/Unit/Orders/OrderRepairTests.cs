using Dapr.Client;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Events;
using NexusCart.Workflows.Checkout;
using NSubstitute;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Orders whose saga is gone, and sagas that wait for their payment.</summary>
public class OrderRepairTests
{
    private readonly OrdersBench _bench = new();
    private readonly Dictionary<string, SweepCursor> _cursors = [];
    private readonly OrderSweeper _sweeper;

    public OrderRepairTests()
    {
        var dapr = Substitute.For<DaprClient>();
        dapr.GetStateAsync<SweepCursor?>(default!, default!).ReturnsForAnyArgs(call => Task.FromResult(_cursors.GetValueOrDefault(call.ArgAt<string>(1))));
        dapr.WhenForAnyArgs(client => client.SaveStateAsync<SweepCursor>(default!, default!, default!))
            .Do(call => _cursors[call.ArgAt<string>(1)] = call.Arg<SweepCursor>());
        _sweeper = new OrderSweeper(_bench.Store, _bench.Repair, dapr, _bench.Options, _bench.Clock, NullLogger<OrderSweeper>.Instance);
    }

    [Theory]
    [InlineData(SagaStanding.Broken)]
    [InlineData(SagaStanding.Completed)]
    [InlineData(SagaStanding.Missing)]
    public async Task An_order_whose_saga_ended_without_it_is_repaired_once(SagaStanding standing)
    {
        var orderId = await UnderWayAsync("key-1");
        _bench.Engine.Becomes(orderId, standing);

        await SweepLaterAsync();
        await SweepLaterAsync();

        Assert.Equal($"CheckoutRepairWorkflow {orderId}-repair", _bench.Engine.Started.Last());
        Assert.Equal(2, _bench.Engine.Started.Count);
    }

    [Fact]
    public async Task Orders_under_way_ended_or_young_are_left_alone()
    {
        await UnderWayAsync("running");
        var ended = await UnderWayAsync("ended");
        await _bench.Journal.CompleteAsync(ended, []);
        _bench.Engine.Becomes(ended, SagaStanding.Completed);
        var sagas = _bench.Engine.Started.Count;

        await SweepLaterAsync();
        var young = await UnderWayAsync("young");
        _bench.Engine.Becomes(young, SagaStanding.Broken);
        await SweepAllAsync();

        Assert.Equal(sagas + 1, _bench.Engine.Started.Count);
    }

    [Fact]
    public async Task A_saga_that_broke_before_it_began_leaves_nothing_to_repair()
    {
        var orderId = (await _bench.PlaceAsync(_bench.Draft())).Order!.OrderId;
        await _bench.SettleAsync();
        _bench.Engine.Becomes(orderId, SagaStanding.Broken);

        await SweepLaterAsync();

        Assert.Equal(OrderStatus.Cancelled, await _bench.Store.ReadStatusAsync(orderId, CancellationToken.None));
        Assert.Single(_bench.Engine.Started);
    }

    [Fact]
    public async Task A_pending_start_is_the_shards_business()
    {
        // The shard itself gives a start up after its deadline; here it is still trying when the sweeper comes by.
        _bench.Options.Value.StartDeadline = _bench.Options.Value.SweepAge * 2;
        _bench.Engine.NoWorker = true;
        var orderId = (await _bench.PlaceAsync(_bench.Draft())).Order!.OrderId;
        await _bench.SettleAsync();

        await SweepLaterAsync();

        Assert.Equal(OrderStatus.Starting, await _bench.Store.ReadStatusAsync(orderId, CancellationToken.None));
    }

    [Fact]
    public async Task Full_pages_are_left_behind_but_what_is_open_in_them_is_not_forgotten()
    {
        var orders = new List<string>();
        for (var i = 0; i < 9; i++)
            orders.Add(await UnderWayAsync($"key-{i}"));
        foreach (var done in orders.Skip(1))
            await _bench.Journal.CompleteAsync(done, []);
        await SweepLaterAsync();
        var cursor = Assert.Single(_cursors.Values);
        Assert.Equal(("2", orders[0]), (cursor.Page, Assert.Single(cursor.Late)));

        _bench.Engine.Becomes(orders[0], SagaStanding.Broken);
        await SweepLaterAsync();
        Assert.Equal($"CheckoutRepairWorkflow {orders[0]}-repair", _bench.Engine.Started.Last());

        await _bench.Journal.CancelAsync(orders[0], CheckoutReasons.Interrupted, "", []);
        await SweepLaterAsync();
        Assert.Empty(Assert.Single(_cursors.Values).Late);
    }

    [Fact]
    public async Task News_of_a_payment_reach_a_saga_that_waits()
    {
        var orderId = await WaitingAsync();

        await TellAsync(orderId);

        Assert.Equal(new PaymentUpdate(orderId, "payment.authorized.v1"), Assert.Single(_bench.Engine.Raised));
    }

    [Fact]
    public async Task News_nobody_waits_for_are_not_raised()
    {
        var orderId = await UnderWayAsync("key-1");

        await TellAsync(orderId);
        await TellAsync("0-00-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d");

        Assert.Empty(_bench.Engine.Raised);
    }

    [Fact]
    public async Task News_that_could_not_be_raised_to_a_living_saga_must_come_again()
    {
        var orderId = await WaitingAsync();
        _bench.Engine.NoWorker = true;

        await Assert.ThrowsAsync<RpcException>(() => TellAsync(orderId));

        _bench.Engine.Becomes(orderId, SagaStanding.Completed);
        await TellAsync(orderId);
    }

    private Task TellAsync(string orderId) => new PaymentNews(_bench.Store, _bench.Engine).TellAsync(
        new PaymentUpdate(orderId, "payment.authorized.v1"), CancellationToken.None);

    private async Task<string> UnderWayAsync(string key)
    {
        var orderId = (await _bench.PlaceAsync(_bench.Draft("ann", key))).Order!.OrderId;
        await _bench.SettleAsync();
        Assert.True(await _bench.Journal.BeginAsync(orderId));
        return orderId;
    }

    private async Task<string> WaitingAsync()
    {
        var orderId = await UnderWayAsync("key-1");
        await _bench.Journal.RequireActionAsync(
            orderId, new RequiredAction("three_d_secure", orderId, "secret", ""), new StepReport(Some.Noon, "authorise", "started"));
        return orderId;
    }

    private async Task SweepLaterAsync()
    {
        _bench.Clock.Advance(_bench.Options.Value.SweepAge + TimeSpan.FromMinutes(1));
        await SweepAllAsync();
    }

    private async Task SweepAllAsync()
    {
        for (var shard = 0; shard < OrdersBench.ShardCount; shard++)
            await _sweeper.SweepAsync(shard, CancellationToken.None);
        await _bench.SettleAsync();
    }
}
