using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Http;
using NexusCart.Catalog.V1;
using NexusCart.Gateway.Contract;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using CatalogRpc = NexusCart.Catalog.V1.Catalog;
using InventoryRpc = NexusCart.Inventory.V1.Inventory;
using OrdersRpc = NexusCart.Orders.V1.Orders;
using PaymentsRpc = NexusCart.Payments.V1.Payments;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>What passes the gateway, where to, and what does not.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await GatewayHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "/v1/products/A-1", "catalog")]
    [InlineData("GET", "/v1/products?pageSize=3", "catalog")]
    [InlineData("GET", "/v1/categories", "catalog")]
    [InlineData("POST", "/v1/products:batchGet", "catalog")]
    [InlineData("GET", "/v1/availability/A-1", "inventory")]
    [InlineData("POST", "/v1/availability:batchGet", "inventory")]
    [InlineData("POST", "/webhooks/stripe", "payments")]
    [InlineData("GET", "/.well-known/openid-configuration", "users")]
    [InlineData("GET", "/.well-known/jwks", "users")]
    [InlineData("GET", "/connect/authorize?client_id=storefront", "users")]
    [InlineData("POST", "/connect/authorize", "users")]
    [InlineData("POST", "/connect/token", "users")]
    [InlineData("POST", "/connect/revoke", "users")]
    [InlineData("POST", "/connect/introspect", "users")]
    public async Task Open_routes_reach_their_app_with_their_path(string method, string path, string app)
    {
        var answer = await _host.SendAsync(new HttpMethod(method), path, content: method == "POST" ? Json("{}") : null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var arrival = Assert.Single(_host.Sidecar.Arrivals);
        Assert.Equal(app, arrival.Headers["dapr-app-id"]);
        Assert.Equal(path, arrival.Path + arrival.Query);
        Assert.Equal("HTTP/1.1", arrival.Protocol);
    }

    [Theory]
    [InlineData("POST", "/v1/carts", "carts")]
    [InlineData("PUT", "/v1/carts/c1/lines/s1", "carts")]
    [InlineData("POST", "/v1/checkout", "orders")]
    [InlineData("GET", "/v1/orders", "orders")]
    [InlineData("GET", "/v1/audit/payments/3", "payments")]
    [InlineData("GET", "/v1/users/me", "users")]
    [InlineData("DELETE", "/v1/users/me/sessions", "users")]
    [InlineData("POST", "/v1/stock:receive", "inventory")]
    public async Task Other_routes_need_a_token(string method, string path, string app)
    {
        var content = method == "GET" ? null : Json("{}");
        var refused = await _host.SendAsync(new HttpMethod(method), path, content: content, headers: ("Idempotency-Key", "k"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Empty(_host.Sidecar.Arrivals);

        var answer = await _host.SendAsync(new HttpMethod(method), path, _host.Keys.User("a"), method == "GET" ? null : Json("{}"), ("Idempotency-Key", "k"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var arrival = Assert.Single(_host.Sidecar.Arrivals);
        Assert.Equal(app, arrival.Headers["dapr-app-id"]);
        Assert.StartsWith("Bearer ", arrival.Headers["authorization"]);
    }

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/dapr/subscribe")]
    [InlineData("/healthz")]
    [InlineData("/nexuscart.inventory.v1.Inventory/Reserve")]
    [InlineData("/v1.0/invoke/payments/method/anything")]
    public async Task Anything_else_is_a_404_problem(string path)
    {
        var answer = await _host.SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(_host.Sidecar.Arrivals);
    }

    [Theory]
    [InlineData("/v1/products/a%0d%0ab")]
    [InlineData("/v1/products/%07")]
    [InlineData("/v1/products/%7f")]
    public async Task A_path_with_control_characters_goes_nowhere(string path)
    {
        var answer = await _host.SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(_host.Sidecar.Arrivals);
    }

    [Fact]
    public async Task The_sidecar_finds_health_and_subscriptions_but_not_the_public_routes()
    {
        Assert.Equal(HttpStatusCode.OK, (await _host.AppPort.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.AppPort.GetAsync("/dapr/subscribe")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _host.AppPort.GetAsync("/v1/products/A-1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _host.AppPort.PostAsync("/dev/tokens", null)).StatusCode);
    }

    [Theory]
    [InlineData(400, 400)]
    [InlineData(401, 401)]
    [InlineData(500, 503)]
    public async Task Errors_of_oauth_keep_their_form_and_those_of_the_sidecar_do_not(int status, int expected)
    {
        _host.Sidecar.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
        };
        var answer = await _host.SendAsync(HttpMethod.Post, "/connect/token", content: Json("{}"));
        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(status == expected, (await answer.Content.ReadAsStringAsync()).Contains("invalid_grant", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_method_is_405_and_says_which_are_taken()
    {
        var answer = await _host.SendAsync(HttpMethod.Delete, "/v1/products/A-1");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Contains("GET", answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Headers_in_the_shops_own_name_are_stripped_and_ours_are_set()
    {
        (string, string)[] lies =
        [
            ("dapr-app-id", "payments"), ("dapr-caller-app-id", "orders"), ("Dapr-Api-Token", "x"), ("nexus-service-token", "x"),
            ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-User", "admin"), ("Forwarded", "for=6.6.6.6"), ("X-Real-IP", "6.6.6.6"),
            ("Prefer", "wait=3"),
        ];
        await _host.SendAsync(HttpMethod.Get, "/v1/orders", _host.Keys.User("a"), headers: lies);
        var headers = Assert.Single(_host.Sidecar.Arrivals).Headers;
        Assert.Equal("orders", headers["dapr-app-id"]);
        Assert.Equal("wait=3", headers["prefer"]);
        Assert.DoesNotContain(headers, h => h.Value.Contains("6.6.6.6") || h.Value == "x" || h.Value == "admin");
        Assert.DoesNotContain("dapr-caller-app-id", headers.Keys);
    }

    [Fact]
    public async Task A_webhook_body_arrives_byte_for_byte()
    {
        var body = Encoding.UTF8.GetBytes("{ \"b\" : 1,\r\n\"a\":  \"\u00e9\\u00e9\" }  ");
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json; charset=utf-8");
        await _host.SendAsync(HttpMethod.Post, "/webhooks/stripe", content: content, headers: ("Stripe-Signature", "t=1,v1=abc"));
        var arrival = Assert.Single(_host.Sidecar.Arrivals);
        Assert.Equal(body, arrival.Body);
        Assert.Equal("t=1,v1=abc", arrival.Headers["stripe-signature"]);
    }

    [Theory]
    [InlineData("POST", "/v1/checkout")]
    [InlineData("POST", "/v1/carts")]
    [InlineData("POST", "/v1/carts/c/lines")]
    [InlineData("PUT", "/v1/carts/c/lines/s")]
    [InlineData("PUT", "/v1/carts/c/currency")]
    [InlineData("DELETE", "/v1/carts/c/lines/s")]
    public async Task A_mutation_without_its_key_is_refused_by_name(string method, string path)
    {
        var answer = await _host.SendAsync(new HttpMethod(method), path, _host.Keys.User("a"), Json("{}"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.True(problem.GetProperty("errors").TryGetProperty("Idempotency-Key", out _));
        Assert.Empty(_host.Sidecar.Arrivals);
    }

    [Fact]
    public async Task A_grpc_call_reaches_the_sidecar_with_its_app_id_and_comes_back_with_its_trailers()
    {
        _host.Sidecar.Answer = AnswerRpc(new Product { Sku = "A-1" });
        var client = new CatalogRpc.CatalogClient(_host.Channel);
        using var call = client.GetProductAsync(new GetProductRequest { Sku = "A-1" }, new Metadata { { "dapr-app-id", "payments" } });
        Assert.Equal("A-1", (await call).Sku);
        Assert.Contains(call.GetTrailers(), t => t.Key == "x-trailer");
        var arrival = Assert.Single(_host.Sidecar.Arrivals);
        Assert.Equal(("HTTP/2", "/nexuscart.catalog.v1.Catalog/GetProduct", "catalog"), (arrival.Protocol, arrival.Path, arrival.Headers["dapr-app-id"]));
    }

    [Fact]
    public async Task Grpc_web_is_translated()
    {
        _host.Sidecar.Answer = AnswerRpc(new Product { Sku = "A-1" });
        using var channel = GrpcChannel.ForAddress(_host.Http.BaseAddress!, new GrpcChannelOptions
        {
            HttpHandler = new GrpcWebHandler(new HttpClientHandler()),
            HttpVersion = HttpVersion.Version11,
        });
        var client = new CatalogRpc.CatalogClient(channel);
        Assert.Equal("A-1", (await client.GetProductAsync(new GetProductRequest { Sku = "A-1" })).Sku);
        Assert.Equal("application/grpc", Assert.Single(_host.Sidecar.Arrivals).Headers["content-type"]);
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await new OrdersRpc.OrdersClient(channel).ListOrdersAsync(new ListOrdersRequest()));
        Assert.Equal(StatusCode.Unauthenticated, fault.StatusCode);
    }

    [Fact]
    public async Task What_services_say_to_each_other_is_not_to_be_had_by_grpc()
    {
        var headers = new Metadata { { "authorization", "Bearer " + _host.Keys.User("a", ["audit.read"]) } };
        var inventory = new InventoryRpc.InventoryClient(_host.Channel);
        var payments = new PaymentsRpc.PaymentsClient(_host.Channel);
        Func<Task>[] calls =
        [
            async () => await inventory.ReserveAsync(new ReserveRequest(), headers),
            async () => await inventory.ReleaseAsync(new ReleaseRequest(), headers),
            async () => await inventory.CommitAsync(new CommitRequest(), headers),
            async () => await inventory.RestockAsync(new RestockRequest(), headers),
            async () => await payments.AuthorizeAsync(new AuthorizeRequest(), headers),
            async () => await payments.CaptureAsync(new CaptureRequest(), headers),
            async () => await payments.VoidAsync(new VoidRequest(), headers),
            async () => await payments.RefundAsync(new RefundRequest(), headers),
            async () => await payments.GetPaymentAsync(new GetPaymentRequest(), headers),
        ];
        foreach (var call in calls) Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
        Assert.Empty(_host.Sidecar.Arrivals);
    }

    [Fact]
    public async Task A_grpc_mutation_needs_its_key_and_its_token()
    {
        var orders = new OrdersRpc.OrdersClient(_host.Channel);
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await orders.CheckoutAsync(new CheckoutRequest()));
        Assert.Equal(StatusCode.Unauthenticated, fault.StatusCode);
        var headers = new Metadata { { "authorization", "Bearer " + _host.Keys.User("a") } };
        fault = await Assert.ThrowsAsync<RpcException>(async () => await orders.CheckoutAsync(new CheckoutRequest(), headers));
        Assert.Equal(StatusCode.InvalidArgument, fault.StatusCode);
        Assert.Contains("Idempotency-Key", fault.Status.Detail);
    }

    [Fact]
    public async Task Reflection_shows_public_rpcs_only()
    {
        using var call = new ServerReflection.ServerReflectionClient(_host.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "nexuscart.payments.v1.Payments" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var files = call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto
            .Select(file => Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(file));
        var service = Assert.Single(files.SelectMany(file => file.Service));
        var shown = service.Method.Select(m => m.Name).ToList();
        Assert.Contains("AuditShard", shown);
        Assert.DoesNotContain(shown, name => name is "Authorize" or "Capture" or "Void" or "Refund" or "GetPayment");
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(PublicContract.Services.Count, call.ResponseStream.Current.ListServicesResponse.Service.Count(s => s.Name.StartsWith("nexuscart.")));
    }

    /// <summary>A sidecar's gRPC answer, made by hand.</summary>
    private static Func<HttpContext, Task> AnswerRpc(IMessage message) => async context =>
    {
        var payload = message.ToByteArray();
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, (byte)payload.Length, .. payload]);
        context.Response.AppendTrailer("x-trailer", "1");
        context.Response.AppendTrailer("grpc-status", "0");
    };

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
