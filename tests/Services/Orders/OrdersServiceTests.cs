using Grpc.Core;
using NexusCart.Orders.V1;

namespace NexusCart.Tests.Services.Orders;

/// <summary>An order's whole life in the real program, over the real sidecar.</summary>
public class OrdersServiceTests(OrdersFixture fixture) : IClassFixture<OrdersFixture>
{
    private static readonly string[] Staff = ["orders.read", "orders.write", "audit.read"];

    [Fact]
    public async Task Bought_sent_from_two_warehouses_partly_returned_and_refunded()
    {
        var orderId = (await fixture.BuyAsync("ann", "k1")).OrderId;
        var paid = await fixture.WhenAsync("ann", orderId, order => order.Shipments.Count > 0);
        Assert.Equal([("north", 2), ("south", 1)], paid.Shipments.Select(shipment => (shipment.WarehouseId, shipment.Lines.Single().Quantity)));

        foreach (var (shipment, to) in new[] { ("s1", ShipmentStatus.Shipped), ("s2", ShipmentStatus.Shipped), ("s1", ShipmentStatus.Delivered), ("s2", ShipmentStatus.Delivered) })
            await fixture.Client.MoveShipmentAsync(new MoveShipmentRequest { OrderId = orderId, ShipmentId = shipment, To = to }, OrdersFixture.User("sam", null, Staff));
        await fixture.Client.RequestReturnAsync(
            new RequestReturnRequest { OrderId = orderId, Reason = "chipped", Lines = { new OrderUnits { Sku = "mug", Quantity = 1 } } }, OrdersFixture.User("ann", "k2"));
        await fixture.Client.DecideReturnAsync(
            new DecideReturnRequest { OrderId = orderId, ReturnId = "r1", Approve = true, Reason = "Send it in." }, OrdersFixture.User("sam", null, Staff));
        await fixture.Client.ReceiveReturnAsync(
            new ReceiveReturnRequest { OrderId = orderId, ReturnId = "r1", Lines = { new ReceivedUnits { Sku = "mug", Quantity = 1, Disposition = Disposition.Restock } } },
            OrdersFixture.User("sam", null, Staff));

        var ended = await fixture.WhenAsync("ann", orderId, order => order.Returns[0].Status == ReturnStatus.Completed && order.Documents.All(document => document.Number.Length > 0));
        Assert.Equal((OrderStatus.Delivered, PaymentState.PartiallyRefunded, 1), (ended.Status, ended.PaymentState, ended.Lines[0].Returned));
        Assert.Equal(["invoice", "credit-f1"], ended.Documents.Select(document => document.DocumentId));
        Assert.Equal(1, fixture.Books.Returned[$"{orderId}-r1"]);
        Assert.Equal(ended.Refunded.MinorUnits, fixture.Books.Refunded[(orderId, "f1")]);
        await fixture.EventuallyAsync("all of it is in the log", async () =>
        {
            var log = await fixture.Client.ListAuditLogAsync(new ListAuditLogRequest(), OrdersFixture.User("eve", null, Staff));
            return log.Entries.Count(entry => entry.OrderId == orderId) == 6;
        });
    }

    [Fact]
    public async Task Cancelled_by_its_customer_money_and_units_are_back()
    {
        var order = await fixture.BuyAsync("bob", "k1");
        await fixture.WhenAsync("bob", order.OrderId, paid => paid.Shipments.Count > 0);
        await fixture.Client.CancelOrderAsync(new CancelOrderRequest { OrderId = order.OrderId }, OrdersFixture.User("bob", "k2"));

        var ended = await fixture.WhenAsync("bob", order.OrderId, cancelled => cancelled.Status == OrderStatus.Cancelled);
        Assert.Equal((PaymentState.Refunded, 3), (ended.PaymentState, ended.Lines[0].Cancelled));
        Assert.Equal(fixture.Books.Captured[order.OrderId], fixture.Books.Refunded[(order.OrderId, "f1")]);
        Assert.Equal(3, fixture.Books.Returned[$"{order.OrderId}-c1"]);
    }

    [Fact]
    public async Task Staff_find_orders_and_nobody_else_does()
    {
        var orderId = (await fixture.BuyAsync("cid", "k1")).OrderId;
        var found = await fixture.Client.SearchOrdersAsync(new SearchOrdersRequest { Text = "cid@example.org" }, OrdersFixture.User("sam", null, Staff));
        Assert.Equal(orderId, Assert.Single(found.Orders).Order.OrderId);
        Assert.Empty((await fixture.Client.ListOrderTasksAsync(new ListOrderTasksRequest(), OrdersFixture.User("sam", null, Staff))).Orders);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => fixture.Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, OrdersFixture.User("eve")).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }
}
