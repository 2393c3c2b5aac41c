using Google.Api;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>What customers ask of their orders after the checkout.</summary>
public sealed partial class OrdersService
{
    private const string OrdersReadRole = "orders.read";

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.Order> CancelOrder(Wire.CancelOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckReason(request.Reason, needed: false);
        violations.ThrowIfAny();
        var key = context.RequestKey(request);
        await OwnAsync(request.OrderId, context);
        return (await ChangeAsync(new RequestCancel(request.OrderId, Performer.Customer, key, request.Reason), context)).ToOwnerMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.Order> RequestReturn(Wire.RequestReturnRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        var lines = violations.ReadUnits(request.Lines);
        violations.CheckReason(request.Reason);
        violations.ThrowIfAny();
        var key = context.RequestKey(request);
        await OwnAsync(request.OrderId, context);
        var command = new RequestReturn(request.OrderId, Performer.Customer, key, lines, request.Reason, options.Value.ReturnWindow);
        return (await ChangeAsync(command, context)).ToOwnerMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Wire.Order> ClaimOrder(Wire.ClaimOrderRequest request, ServerCallContext context) =>
        (await claims.ClaimAsync(request, context)).ToOwnerMessage();

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<Wire.ClaimToken> IssueClaimToken(Wire.IssueClaimTokenRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (token, expires) = await claims.IssueAsync(request.OrderId, context.CancellationToken);
        return new Wire.ClaimToken { ClaimToken_ = token, ExpiresAt = Timestamp.FromDateTimeOffset(expires) };
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<HttpBody> GetDocument(Wire.GetDocumentRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var order = context.HasRole(OrdersReadRole)
            ? await orders.ReadAsync(request.OrderId, context.CancellationToken) ?? throw Refusal.NotFound("order", request.OrderId)
            : await OwnAsync(request.OrderId, context);
        return new HttpBody
        {
            ContentType = "text/html; charset=utf-8",
            Data = ByteString.CopyFromUtf8(await papers.WriteAsync(order, request.DocumentId, context.CancellationToken)),
        };
    }

    /// <summary>The caller's own order; nobody learns whether somebody else's exists.</summary>
    private async Task<Order> OwnAsync(string orderId, ServerCallContext context)
    {
        var order = await orders.ReadAsync(orderId, context.CancellationToken);
        return order is not null && order.CustomerId == context.CustomerId() ? order : throw Refusal.NotFound("order", orderId);
    }

    private async Task<Order> ChangeAsync(AfterSalesCommand command, ServerCallContext context)
    {
        var answer = await orders.ExecuteAsync(command.OrderId, command, context.CancellationToken);
        if (answer.Denied is { } denied)
            throw denied.ToRefusal();
        return answer.Order ?? throw Refusal.NotFound("order", command.OrderId);
    }
}
