using Google.Rpc;
using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Orders.Api;
using NexusCart.Orders.V1;

namespace NexusCart.Tests.Unit.Orders;

public class CheckoutTermsTests
{
    [Fact]
    public void A_good_request_is_read_as_it_is()
    {
        var terms = CheckoutTerms.Read(Request());
        Assert.Equal(("c-1", "pm_card_visa", "ann@example.org", "Hamburg"), (terms.CartId, terms.PaymentMethod, terms.Email, terms.Address.City));
    }

    [Fact]
    public void An_empty_request_hears_of_all_its_fields() =>
        Assert.Equal(["cartId", "paymentMethod", "email", "shippingAddress"], Fields(new CheckoutRequest()));

    [Theory]
    [InlineData("paypal")]
    [InlineData("saved_0123456789abcdef0123456789abcdef")]
    public void Payment_methods_of_all_kinds_are_taken(string method)
    {
        var request = Request();
        request.PaymentMethod = method;
        Assert.Equal(method, CheckoutTerms.Read(request).PaymentMethod);
    }

    [Theory]
    [InlineData("4242424242424242")]
    [InlineData("pm_")]
    [InlineData("pm_card visa")]
    [InlineData("pm_card_visa\n")]
    public void A_payment_method_is_a_token_and_never_repeated_in_the_answer(string method)
    {
        var request = Request();
        request.PaymentMethod = method;
        Assert.Equal(["paymentMethod"], Fields(request));
        Assert.DoesNotContain("4242", Assert.Throws<RpcException>(() => CheckoutTerms.Read(request)).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("Ann <ann@example.org>")]
    [InlineData("ann@example.org\r\nBcc: x@y.z")]
    public void An_email_is_an_address_and_nothing_else(string email)
    {
        var request = Request();
        request.Email = email;
        Assert.Equal(["email"], Fields(request));
    }

    [Fact]
    public void Every_part_of_the_address_is_judged()
    {
        var request = Request();
        request.ShippingAddress = new Address { FullName = " ", Line1 = new string('x', 201), Line2 = "a\u0001b", Country = "de" };
        Assert.Equal(
            ["shippingAddress.fullName", "shippingAddress.line1", "shippingAddress.line2", "shippingAddress.postalCode", "shippingAddress.city", "shippingAddress.country"],
            Fields(request));
    }

    [Theory]
    [InlineData("wait=20", 20)]
    [InlineData("respond-async, wait=5", 5)]
    [InlineData("Wait = 7", 7)]
    [InlineData("wait=\"3\"", 3)]
    [InlineData("wait=1000", 30)]
    [InlineData("wait=0", 0)]
    [InlineData("wait=-1", null)]
    [InlineData("wait=soon", null)]
    [InlineData("return=minimal", null)]
    [InlineData("", null)]
    public void The_wait_preference_is_read_leniently(string header, int? seconds) => Assert.Equal(seconds, WaitPreference.Read([header]));

    private static IEnumerable<string> Fields(CheckoutRequest request) =>
        Assert.Throws<RpcException>(() => CheckoutTerms.Read(request)).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field);

    private static CheckoutRequest Request() => new()
    {
        CartId = "c-1",
        PaymentMethod = "pm_card_visa",
        Email = "ann@example.org",
        ShippingAddress = new Address { FullName = "Ann Other", Line1 = "1 Harbour Street", PostalCode = "20457", City = "Hamburg", Country = "DE" },
    };
}
