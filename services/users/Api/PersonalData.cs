using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Users.V1;
using CartsClient = NexusCart.Carts.V1.Carts.CartsClient;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Users.Api;

/// <summary>
/// What other services hold about a person, for his export. They are asked with the person's own token, so that each gives what it would show
/// him anyway, and nobody else's. An export is whole or refused.
/// </summary>
public sealed class PersonalData(OrdersClient orders, CartsClient carts, PaymentsClient payments)
{
    private const int OrdersPerPage = 50;

    /// <summary>Adds a page of orders and, to the first page, carts and saved payment methods.</summary>
    /// <param name="export">Where to.</param>
    /// <param name="pageToken">Empty for the first page.</param>
    /// <param name="context">The person's call.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the page token is none. UNAVAILABLE: somebody did not answer.</exception>
    public async Task AddAsync(AccountExport export, string pageToken, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(export);
        ArgumentNullException.ThrowIfNull(pageToken);
        var caller = context.OnBehalfOfUser();
        try
        {
            var page = await orders.ListOrdersAsync(new ListOrdersRequest { PageSize = OrdersPerPage, PageToken = pageToken }, caller);
            // What lets a browser pay is no record of anything.
            foreach (var order in page.Orders)
                order.PaymentAction = null;
            export.Orders.AddRange(page.Orders);
            export.NextPageToken = page.NextPageToken;
            if (pageToken.Length > 0)
                return;
            export.Carts.AddRange((await carts.ListCartsAsync(new ListCartsRequest(), caller)).Carts);
            export.PaymentMethods.AddRange((await payments.ListPaymentMethodsAsync(new ListPaymentMethodsRequest(), caller)).Methods);
        }
        catch (RpcException fault) when (fault.StatusCode is not StatusCode.InvalidArgument && !context.CancellationToken.IsCancellationRequested)
        {
            throw Refusal.Unavailable("Not everything could be read at the moment, and half an export is none; try again.");
        }
    }
}
