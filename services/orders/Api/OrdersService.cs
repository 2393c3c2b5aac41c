using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Cells;
using NexusCart.Orders.Papers;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>The public face of orders.</summary>
public sealed partial class OrdersService(
    CheckoutDesk desk, QuoteReader quotes, OrderStore orders, OrderLists lists, OrderClaims claims, PaperDesk papers, IOrderBooks books, CellOpener opener,
    IOptions<OrdersOptions> options)
    : Wire.Orders.OrdersBase
{
    private const int DefaultPageSize = 20;
    private const int MaxPageSize = 100;

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.Order> Checkout(Wire.CheckoutRequest request, ServerCallContext context)
    {
        var customerId = context.CustomerId();
        var key = context.RequireIdempotencyKey();
        var terms = CheckoutTerms.Read(request);
        var http = context.GetHttpContext();
        var wait = WaitPreference.Read(http.Request.Headers[WaitPreference.Header]);

        var order = await desk.PlaceAsync(customerId, key, terms, TimeSpan.FromSeconds(wait ?? 0), context);
        if (wait is { } heeded)
            http.Response.Headers[WaitPreference.AppliedHeader] = string.Create(CultureInfo.InvariantCulture, $"wait={heeded}");
        if (!order.IsAtEnd)
            http.AnswerAccepted();
        return order.ToCheckoutMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.CheckoutQuote> QuoteCheckout(Wire.QuoteCheckoutRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckoutTerms.CheckPurchase(violations, request.CartId, request.ClaimId);
        CheckoutTerms.CheckCountry(violations, request.Country, "country");
        CheckoutTerms.CheckPart(violations, request.Region, "region");
        CheckoutTerms.CheckPart(violations, request.PostalCode, "postalCode");
        CheckoutTerms.CheckShippingMethod(violations, request.ShippingMethod);
        CheckoutTerms.CheckCoupons(violations, request.CouponCodes, request.ClaimId);
        violations.ThrowIfAny();

        var destination = new Destination(request.Country, request.Region, request.PostalCode);
        return (await quotes.ReadAsync(request.CartId, request.ClaimId, destination, request.ShippingMethod, request.CouponCodes, context)).ToMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.Order> GetOrder(Wire.GetOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (await OwnAsync(request.OrderId, context)).ToOwnerMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.ListOrdersResponse> ListOrders(Wire.ListOrdersRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        CheckPage(violations, request.PageSize);
        OrderLists.CheckToken(violations, request.PageToken);
        var search = OrderSearch.Read(violations, request.Status, request.From, request.To, request.Text);
        violations.ThrowIfAny();

        var page = await lists.OfCustomerAsync(
            context.CustomerId(), search, request.PageToken, SizeOf(request.PageSize), context.CancellationToken);
        var response = new Wire.ListOrdersResponse { NextPageToken = page.NextToken };
        response.Orders.AddRange(page.Orders.Select(OrderMapping.ToOwnerMessage));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<Wire.AuditShardResponse> AuditShard(Wire.AuditShardRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        // The shards of all cells, one cell after the other.
        var cells = await orders.CellsAsync(context.CancellationToken);
        var count = cells.Count * orders.ShardCount;
        violations.Check(request.Shard >= 0 && request.Shard < count, "shard", $"must be 0 to {count - 1}");
        CheckToken(violations, request.PageToken);
        violations.ThrowIfAny();

        var page = await orders.ReadPageAsync(
            cells[request.Shard / orders.ShardCount], request.Shard % orders.ShardCount, request.PageToken, context.CancellationToken);
        var response = new Wire.AuditShardResponse { ShardCount = count, NextPageToken = page.NextToken };
        response.Orders.AddRange(page.Entities.Select(OrderMapping.ToAuditMessage));
        return response;
    }

    private static int SizeOf(int asked) => asked == 0 ? DefaultPageSize : asked;

    private static void CheckPage(Violations violations, int size) =>
        violations.Check(size is >= 0 and <= MaxPageSize, "pageSize", $"must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}");

    private static void CheckToken(Violations violations, string token) => violations.Check(
        token.Length == 0 || int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "pageToken",
        "must be the nextPageToken of the page before");
}
