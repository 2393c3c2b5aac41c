using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using NexusCart.Carts.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Platform.Errors;
using CartsRpc = NexusCart.Carts.V1.Carts;
using OrdersRpc = NexusCart.Orders.V1.Orders;
using PaymentsRpc = NexusCart.Payments.V1.Payments;

namespace NexusCart.Tests.Services.Users;

/// <summary>What the services beside users hold about people.</summary>
public sealed class PeoplesData
{
    /// <summary>Orders by customer, newest first.</summary>
    public ConcurrentDictionary<string, IReadOnlyList<string>> Orders { get; } = new();

    /// <summary>Customers about whom the last one asked does not answer.</summary>
    public ConcurrentDictionary<string, bool> Away { get; } = new();

    /// <summary>Whose token a call shows: nothing else says whose data are asked for.</summary>
    public static string CallerOf(ServerCallContext context) =>
        new JsonWebToken(context.RequestHeaders.GetValue("authorization")!["Bearer ".Length..]).Subject;
}

internal sealed class FakeOrders(PeoplesData data) : OrdersRpc.OrdersBase
{
    public override Task<ListOrdersResponse> ListOrders(ListOrdersRequest request, ServerCallContext context)
    {
        var skip = 0;
        if (request.PageToken.Length > 0 && !int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out skip))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");
        var orders = data.Orders.GetValueOrDefault(PeoplesData.CallerOf(context)) ?? [];
        var answer = new ListOrdersResponse { NextPageToken = skip + request.PageSize < orders.Count ? $"{skip + request.PageSize}" : "" };
        answer.Orders.AddRange(orders.Skip(skip).Take(request.PageSize).Select(id => new Order
        {
            OrderId = id, PaymentAction = new PaymentAction { ClientSecret = "secret-for-the-browser" },
        }));
        return Task.FromResult(answer);
    }
}

internal sealed class FakeCarts : CartsRpc.CartsBase
{
    public override Task<ListCartsResponse> ListCarts(ListCartsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListCartsResponse { Carts = { new CartContent { CartId = $"cart-of-{PeoplesData.CallerOf(context)}" } } });
}

internal sealed class FakePayments(PeoplesData data) : PaymentsRpc.PaymentsBase
{
    public override Task<ListPaymentMethodsResponse> ListPaymentMethods(ListPaymentMethodsRequest request, ServerCallContext context)
    {
        var caller = PeoplesData.CallerOf(context);
        if (data.Away.ContainsKey(caller))
            throw new RpcException(new Status(StatusCode.Internal, "broken"));
        return Task.FromResult(new ListPaymentMethodsResponse { Methods = { new PaymentMethod { MethodId = $"saved_{caller}", Brand = "visa", Last4 = "4242" } } });
    }
}
