using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary><c>/v2/payments</c>: holds, captures, refunds.</summary>
public static class PayPalPaymentEndpoints
{
    private static readonly PayPalCall CaptureCall = new("authorizations.capture", ResourceKind.Capture, PayPalCall.PaymentsKeep);
    private static readonly PayPalCall ReauthorizeCall = new("authorizations.reauthorize", ResourceKind.Authorization, PayPalCall.PaymentsKeep);
    private static readonly PayPalCall VoidCall = new("authorizations.void", ResourceKind.Authorization, PayPalCall.PaymentsKeep) { Empty = true };
    private static readonly PayPalCall RefundCall = new("captures.refund", ResourceKind.Refund, PayPalCall.PaymentsKeep);

    /// <summary>Adds the routes.</summary>
    public static void MapPayPalPayments(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v2/payments";
        MapGet(routes, Root + "/authorizations/{id}", "authorizations.retrieve", ResourceKind.Authorization);
        MapGet(routes, Root + "/captures/{id}", "captures.retrieve", ResourceKind.Capture);
        MapGet(routes, Root + "/refunds/{id}", "refunds.retrieve", ResourceKind.Refund);
        routes.MapPost(Root + "/authorizations/{id}/capture", (HttpContext http, PayPalExecutor api, PayPalBook book, string id) =>
            api.MutateAsync(http, CaptureCall, id, body => Capture(id, body, book)));
        routes.MapPost(Root + "/authorizations/{id}/void", (HttpContext http, PayPalExecutor api, string id) =>
            api.MutateAsync(http, VoidCall, id, _ => (state, now) => PaymentMachine.Void(Owner(state, id, ResourceKind.Authorization), id, now)));
        routes.MapPost(Root + "/authorizations/{id}/reauthorize", (HttpContext http, PayPalExecutor api, string id) =>
            api.MutateAsync(http, ReauthorizeCall, id, body =>
            {
                var amount = body.Has("amount") ? body.RequiredMoney("amount") : null;
                return (state, now) => PaymentMachine.Reauthorize(Owner(state, id, ResourceKind.Authorization), id, amount, now);
            }));
        routes.MapPost(Root + "/captures/{id}/refund", (HttpContext http, PayPalExecutor api, PayPalBook book, string id) =>
            api.MutateAsync(http, RefundCall, id, body => Refund(id, body, book)));
    }

    private static void MapGet(IEndpointRouteBuilder routes, string path, string operation, ResourceKind kind) =>
        routes.MapGet(path, (HttpContext http, PayPalExecutor api, PayPalJson json, string id) => api.QueryAsync(http, operation, id,
            state => PayPalJson.Text(writer => json.Write(writer, Owner(state, id, kind), kind, id, whole: true))));

    private static Func<PayPalState, DateTimeOffset, OrderChange> Capture(string id, PayPalBody body, PayPalBook book)
    {
        var amount = body.Has("amount") ? body.RequiredMoney("amount") : null;
        var (final, invoiceId) = (body.Flag("final_capture"), body.Text("invoice_id"));
        return (state, now) =>
        {
            var order = Owner(state, id, ResourceKind.Authorization);
            return PaymentMachine.Capture(order, id, amount, final, invoiceId, book.ContextOf(state, order, now, invoiceId));
        };
    }

    private static Func<PayPalState, DateTimeOffset, OrderChange> Refund(string id, PayPalBody body, PayPalBook book)
    {
        var amount = body.Has("amount") ? body.RequiredMoney("amount") : null;
        var (invoiceId, customId, note) = (body.Text("invoice_id"), body.Text("custom_id"), body.Text("note_to_payer", 255));
        return (state, now) =>
        {
            var order = Owner(state, id, ResourceKind.Capture);
            var asked = amount ?? order.Unit.Amount with { MinorUnits = 0 };
            var refund = new PayPalRefund(PayPalNames.NewId(), id, asked, PayPalRefundStatus.Completed, now)
            {
                InvoiceId = invoiceId,
                CustomId = customId,
                NoteToPayer = note,
            };
            return PaymentMachine.Refund(order, refund, book.ContextOf(state, order, now));
        };
    }

    private static PayPalOrder Owner(PayPalState state, string id, ResourceKind kind)
    {
        var order = state.OwnerOf(id);
        var there = order is not null && kind switch
        {
            ResourceKind.Authorization => order.Authorizations.Any(held => held.Id == id),
            ResourceKind.Capture => order.Captures.Any(taken => taken.Id == id),
            _ => order.Refunds.Any(given => given.Id == id),
        };
        return there ? order! : throw new PayPalException(PayPalError.NotFound());
    }
}
