using Grpc.Core;
using NexusCart.Inventory.V1;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services.Inventory;

/// <summary>Inventory as services, staff and customers meet it: two replicas, events, kills.</summary>
public sealed class InventoryServiceTests(InventoryFixture inventory) : IClassFixture<InventoryFixture>
{
    private readonly string _id = Guid.CreateVersion7().ToString("N");

    [Fact]
    public async Task Both_replicas_see_what_either_changes()
    {
        var sku = $"{_id}-a";
        await ReceiveAsync(sku, 10);
        Assert.Equal(10, await InventoryFixture.AvailableAsync(inventory.One, sku));
        await SeenAsync(sku, 10);
        await inventory.Other.ReserveAsync(Reserve("o1", sku, 4), InventoryFixture.Service);
        Assert.Equal(6, await InventoryFixture.AvailableAsync(inventory.Other, sku));
        await SeenAsync(sku, 6);
    }

    [Fact]
    public async Task Units_come_from_the_nearest_warehouse_and_the_allocation_is_kept()
    {
        var sku = $"{_id}-b";
        await PutWarehouseAsync("paris", "FR", 1);
        await PutWarehouseAsync("berlin", "DE", 2);
        await ReceiveAsync(sku, 5, "paris");
        await ReceiveAsync(sku, 3, "berlin");

        var held = await inventory.One.ReserveAsync(Reserve("o1", sku, 2, "PL"), InventoryFixture.Service);
        Assert.Equal([("berlin", 2)], Parts(held.Allocations));
        var split = await inventory.One.ReserveAsync(Reserve("o2", sku, 6, "DE"), InventoryFixture.Service);
        Assert.Equal([("berlin", 1), ("paris", 5)], Parts(split.Allocations));
        var again = await inventory.Other.ReserveAsync(Reserve("o2", sku, 6, "FR"), InventoryFixture.Service);
        Assert.Equal(Parts(split.Allocations), Parts(again.Allocations));

        var committed = await inventory.One.CommitAsync(Commit("o2", sku, 6), InventoryFixture.Service);
        Assert.Equal(Parts(split.Allocations), Parts(committed.Allocations));
        await inventory.One.RestockAsync(new RestockRequest { ReservationId = Id("o2"), Lines = { Line(sku, 6) } }, InventoryFixture.Service);
        var stock = await StockAsync(sku);
        Assert.Equal([("berlin", 3, 2), ("paris", 5, 0)], stock.Warehouses.Where(there => there.OnHand > 0)
            .Select(there => (there.WarehouseId, (int)there.OnHand, (int)there.Reserved)).Order());
    }

