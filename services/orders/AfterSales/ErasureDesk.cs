using Grpc.Core;
using NexusCart.Orders.Actors;

namespace NexusCart.Orders.AfterSales;

/// <summary>Looks again for orders of an erased customer.</summary>
public interface IErasureLooks
{
    /// <summary>Begins a look, outside the caller's turn; when it has succeeded, the books are told.</summary>
    /// <param name="customerId">The customer.</param>
    void Start(string customerId);
}

/// <summary>
/// Marks all orders of a customer whose account was erased, those he claimed included. Each then loses its contact data as soon as it is
/// closed, by itself. A token may outlive its account by minutes, and claims may be on their way: so the customer's index remembers that he
/// was erased, and has the orders looked through once more later.
/// </summary>
public sealed partial class ErasureDesk(OrderStore orders, IOrderBooks books, TimeProvider clock, ILogger<ErasureDesk> logger) : IErasureLooks
{
    private const int PageSize = 50;
    private static readonly TimeSpan LookDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Marks what there is. May be repeated.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">Unavailable: not all were marked, repeat it.</exception>
    public async Task EraseAsync(string customerId, CancellationToken cancellationToken)
    {
        // Each cell hears of it; what the customer placed is in the one where he is at home.
        if (await orders.HomeOfAsync(customerId, cancellationToken) != orders.OwnCell)
            return;
        // First of all, so that a claim that is noted after this look marks its order itself.
        await books.BeginErasureAsync(customerId, cancellationToken);
        await MarkAllAsync(customerId, cancellationToken);
    }

    /// <summary>Marks one order.</summary>
    /// <param name="orders">The orders.</param>
    /// <param name="orderId">The order.</param>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">Unavailable: the outcome is unknown, repeat it.</exception>
    public static Task MarkAsync(OrderStore orders, string orderId, string customerId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(orders);
        return orders.ExecuteAsync(orderId, new EraseContact(orderId, customerId), cancellationToken);
    }

    /// <inheritdoc/>
    public void Start(string customerId)
    {
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => LookAsync(customerId));
    }

    /// <summary>One more look. It never throws: what fails is tried again when the index asks next.</summary>
    /// <param name="customerId">The customer.</param>
    public async Task LookAsync(string customerId)
    {
        try
        {
            using var limit = new CancellationTokenSource(LookDeadline, clock);
            await MarkAllAsync(customerId, limit.Token);
            await books.EndErasureAsync(customerId, limit.Token);
        }
        catch (Exception failure)
        {
            LogPostponed(logger, failure);
        }
    }

    private async Task MarkAllAsync(string customerId, CancellationToken cancellationToken)
    {
        var token = string.Empty;
        do
        {
            var page = await orders.ListAsync(customerId, token, PageSize, cancellationToken);
            // Those that are marked need no turn; a claimed one is another's by now.
            await MarkAsync(page.Entities.Where(order => order.CustomerId == customerId && !order.IsToBeErased).Select(order => order.OrderId));
            token = page.NextToken;
        }
        while (token.Length > 0);
        await MarkAsync(await books.ReadClaimedAsync(customerId, cancellationToken));

        Task MarkAsync(IEnumerable<string> orderIds) =>
            Task.WhenAll(orderIds.Select(orderId => ErasureDesk.MarkAsync(orders, orderId, customerId, cancellationToken)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The orders of an erased customer will be looked through later")]
    private static partial void LogPostponed(ILogger logger, Exception failure);
}
