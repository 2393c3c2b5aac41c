using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Api;
using NexusCart.Orders.V1;
using NexusCart.Tests.Unit.Platform;
using NexusCart.Workflows.Checkout;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>The public API on real ports, over JSON and gRPC.</summary>
public sealed class OrdersApiTests : IAsyncLifetime
{
    private readonly OrdersBench _bench = new();
    private readonly FakeCarts _carts = new();
    private readonly FakeCatalog _catalog = new();
    private PlatformHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await PlatformHost.StartAsync(
        builder => builder.Services
            .AddSingleton(_bench.Store)
            .AddSingleton(new QuoteReader(_carts, _catalog, new FakeFlashSales(), Pricing.Desk(Pricing.GermanTax), new FakePromotions()))
            .AddSingleton(services => new CheckoutDesk(
                _bench.Store, _bench.Watch, services.GetRequiredService<QuoteReader>(), _bench.Options, _bench.Clock))
            .AddAfterSales(_bench),
        app => app.MapGrpcService<OrdersService>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_checkout_under_way_is_202_and_one_at_its_end_200()
    {
        var (status, started) = await CheckoutAsync("key-1");
        Assert.Equal((HttpStatusCode.Accepted, "ORDER_STATUS_STARTING"), (status, started.GetProperty("status").GetString()));
        var orderId = started.GetProperty("orderId").GetString()!;

        await _bench.Journal.BeginAsync(orderId);
        await _bench.Journal.CompleteAsync(orderId, [new StepReport(Some.Noon, "complete", "succeeded")]);

        var (again, ended) = await CheckoutAsync("key-1");
        Assert.Equal((HttpStatusCode.OK, "ORDER_STATUS_PAID"), (again, ended.GetProperty("status").GetString()));
        Assert.Equal(orderId, ended.GetProperty("orderId").GetString());
        Assert.Equal("1250", ended.GetProperty("total").GetProperty("minorUnits").GetString());
    }

    [Fact]
    public async Task Over_grpc_the_same_call_simply_succeeds()
    {
        var order = await Client.CheckoutAsync(Request(), Headers("ann", "key-1"));
        var read = await Client.GetOrderAsync(new GetOrderRequest { OrderId = order.OrderId }, Headers("ann"));

        Assert.Equal(OrderStatus.Starting, order.Status);
        // The checkout's answer stays what it was; what comes after it is told to whoever reads the order.
        Assert.Equal(PaymentState.Unpaid, read.PaymentState);
        (read.PaymentState, read.Refunded) = (PaymentState.Unspecified, null);
        Assert.Equal(order, read);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_409()
    {
        await CheckoutAsync("key-1");
        var (status, problem) = await CheckoutAsync("key-1", city: "Kiel");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(409, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_quote_says_what_a_checkout_would_cost()
    {
        var quote = await Client.QuoteCheckoutAsync(
            new QuoteCheckoutRequest { CartId = "cart-1", Country = "DE", PostalCode = "20095" }, Headers("ann"));
        var order = await Client.CheckoutAsync(Request(), Headers("ann", "key-1"));

        Assert.Equal((1_250L, 1_250L, true), (quote.Total.MinorUnits, quote.Subtotal.MinorUnits, quote.TaxIncluded));
        Assert.Equal([("standard", 0L)], quote.ShippingOptions.Select(option => (option.MethodId, option.Price.MinorUnits)));
        // 19 % in 10.00 and in 2.50 euro.
        Assert.Equal((1900, 200L, 1_050L), quote.Taxes.Select(tax => (tax.RateBasisPoints, tax.Amount.MinorUnits, tax.Net.MinorUnits)).Single());
        Assert.Equal(
            (quote.Total, quote.Subtotal, quote.Shipping, quote.TaxIncluded), (order.Total, order.Subtotal, order.Shipping, order.TaxIncluded));
        Assert.Equal(quote.Taxes, order.Taxes);
        Assert.Equal(quote.Lines, order.Lines);
    }

    [Fact]
    public async Task A_quote_names_every_field_that_is_wrong()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/checkout/quote")
        {
            Content = JsonContent.Create(new { cartId = "", country = "Germany", region = new string('x', 201), postalCode = "\u0007", shippingMethod = "by air" }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User("ann"));
        using var answer = await _host.Http.SendAsync(request);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(
            ["cartId", "country", "postalCode", "region", "shippingMethod"],
            problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_key_or_a_token_nothing_happens()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await CheckoutAsync(key: null)).Status);
        using var anonymous = await _host.Http.PostAsJsonAsync("/v1/checkout", new { });
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Empty(_bench.Engine.Started);
    }

    [Fact]
    public async Task An_empty_cart_is_a_problem_that_names_it()
    {
        _carts.Cart.Lines.Clear();
        var (status, problem) = await CheckoutAsync("key-1");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("cart_id", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_is_heeded_and_said_to_be()
    {
        using var request = CheckoutMessage("key-1", "Hamburg");
        request.Headers.Add("Prefer", "wait=20");
        var answering = _host.Http.SendAsync(request);
        while (_bench.Engine.Started.IsEmpty)
            await Task.Delay(5);
        var orderId = _bench.Engine.Started.Single().Split(' ')[1];
        await _bench.Journal.BeginAsync(orderId);
        await _bench.Journal.RequireActionAsync(
            orderId,
            new RequiredAction("three_d_secure", orderId, "pi_1_secret_2", "https://provider.example/3ds"),
            new StepReport(Some.Noon, "authorise", "started"));

        using var answer = await answering;
        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("wait=20", answer.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal("ORDER_STATUS_ACTION_REQUIRED", order.GetProperty("status").GetString());
        Assert.Equal("pi_1_secret_2", order.GetProperty("paymentAction").GetProperty("clientSecret").GetString());
    }

    [Fact]
    public async Task An_order_is_its_owners_alone()
    {
        var order = await Client.CheckoutAsync(Request(), Headers("ann", "key-1"));

        foreach (var orderId in new[] { order.OrderId, "0-00-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d", "nonsense" })
        {
            var refusal = await Assert.ThrowsAsync<RpcException>(
                () => Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, Headers("bob")).ResponseAsync);
            Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
        }

        Assert.Empty((await Client.ListOrdersAsync(new ListOrdersRequest(), Headers("bob"))).Orders);
        Assert.Equal(order.OrderId, (await Client.ListOrdersAsync(new ListOrdersRequest(), Headers("ann"))).Orders.Single().OrderId);
    }

    [Fact]
    public async Task The_auditor_sees_every_order_of_a_shard_and_nobody_else_does()
    {
        var placed = new List<string>();
        for (var i = 0; i < 6; i++)
            placed.Add((await Client.CheckoutAsync(Request(), Headers("ann", $"key-{i}"))).OrderId);

        var audited = new List<OrderAudit>();
        for (var shard = 0; shard < OrdersBench.ShardCount; shard++)
        {
            var token = "";
            do
            {
                var page = await Client.AuditShardAsync(
                    new AuditShardRequest { Shard = shard, PageToken = token }, Headers("auditor", roles: ["audit.read"]));
                Assert.Equal(OrdersBench.ShardCount, page.ShardCount);
                audited.AddRange(page.Orders);
                token = page.NextPageToken;
            }
            while (token.Length > 0);
        }

        Assert.Equal(placed, audited.Select(order => order.OrderId));
        Assert.All(audited, order => Assert.Equal(("ann", 1_250L, 2), (order.CustomerId, order.Total.MinorUnits, order.Lines.Count)));
        var refusal = await Assert.ThrowsAsync<RpcException>(() => Client.AuditShardAsync(new AuditShardRequest(), Headers("ann")).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
    }

    [Theory]
    [InlineData(-1, "")]
    [InlineData(101, "")]
    [InlineData(0, "x")]
    public async Task Bad_pages_are_refused(int size, string token)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => Client.ListOrdersAsync(
            new ListOrdersRequest { PageSize = size, PageToken = token }, Headers("ann")).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
    }

    private OrdersClient Client => new(_host.Channel);

    private static CheckoutRequest Request() => new()
    {
        CartId = "cart-1",
        PaymentMethod = "pm_card_visa",
        Email = "ann@example.org",
        ShippingAddress = new Common.V1.Address { FullName = "Ann Other", Line1 = "1 Harbour Street", PostalCode = "20457", City = "Hamburg", Country = "DE" },
    };

    private Metadata Headers(string subject, string? key = null, string[]? roles = null)
    {
        var headers = new Metadata { { "authorization", $"Bearer {_host.Keys.User(subject, roles)}" } };
        if (key is not null)
            headers.Add("idempotency-key", key);
        return headers;
    }

    private HttpRequestMessage CheckoutMessage(string? key, string city)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/checkout")
        {
            Content = JsonContent.Create(new
            {
                cartId = "cart-1",
                paymentMethod = "pm_card_visa",
                email = "ann@example.org",
                shippingAddress = new { fullName = "Ann Other", line1 = "1 Harbour Street", postalCode = "20457", city, country = "DE" },
            }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User("ann"));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> CheckoutAsync(string? key, string city = "Hamburg")
    {
        using var request = CheckoutMessage(key, city);
        using var answer = await _host.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
