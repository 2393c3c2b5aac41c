using Grpc.Core;
using NexusCart.Orders.V1;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services.Orders;

/// <summary>A guest's order becomes an account's once, and is forgotten with the account.</summary>
public sealed class GuestOrderTests(OrdersFixture fixture) : IClassFixture<OrdersFixture>
{
    private static readonly string[] Staff = ["orders.read", "orders.write"];

    [Fact]
    public async Task A_guests_order_is_claimed_by_whoever_reads_its_mail_once_and_forgotten_with_his_account()
    {
        var orderId = (await fixture.BuyAsync("guest-9", "k1", ["guest"])).OrderId;
        await fixture.WhenAsync("guest-9", orderId, order => order.Shipments.Count > 0);
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(
            fixture.Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, OrdersFixture.User("erika"))));
        var token = await fixture.Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, Service());
        var claim = new ClaimOrderRequest { OrderId = orderId, Email = "guest-9@example.org", ClaimToken = token.ClaimToken_ };

        // A stranger has the number of the order, or a token of his own making, or a token without the address.
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(fixture.Client.ClaimOrderAsync(
            new ClaimOrderRequest(claim) { ClaimToken = $"{DateTimeOffset.MaxValue.ToUnixTimeSeconds()}.AAAA" }, OrdersFixture.User("eve"))));
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(fixture.Client.ClaimOrderAsync(
            new ClaimOrderRequest(claim) { Email = "eve@example.org" }, OrdersFixture.User("eve"))));
        for (var repeated = 0; repeated < 2; repeated++)
            Assert.Equal(orderId, (await fixture.Client.ClaimOrderAsync(claim, OrdersFixture.User("erika"))).OrderId);
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(fixture.Client.ClaimOrderAsync(claim, OrdersFixture.User("eve"))));
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(fixture.Client.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, Service())));
        await fixture.EventuallyAsync("it is among her orders", async () =>
            (await fixture.Client.ListOrdersAsync(new ListOrdersRequest(), OrdersFixture.User("erika"))).Orders.Any(order => order.OrderId == orderId));

        await fixture.PublishAsync("users", "user.erased.v1", new { userId = "erika", version = 3 }, "erika:3");
        foreach (var (shipment, to) in new[] { ("s1", ShipmentStatus.Shipped), ("s2", ShipmentStatus.Shipped), ("s1", ShipmentStatus.Delivered), ("s2", ShipmentStatus.Delivered) })
            await fixture.Client.MoveShipmentAsync(new MoveShipmentRequest { OrderId = orderId, ShipmentId = shipment, To = to }, OrdersFixture.User("sam", null, Staff));
        var forgotten = await fixture.WhenAsync("erika", orderId, order => order.Email.Length == 0);
        Assert.Equal(("", "", "DE"), (forgotten.ShippingAddress.FullName, forgotten.ShippingAddress.Line1, forgotten.ShippingAddress.Country));
        Assert.Equal(OrderStatus.Delivered, forgotten.Status);
        var invoice = await fixture.Client.GetDocumentAsync(new GetDocumentRequest { OrderId = orderId, DocumentId = "invoice" }, OrdersFixture.User("sam", null, Staff));
        Assert.Contains("Ann Other", invoice.Data.ToStringUtf8(), StringComparison.Ordinal);
        // The history of its saga had the address, too.
        await fixture.EventuallyAsync("the saga's history is gone", async () => !await fixture.HasWorkflowAsync(orderId));
    }

    private static Metadata Service() => new() { { "dapr-app-id", "orders" }, Tokens.Service().Single(header => header.Key == "nexus-service-token") };

    private static async Task<StatusCode> RefusalAsync<T>(AsyncUnaryCall<T> call) =>
        (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