    [Fact]
    public async Task A_closed_warehouse_sells_nothing_and_takes_nothing_in()
    {
        var sku = $"{_id}-c";
        var place = $"w-{_id}";
        await PutWarehouseAsync(place, "DE", 5);
        await ReceiveAsync(sku, 4, place);
        await PutWarehouseAsync(place, "DE", 5, active: false);
        await SeenAsync(sku, 0);
        var refused = await inventory.One.ReserveAsync(Reserve("o1", sku, 1), InventoryFixture.Service);
        Assert.Equal((false, 0), (refused.Reserved, refused.Shortages.Single().Available));
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(inventory.One.ReceiveStockAsync(Receipt(sku, 1, place), InventoryFixture.Staff)));
        await PutWarehouseAsync(place, "DE", 5);
        await SeenAsync(sku, 4);
    }

    [Fact]
    public async Task Backorders_are_filled_oldest_first_and_told()
    {
        var sku = $"{_id}-d";
        await inventory.One.SetStockPolicyAsync(
            new SetStockPolicyRequest { Sku = sku, Policy = new StockPolicy { Backorder = BackorderMode.Limited, BackorderLimit = 3 } }, InventoryFixture.Staff);
        await ReceiveAsync(sku, 1);
        var first = await inventory.One.ReserveAsync(Reserve("o1", sku, 3), InventoryFixture.Service);
        Assert.Equal((1, 2), (first.Allocations.Single().Quantity, first.Backordered.Single().Quantity));
        await inventory.One.CommitAsync(Commit("o1", sku, 3), InventoryFixture.Service);
        var second = await inventory.One.ReserveAsync(Reserve("o2", sku, 1), InventoryFixture.Service);
        Assert.Equal((true, 1), (second.Reserved, second.Backordered.Single().Quantity));
        Assert.False((await inventory.One.ReserveAsync(Reserve("o3", sku, 1), InventoryFixture.Service)).Reserved);
        await SeenAsync(sku, -3);

        await ReceiveAsync(sku, 2, receipt: "late");
        await SeenAsync(sku, -1);
        await ToldAsync($"{Id("o1")}:{sku}", "stock.backorder_filled.v1");
        Assert.Empty(inventory.News($"{Id("o2")}:{sku}"));
        await ReceiveAsync(sku, 5, receipt: "later");
        await ToldAsync($"{Id("o2")}:{sku}", "stock.backorder_filled.v1");
        await SeenAsync(sku, 4);
        var told = inventory.News($"{Id("o1")}:{sku}").Single().Data;
        Assert.Equal((2, 0), (told.GetProperty("allocations")[0].GetProperty("quantity").GetInt32(), told.GetProperty("waiting").GetInt32()));
    }

    [Fact]
    public async Task Low_stock_is_told_once_until_it_was_refilled()
    {
        var sku = $"{_id}-e";
        await ReceiveAsync(sku, 4);
        await inventory.One.ReserveAsync(Reserve("o1", sku, 2), InventoryFixture.Service);
        await inventory.One.ReserveAsync(Reserve("o2", sku, 1), InventoryFixture.Service);
        await ReceiveAsync(sku, 5, receipt: "refill");
        await inventory.One.ReserveAsync(Reserve("o3", sku, 5), InventoryFixture.Service);
        await inventory.EventuallyAsync("low twice", () => Task.FromResult(inventory.News(sku).Count(told => told.Type == "stock.low.v1") == 2));
        Assert.Equal([2, 1], inventory.News(sku).Where(told => told.Type == "stock.low.v1").Select(told => told.Data.GetProperty("available").GetInt32()));
    }

    [Fact]
    public async Task Staff_corrects_and_carries_once_and_the_ledger_says_who()
    {
        var sku = $"{_id}-f";
        await PutWarehouseAsync("berlin", "DE", 2);
        await ReceiveAsync(sku, 10);
        await inventory.One.ReserveAsync(Reserve("o1", sku, 4), InventoryFixture.Service);
        var lost = new AdjustStockRequest { AdjustmentId = Id("adjust"), Sku = sku, Delta = -2, Reason = AdjustmentReason.Damaged };
        Assert.Equal((8L, true), Answer(await inventory.One.AdjustStockAsync(lost, InventoryFixture.Staff)));
        Assert.Equal((8L, false), Answer(await inventory.Other.AdjustStockAsync(lost, InventoryFixture.Staff)));
        var other = new AdjustStockRequest(lost) { Sku = $"{_id}-other" };
        Assert.Equal(StatusCode.AlreadyExists, await RefusalAsync(inventory.One.AdjustStockAsync(other, InventoryFixture.Staff)));
        var held = new AdjustStockRequest(lost) { AdjustmentId = Id("more"), Delta = -5 };
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(inventory.One.AdjustStockAsync(held, InventoryFixture.Staff)));

        var carry = new TransferStockRequest { TransferId = Id("carry"), Sku = sku, Quantity = 3, ToWarehouseId = "berlin" };
        Assert.Equal(5, (await inventory.One.TransferStockAsync(carry, InventoryFixture.Staff)).OnHand);
        Assert.False((await inventory.Other.TransferStockAsync(carry, InventoryFixture.Staff)).Applied);
        carry.Quantity = 1;
        Assert.Equal(StatusCode.AlreadyExists, await RefusalAsync(inventory.One.TransferStockAsync(carry, InventoryFixture.Staff)));

        var first = await inventory.One.ListMovementsAsync(new ListMovementsRequest { Sku = sku, PageSize = 3 }, InventoryFixture.Staff);
        var rest = await inventory.Other.ListMovementsAsync(
            new ListMovementsRequest { Sku = sku, PageSize = 3, PageToken = first.NextPageToken }, InventoryFixture.Staff);
        Assert.Empty(rest.NextPageToken);
        Assert.Equal(
            [MovementKind.Transfer, MovementKind.Transfer, MovementKind.Adjustment, MovementKind.Reservation, MovementKind.Receipt],
            first.Movements.Concat(rest.Movements).Select(movement => movement.Kind));
        var adjustment = first.Movements[2];
        Assert.Equal(("damaged", "somebody", -2L, 8L, Id("adjust")), (adjustment.Reason, adjustment.Subject, adjustment.Delta, adjustment.Balance, adjustment.CauseId));
    }

    [Fact]
    public async Task Returned_units_come_back_once_long_after_their_reservation()
    {
        var sku = $"{_id}-g";
        await ReceiveAsync(sku, 5);
        await inventory.One.ReserveAsync(Reserve("o1", sku, 3), InventoryFixture.Service);
        await inventory.One.CommitAsync(Commit("o1", sku, 3), InventoryFixture.Service);
        var back = new ReceiveReturnRequest
        {
            ReturnId = Id("return"),
            OrderId = Id("o1"),
            Lines =
            {
                new ReturnLine { Sku = sku, Quantity = 1, Disposition = ReturnDisposition.Restock },
                new ReturnLine { Sku = sku, Quantity = 1, Disposition = ReturnDisposition.Scrap },
            },
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await inventory.One.ReceiveReturnAsync(back, InventoryFixture.Service)));
        Assert.Single(answers, answer => answer.Applied);
        await SeenAsync(sku, 3);
        back.Lines[0].Quantity = 2;
        Assert.Equal(StatusCode.AlreadyExists, await RefusalAsync(inventory.Other.ReceiveReturnAsync(back, InventoryFixture.Service)));
    }

    [Fact]
    public async Task Killed_replicas_know_everything_again()
    {
        var sku = $"{_id}-h";
        await PutWarehouseAsync("berlin", "DE", 2);
        await ReceiveAsync(sku, 5, "berlin");
        await inventory.One.ReserveAsync(Reserve("o1", sku, 2), InventoryFixture.Service);
        await inventory.KillAsync();
        await inventory.StartAsync();
        Assert.Equal(3, await InventoryFixture.AvailableAsync(inventory.One, sku));
        Assert.Equal(3, await InventoryFixture.AvailableAsync(inventory.Other, sku));
        var committed = await inventory.Other.CommitAsync(Commit("o1", sku, 2), InventoryFixture.Service);
        Assert.Equal([("berlin", 2)], Parts(committed.Allocations));
    }

    [Fact]
    public async Task Two_hundred_SKUs_are_answered_at_once_and_one_more_is_refused_by_name()
    {
        var request = new GetAvailabilityRequest { Skus = { Enumerable.Range(0, 200).Select(i => $"{_id}-{i}") } };
        Assert.Equal(200, (await inventory.One.GetAvailabilityAsync(request)).Items.Count);
        request.Skus.Add("one-more");
        var refused = await Assert.ThrowsAsync<RpcException>(() => inventory.One.GetAvailabilityAsync(request).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("skus: must be 1 to 200 SKUs", refused.Status.Detail);
    }

    [Fact]
    public async Task Only_staff_changes_stock_and_only_services_reserve()
    {
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(inventory.One.ListWarehousesAsync(new ListWarehousesRequest(), Tokens.User("guest"))));
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(inventory.One.AdjustStockAsync(new AdjustStockRequest(), InventoryFixture.Service)));
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(inventory.One.ReceiveReturnAsync(new ReceiveReturnRequest(), InventoryFixture.Staff)));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(inventory.One.ListMovementsAsync(new ListMovementsRequest { Sku = "A" }, Tokens.User("audit.read"))));
    }

    private string Id(string name) => $"{name}-{_id}";

    private ReserveRequest Reserve(string order, string sku, int quantity, string country = "") =>
        new() { ReservationId = Id(order), Lines = { Line(sku, quantity) }, ShipToCountry = country };

    private CommitRequest Commit(string order, string sku, int quantity) => new() { ReservationId = Id(order), Lines = { Line(sku, quantity) } };

    private async Task ReceiveAsync(string sku, int quantity, string warehouse = "", string receipt = "first") =>
        Assert.Equal(1, (await inventory.One.ReceiveStockAsync(Receipt(sku, quantity, warehouse, receipt), InventoryFixture.Staff)).Applied);

    private ReceiveStockRequest Receipt(string sku, int quantity, string warehouse, string receipt = "first") =>
        new() { ReceiptId = Id($"{receipt}-{warehouse}"), WarehouseId = warehouse, Lines = { Line(sku, quantity) } };

    private async Task PutWarehouseAsync(string id, string country, int priority, bool active = true) => await inventory.One.PutWarehouseAsync(
        new PutWarehouseRequest { WarehouseId = id, Name = id, Country = country, Priority = priority, Active = active }, InventoryFixture.Staff);

    private async Task<Stock> StockAsync(string sku) => await inventory.One.GetStockAsync(new GetStockRequest { Sku = sku }, InventoryFixture.Staff);

    /// <summary>Both replicas' memories come to say the same.</summary>
    private async Task SeenAsync(string sku, int available)
    {
        await inventory.EventuallyAsync($"{available} of {sku} at one", async () => await InventoryFixture.AvailableAsync(inventory.One, sku) == available);
        await inventory.EventuallyAsync($"{available} of {sku} at the other", async () => await InventoryFixture.AvailableAsync(inventory.Other, sku) == available);
    }

    private Task ToldAsync(string key, string type) =>
        inventory.EventuallyAsync($"{type} of {key}", () => Task.FromResult(inventory.News(key).Any(told => told.Type == type)));

    private static StockLine Line(string sku, int quantity) => new() { Sku = sku, Quantity = quantity };

    private static (long OnHand, bool Applied) Answer(AdjustStockResponse answer) => (answer.OnHand, answer.Applied);

    private static IEnumerable<(string, int)> Parts(IEnumerable<Allocation> allocations) => allocations.Select(part => (part.WarehouseId, part.Quantity));

    private static async Task<StatusCode> RefusalAsync<T>(AsyncUnaryCall<T> call) =>
        (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
