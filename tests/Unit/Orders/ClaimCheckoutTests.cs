using Grpc.Core;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Events;
using NexusCart.Promotions.V1;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Buying a flash-sale claim.</summary>
public class ClaimCheckoutTests
{
    private static readonly CheckoutTerms Terms = new("", "pm_card_visa", "ann@example.org", Some.Address, ClaimId: "autumn-0");

    private readonly OrdersBench _bench = new();
    private readonly FakeFlashSales _sales = new();
    private readonly CheckoutDesk _desk;

    public ClaimCheckoutTests() => _desk = new CheckoutDesk(
        _bench.Store, _bench.Watch, new QuoteReader(new FakeCarts(), new FakeCatalog(), _sales, Pricing.Desk(), new FakePromotions()), _bench.Options, _bench.Clock);

    [Fact]
    public async Task The_order_is_at_the_price_of_the_sale()
    {
        var order = await PlaceAsync();

        Assert.Equal(2 * 199, order.Total.MinorUnits);
        Assert.Equal([("mug", "A mug", 2, 199L)], order.Lines.Select(line => (line.Sku, line.Title, line.Quantity, line.UnitPrice.MinorUnits)));
        Assert.Equal(("autumn-0", ""), (order.ClaimId, order.CartId));
        Assert.Equal("autumn-0", _bench.Options.Value.SagaInputOf(order).ClaimId);
    }

    [Fact]
    public async Task The_end_of_the_order_names_the_claim()
    {
        var order = await PlaceAsync();

        Assert.Equal("autumn-0", OrderEvents.Paid(order).Data.GetProperty("claimId").GetString());
        Assert.Equal("autumn-0", OrderEvents.Cancelled(order).Data.GetProperty("claimId").GetString());
        Assert.False(OrderEvents.Paid(order with { ClaimId = null }).Data.TryGetProperty("claimId", out _));
    }

    [Fact]
    public async Task The_same_key_finds_its_order_when_the_claim_has_moved_on()
    {
        var order = await PlaceAsync();
        _sales.Held.Status = FlashSaleClaimStatus.Checkout;

        Assert.Equal(order.OrderId, (await PlaceAsync()).OrderId);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => PlaceAsync("key-2"));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Contains("claim_id", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_claim_under_the_same_key_is_refused()
    {
        await PlaceAsync();
        _sales.Held.ClaimId = "autumn-1";

        var refusal = await Assert.ThrowsAsync<RpcException>(() => PlaceAsync(claimId: "autumn-1"));
        Assert.Equal(StatusCode.AlreadyExists, refusal.StatusCode);
    }

    [Theory]
    [InlineData("", "", "cartId")]
    [InlineData("cart-1", "autumn-0", "cartId")]
    [InlineData("", "autumn 0", "claimId")]
    public void A_purchase_is_a_cart_or_a_claim(string cartId, string claimId, string field)
    {
        var request = new Wire.CheckoutRequest { CartId = cartId, ClaimId = claimId, PaymentMethod = "pm_card_visa", Email = "ann@example.org" };

        var refusal = Assert.Throws<RpcException>(() => CheckoutTerms.Read(request));
        Assert.Contains($"{field}:", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private Task<Order> PlaceAsync(string key = "key-1", string claimId = "autumn-0") =>
        _desk.PlaceAsync("ann", key, Terms with { ClaimId = claimId }, TimeSpan.Zero, new AnnsCall());
}
