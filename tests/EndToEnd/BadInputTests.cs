using System.Net.Http.Json;
using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>Bad input is answered with a problem document or a gRPC status that names what is wrong, and changes nothing.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class BadInputTests(EmbeddedShop shop) : ShopTests(shop)
{
    [Theory]
    [InlineData("NO-SUCH-SKU", 1, 400, "sku")]
    [InlineData("not a sku!", 1, 400, "sku")]
    [InlineData(null, 0, 400, "quantity")]
    [InlineData(null, -3, 400, "quantity")]
    [InlineData(null, 1_000_000, 400, "quantity")]
    public async Task A_bad_line_is_refused_and_the_cart_stays_empty(string? sku, int quantity, int status, string named)
    {
        sku ??= await Fixture.ProductAsync(units: 5);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = (await buyer.SendAsync(HttpMethod.Post, "/v1/carts", new { currency = "EUR" })).Json.GetProperty("cartId").GetString();

        var answer = await buyer.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku, quantity });

        AssertProblem(answer, status, named);
        var seen = (await buyer.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}")).Json;
        Assert.False(seen.TryGetProperty("lines", out var lines) && lines.GetArrayLength() > 0);
    }

    [Theory]
    [InlineData("{\"cartId\": ", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("{\"cartId\": 5}", "application/json", 400)]
    [InlineData("cartId=1", "application/x-www-form-urlencoded", 415)]
    [InlineData("<cart/>", "text/xml", 415)]
    public async Task A_broken_body_is_refused(string body, string mediaType, int status)
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var answer = await buyer.SendRawAsync(HttpMethod.Post, "/v1/checkout", Shopper.Text(body, mediaType), "key");
        AssertProblem(answer, status);
        Assert.Empty(await OrdersAsync(buyer));
    }

    [Fact]
    public async Task A_body_of_ten_megabytes_is_refused()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var huge = "{\"cartId\":\"" + new string('x', 10 << 20) + "\"}";
        var answer = await buyer.SendRawAsync(HttpMethod.Post, "/v1/checkout", Shopper.Text(huge, "application/json"), "key");
        AssertProblem(answer, 413);
        Assert.Empty(await OrdersAsync(buyer));
    }

    [Fact]
    public async Task A_missing_token_is_refused()
    {
        var sku = await Fixture.ProductAsync(units: 5);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku);
        var answer = await buyer.SendRawAsync(
            HttpMethod.Post, "/v1/checkout", JsonContent.Create(Shopper.CheckoutBody(cart)), "key", authorised: false);
        AssertProblem(answer, 401);
        Assert.Empty(await OrdersAsync(buyer));
        Assert.Equal(5, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task A_missing_idempotency_key_is_refused()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var answer = await buyer.SendRawAsync(HttpMethod.Post, "/v1/checkout", JsonContent.Create(Shopper.CheckoutBody("c")), key: null);
        AssertProblem(answer, 400, "Idempotency-Key");
    }

    [Fact]
    public async Task Missing_fields_of_a_checkout_are_all_named()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var answer = await buyer.SendAsync(HttpMethod.Post, "/v1/checkout", new { cartId = "c", paymentMethod = "4242424242424242" });
        AssertProblem(answer, 400, "paymentMethod", "email", "shippingAddress");
        Assert.DoesNotContain("4242424242424242", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_cart_cannot_be_bought()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = (await buyer.SendAsync(HttpMethod.Post, "/v1/carts", new { currency = "EUR" })).Json.GetProperty("cartId").GetString()!;
        AssertProblem(await buyer.CheckoutAsync(cart, "key"), 400);
        Assert.Empty(await OrdersAsync(buyer));
    }

    [Fact]
    public async Task What_only_services_may_do_is_not_reachable_from_outside()
    {
        var shop = Fixture.Shop.Client;
        var token = await shop.GetTokenAsync("staff", ["inventory.write", "audit.read"], CancellationToken.None);
        var reserve = await Assert.ThrowsAsync<RpcException>(() => shop.Inventory.ReserveAsync(
            new Inventory.V1.ReserveRequest { ReservationId = "x", Lines = { new Inventory.V1.StockLine { Sku = "A", Quantity = 1 } } },
            ShopClient.Headers(token)).ResponseAsync);
        Assert.Contains(reserve.StatusCode, new[] { StatusCode.Unimplemented, StatusCode.NotFound, StatusCode.PermissionDenied });
        Assert.Equal(404, (await Fixture.Shop.Client.Http.GetAsync("/v1/nothing/here")).StatusCode switch { var code => (int)code });
    }

    [Fact]
    public async Task Over_grpc_the_status_says_it()
    {
        var shop = Fixture.Shop.Client;
        var token = await shop.GetTokenAsync(subject: null, roles: [], CancellationToken.None);
        var cart = await shop.Carts.CreateCartAsync(new CreateCartRequest(), ShopClient.Headers(token, "cart"));

        var quantity = await Assert.ThrowsAsync<RpcException>(() => shop.Carts.AddLineAsync(
            new AddLineRequest { CartId = cart.CartId, Sku = "A", Quantity = 0 }, ShopClient.Headers(token, "l1")).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, quantity.StatusCode);
        Assert.Contains("quantity", quantity.Status.Detail, StringComparison.Ordinal);

        var noToken = await Assert.ThrowsAsync<RpcException>(() => shop.Carts.GetCartAsync(new GetCartRequest { CartId = cart.CartId }).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, noToken.StatusCode);

        var noKey = await Assert.ThrowsAsync<RpcException>(() => shop.Carts.AddLineAsync(
            new AddLineRequest { CartId = cart.CartId, Sku = "A", Quantity = 1 }, ShopClient.Headers(token)).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, noKey.StatusCode);
    }

    private static void AssertProblem(ShopAnswer answer, int status, params string[] named)
    {
        Assert.True(answer.Status == status, answer.ToString());
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.NotEmpty(answer.Json.GetProperty("title").GetString()!);
        Assert.All(named, field => Assert.Contains(field, answer.Body, StringComparison.Ordinal));
    }

    private static async Task<IEnumerable<string>> OrdersAsync(Shopper buyer)
    {
        var answer = await buyer.SendAsync(HttpMethod.Get, "/v1/orders");
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json.TryGetProperty("orders", out var orders)
            ? [.. orders.EnumerateArray().Select(order => order.GetProperty("orderId").GetString()!)]
            : [];
    }
}
