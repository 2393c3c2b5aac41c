using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Orders.Papers;

/// <summary>Issues invoices and credit notes: a number once, the page as often as it is asked for.</summary>
public sealed class PaperDesk(OrderStore orders, IOrderBooks books, IOptions<PaperOptions> options, TimeProvider clock)
{
    /// <summary>Has a document's number given and kept, unless it has one.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="documentId">The document.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The order with it; null when there is no such order or document.</returns>
    /// <exception cref="RpcException">Unavailable: repeat it; the number stays the same.</exception>
    public async Task<Order?> IssueAsync(string orderId, string documentId, CancellationToken cancellationToken)
    {
        if (await orders.ReadAsync(orderId, cancellationToken) is not { } order || !order.Papers.Contains(documentId))
            return null;
        if (order.DocumentOf(documentId) is not null)
            return order;
        // A credit note refers to the invoice, so that comes first.
        if (documentId != Order.InvoiceId && order.DocumentOf(Order.InvoiceId) is null)
            await NumberAsync(order, Order.InvoiceId, cancellationToken);
        return await NumberAsync(order, documentId, cancellationToken);
    }

    /// <summary>A document as a page of HTML.</summary>
    /// <param name="order">The order, as its reader may see it.</param>
    /// <param name="documentId">The document.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">NOT_FOUND: there is no such document.</exception>
    public async Task<string> WriteAsync(Order order, string documentId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        var issued = await IssueAsync(order.OrderId, documentId, cancellationToken) ?? throw Refusal.NotFound("document", documentId);
        return PaperPage.Write(issued, documentId, options.Value);
    }

    // The series is that of the year of the order or refund, not of the clock: an attempt on New Year's Eve and its repetition find the same.
    private async Task<Order?> NumberAsync(Order order, string documentId, CancellationToken cancellationToken)
    {
        var orderId = order.OrderId;
        var kind = documentId == Order.InvoiceId ? "I" : "C";
        var year = (order.RefundCreditedBy(documentId)?.RequestedAt ?? order.CreatedAt).Year;
        var prefix = options.Value.Prefix;
        var series = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{kind}-{year}");
        var given = await books.NumberAsync(series, new SeriesRequest($"{orderId}:{documentId}", clock.GetUtcNow()), cancellationToken);
        var number = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{kind}{year}-{given.Number:D6}");
        var answer = await orders.ExecuteAsync(orderId, new KeepDocument(orderId, new IssuedDocument(documentId, number, given.IssuedAt)), cancellationToken);
        return answer.Order;
    }
}
