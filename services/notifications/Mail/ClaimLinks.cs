using Grpc.Core;
using NexusCart.Orders.V1;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;

namespace NexusCart.Notifications.Mail;

/// <summary>
/// Links by which whoever reads the mail of a guest's order makes it an account's. The token in them is asked of orders for each mail: it is in
/// the mail and nowhere else, so no event and no log has it.
/// </summary>
public sealed class ClaimLinks(OrdersClient orders, NotificationsOptions options)
{
    /// <summary>What a mail about a guest's order says besides; nothing once an account has claimed the order.</summary>
    /// <exception cref="RpcException">Orders did not answer: the mail waits.</exception>
    public async Task<IReadOnlyDictionary<string, string>> FactsAsync(string orderId, CancellationToken cancellationToken)
    {
        try
        {
            var token = await orders.IssueClaimTokenAsync(new IssueClaimTokenRequest { OrderId = orderId }, cancellationToken: cancellationToken);
            return new Dictionary<string, string>
            {
                ["claim"] = options.ClaimLink(orderId, token.ClaimToken_),
                ["until"] = MailDesk.Time(token.ExpiresAt.ToDateTimeOffset()),
            };
        }
        catch (RpcException fault) when (fault.StatusCode is StatusCode.NotFound)
        {
            return new Dictionary<string, string>();
        }
    }
}
