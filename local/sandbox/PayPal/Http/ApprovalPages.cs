using System.Net;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary>
/// The page a buyer is sent to: he approves as one of the test buyers, or turns back. No token is asked for: a browser has
/// none. Tests use <c>/_control/paypal/orders/{id}/approve</c>.
/// </summary>
public static class ApprovalPages
{
    /// <summary>Adds the routes.</summary>
    public static void MapPayPalApproval(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/checkoutnow", (string token, PayPalLedger ledger) => Show(token, ledger));
        routes.MapPost("/checkoutnow/{id}/{buyer}", (HttpContext http, string id, string buyer, PayPalBook book) =>
        {
            var approved = Approve(book, id, buyer);
            if (approved.Error is not null || approved.Order.ReturnUrl is not { } back)
                return Results.Text(approved.Error?.Message ?? "Approved. You can close this page.", statusCode: approved.Error?.Status ?? 200);
            var separator = back.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            http.Response.Headers.Location = $"{back}{separator}token={id}&PayerID={buyer}";
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        });
    }

    /// <summary>Has a test buyer approve an order.</summary>
    public static OrderChange Approve(PayPalBook book, string id, string buyer)
    {
        ArgumentNullException.ThrowIfNull(book);
        try
        {
            return Buyers.TryFind(buyer, out _)
                ? book.Apply((state, now) => OrderMachine.Approve(OrderEndpoints.Order(state, id), buyer, now))
                : throw new PayPalException(PayPalError.Invalid("INVALID_PARAMETER_VALUE", "/buyer", buyer));
        }
        catch (PayPalException refused)
        {
            return new(null!, []) { Error = refused.Error };
        }
    }

    private static IResult Show(string id, PayPalLedger ledger)
    {
        if (ledger.Read(state => state.Orders.GetValueOrDefault(id)) is not { } order)
            return Results.NotFound();
        var money = WebUtility.HtmlEncode($"{order.Unit.Amount.Value} {order.Unit.Amount.Currency}");
        var buttons = Buyers.Names.Select(name => $"""<form method="post" action="/checkoutnow/{order.Id}/{name}"><button>Pay as {name}</button></form>""");
        var back = order.CancelUrl is { } url ? $"""<p><a href="{WebUtility.HtmlEncode(url)}">Turn back to the shop</a></p>""" : "";
        var body = order.Status is OrderStatus.Completed or OrderStatus.Voided
            ? $"<p>Nothing to approve: this order is <code>{order.Status.Name()}</code>.</p>"
            : $"<p>Approve a payment of <strong>{money}</strong>.</p>{string.Concat(buttons)}{back}";
        return Results.Content(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>PayPal (sandbox)</title></head><body><h1>PayPal test page</h1>{body}</body></html>",
            "text/html; charset=utf-8");
    }
}
