using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Promotions.V1;
using CartsClient = NexusCart.Carts.V1.Carts.CartsClient;
using CatalogClient = NexusCart.Catalog.V1.Catalog.CatalogClient;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Tests.Unit.Orders;

internal static class FakeCalls
{
    public static AsyncUnaryCall<T> Answer<T>(Task<T> answer) =>
        new(answer, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    public static Money Euro(long minorUnits) => new() { MinorUnits = minorUnits, Currency = "EUR" };
}

/// <summary>One cart: two mugs and a tea.</summary>
internal sealed class FakeCarts : CartsClient
{
    public Cart Cart { get; } = new()
    {
        CartId = "cart-1",
        Currency = "EUR",
        Lines =
        {
            new CartLine { Sku = "mug", Title = "an old title", Quantity = 2, UnitPrice = FakeCalls.Euro(500) },
            new CartLine { Sku = "tea", Title = "Tea", Quantity = 1, UnitPrice = FakeCalls.Euro(250) },
        },
    };

    public StatusCode? Failure { get; set; }

    public string? SeenToken { get; private set; }

    public void Price(string sku, long minorUnits) => Cart.Lines.Single(line => line.Sku == sku).UnitPrice = FakeCalls.Euro(minorUnits);

    public override AsyncUnaryCall<Cart> GetCartAsync(GetCartRequest request, CallOptions options)
    {
        SeenToken = options.Headers?.GetValue("authorization");
        return FakeCalls.Answer(Failure is { } code
            ? Task.FromException<Cart>(new RpcException(new Status(code, "planned by the test")))
            : Task.FromResult(Cart.Clone()));
    }
}

/// <summary>A mug for 5.00 and a tea for 2.50 euro.</summary>
internal sealed class FakeCatalog : CatalogClient
{
    public List<Product> Products { get; } =
    [
        new Product { Sku = "mug", Title = "A mug", Active = true, Price = FakeCalls.Euro(500) },
        new Product { Sku = "tea", Title = "Tea", Active = true, Price = FakeCalls.Euro(250) },
    ];

    public GetProductsRequest? Asked { get; private set; }

    public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(GetProductsRequest request, CallOptions options)
    {
        Asked = request;
        return FakeCalls.Answer(Task.FromResult(new GetProductsResponse { Products = { Products.Where(product => request.Skus.Contains(product.Sku)) } }));
    }
}

/// <summary>Ann's claim of two mugs for 1.99 euro each, and nobody else's.</summary>
internal sealed class FakeFlashSales : FlashSalesClient
{
    public FlashSaleClaim Held { get; } = new()
    {
        ClaimId = "autumn-0", SaleId = "autumn", Sku = "mug", Quantity = 2, UnitPrice = FakeCalls.Euro(199), Status = FlashSaleClaimStatus.Open,
    };

    public override AsyncUnaryCall<FlashSaleClaim> GetClaimAsync(GetClaimRequest request, CallOptions options) => FakeCalls.Answer(
        request.ClaimId == Held.ClaimId && options.Headers?.GetValue("authorization") == "Bearer ann"
            ? Task.FromResult(Held.Clone())
            : Task.FromException<FlashSaleClaim>(new RpcException(new Status(StatusCode.NotFound, "There is no such claim."))));
}

/// <summary>Promotions that take off what a test says; nothing by default.</summary>
internal sealed class FakePromotions : IPromotions
{
    public Func<IReadOnlyList<QuoteLine>, ShippingOption, IReadOnlyList<string>, Discounting> Answer { get; set; } = (lines, _, _) => Discounting.None(lines.Count);

    public Task<Discounting> AssessAsync(IReadOnlyList<QuoteLine> lines, ShippingOption shipping, IReadOnlyList<string> coupons, ServerCallContext context) =>
        Task.FromResult(Answer(lines, shipping, coupons));
}

/// <summary>A gRPC call by Ann, outside any server.</summary>
internal sealed class AnnsCall : ServerCallContext
{
    public AnnsCall()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = "Bearer ann";
        UserState["__HttpContext"] = http;
    }

    protected override string MethodCore => "/nexuscart.orders.v1.Orders/Checkout";

    protected override string HostCore => "localhost";

    protected override string PeerCore => "ipv4:127.0.0.1:1";

    protected override DateTime DeadlineCore => DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => [];

    protected override CancellationToken CancellationTokenCore => CancellationToken.None;

    protected override Metadata ResponseTrailersCore => [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => new(null, []);

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();
}
