using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.Api;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Unit.Payments;

public sealed class PaymentRequestTests
{
    [Theory]
    [InlineData("", 100, "EUR", "pm_card_visa", "paymentId")]
    [InlineData("a b", 100, "EUR", "pm_card_visa", "paymentId")]
    [InlineData("order-1", 0, "EUR", "pm_card_visa", "amount")]
    [InlineData("order-1", -5, "EUR", "pm_card_visa", "amount")]
    [InlineData("order-1", 100, "eur", "pm_card_visa", "amount")]
    [InlineData("order-1", 100, "", "pm_card_visa", "amount")]
    [InlineData("order-1", 100, "EUR", "", "paymentMethod")]
    [InlineData("order-1", 100, "EUR", "4242424242424242", "paymentMethod")]
    [InlineData("order-1", 100, "EUR", "4242 4242 4242 4242", "paymentMethod")]
    public void A_bad_field_is_named(string paymentId, long amount, string currency, string method, string field)
    {
        var request = new AuthorizeRequest { PaymentId = paymentId, Amount = new Money { MinorUnits = amount, Currency = currency }, PaymentMethod = method };
        var refusal = Assert.Throws<RpcException>(() => PaymentRequests.Check(request));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains(field, refusal.Status.Detail);
        Assert.DoesNotContain("4242", refusal.Status.Detail);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var refusal = Assert.Throws<RpcException>(() => PaymentRequests.Check(new RefundRequest()));
        Assert.All(new[] { "paymentId", "refundId", "amount" }, field => Assert.Contains(field, refusal.Status.Detail));
    }
}
