using Grpc.Core;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Lists of orders, with filters and pages.</summary>
public class OrderListTests
{
    private static readonly OrderSearch Everything = new(new HashSet<OrderStatus>(), null, null, "");

    private readonly OrdersBench _bench = new();

    [Fact]
    public async Task Everybodys_orders_come_newest_first_whatever_shard_they_are_in()
    {
        var placed = await PlaceManyAsync(25);
        var listed = await AllAsync((token, limit) => _bench.Lists.OfAllAsync(Everything with { IsStaff = true }, token, limit, CancellationToken.None), 4);
        placed.Reverse();
        Assert.Equal(placed, listed);
    }

    [Fact]
    public async Task Filters_leave_out_and_pages_do_not_repeat()
    {
        var placed = await PlaceManyAsync(20);
        foreach (var orderId in placed.Where((_, i) => i % 3 == 0))
            await _bench.Journal.BeginAsync(orderId);
        var start = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var search = new OrderSearch(new HashSet<OrderStatus> { OrderStatus.Processing }, start.AddMinutes(3), start.AddMinutes(15), "", IsStaff: true);

        var listed = await AllAsync((token, limit) => _bench.Lists.OfAllAsync(search, token, limit, CancellationToken.None), 2);

        Assert.Equal(placed.Where((_, i) => i % 3 == 0 && i is >= 3 and < 15).Reverse(), listed);
    }

    [Fact]
    public async Task An_order_is_found_by_its_number_or_a_part_of_it_and_by_staff_by_its_address()
    {
        var placed = await PlaceManyAsync(5);
        Assert.Equal([placed[2]], Ids(await _bench.Lists.OfAllAsync(Everything with { Text = placed[2], IsStaff = true }, "", 10, CancellationToken.None)));
        Assert.Equal([placed[3]], Ids(await _bench.Lists.OfAllAsync(Everything with { Text = placed[3][8..24].ToUpperInvariant(), IsStaff = true }, "", 10, CancellationToken.None)));
        Assert.Equal(5, (await _bench.Lists.OfAllAsync(Everything with { Text = "ann@example", IsStaff = true }, "", 10, CancellationToken.None)).Orders.Count);
        Assert.Empty((await _bench.Lists.OfCustomerAsync("customer-0", Everything with { Text = "ann@example" }, "", 10, CancellationToken.None)).Orders);
    }

    [Fact]
    public async Task A_claimed_order_is_in_its_new_owners_list_and_in_nobody_elses()
    {
        var guest = await _bench.SellAsync("guest-1", change: order => order with { IsGuest = true });
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var own = await _bench.SellAsync("ann");
        await _bench.ChangeAsync(new NexusCart.Orders.Actors.ClaimOrder(guest, "ann"));
        await _bench.SettleAsync();

        Assert.Equal([own, guest], await AllAsync((token, limit) => _bench.Lists.OfCustomerAsync("ann", Everything, token, limit, CancellationToken.None), 1));
        Assert.Empty((await _bench.Lists.OfCustomerAsync("guest-1", Everything, "", 10, CancellationToken.None)).Orders);
        var other = await _bench.Store.ExecuteAsync(guest, new NexusCart.Orders.Actors.ClaimOrder(guest, "bob"));
        Assert.Equal(Denial.NotFound, other.Denied?.Reason);
    }

    [Theory]
    [InlineData("!")]
    [InlineData("MQ")]
    [InlineData("LTE")]
    public async Task A_token_of_another_list_is_refused(string token)
    {
        await PlaceManyAsync(2);
        var violations = new NexusCart.Platform.Errors.Violations();
        OrderLists.CheckToken(violations, token);
        if (!violations.None)
            return;
        var refusal = await Assert.ThrowsAsync<RpcException>(() => _bench.Lists.OfAllAsync(Everything, token, 10, CancellationToken.None));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
    }

    private static IEnumerable<string> Ids(OrderPage page) => page.Orders.Select(order => order.OrderId);

    private static async Task<List<string>> AllAsync(Func<string, int, Task<OrderPage>> read, int limit)
    {
        var all = new List<string>();
        var token = "";
        do
        {
            var page = await read(token, limit);
            Assert.InRange(page.Orders.Count, 0, limit);
            all.AddRange(Ids(page));
            token = page.NextToken;
        }
        while (token.Length > 0);
        return all;
    }

    private async Task<List<string>> PlaceManyAsync(int count)
    {
        var placed = new List<string>();
        for (var i = 0; i < count; i++)
        {
            placed.Add((await _bench.PlaceAsync(_bench.Draft($"customer-{i % 7}", $"key-{i}"))).Order!.OrderId);
            // Its saga has started by then: a start that is tried for too long, by this clock, is given up.
            await _bench.SettleAsync();
            _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        return placed;
    }
}
