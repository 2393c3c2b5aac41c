using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/refunds</c>.</summary>
public static class RefundEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapRefunds(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/refunds";
        routes.MapPost(Root, (HttpContext http, ApiExecutor api, SandboxOptions options) =>
            api.MutateAsync(http, "refunds.create", null, form => Create(form, options.RefundSettlesAfter)));
        routes.MapGet(Root, (HttpContext http, ApiExecutor api) => api.QueryAsync(http, "refunds.list", null, List));
        routes.MapGet(Root + "/{id}", (HttpContext http, ApiExecutor api, string id) => api.QueryAsync(http, "refunds.retrieve", id,
            (form, state) => StripeJson.Bytes(writer => StripeJson.Write(
                writer, state.Refunds.GetValueOrDefault(id) ?? throw new ApiException(ApiError.Missing("refund", id, "id"))))));
    }

    private static Func<LedgerTransaction, Answer> Create(StripeForm form, TimeSpan settlesAfter)
    {
        form.AllowOnly("payment_intent", "charge", "amount", "reason", "metadata");
        var intentId = form.Text("payment_intent");
        var chargeId = form.Text("charge");
        if (intentId is null && chargeId is null)
            throw new ApiException(ApiError.Invalid("parameter_missing", "payment_intent", "One of the following params should be provided for this request: payment_intent or charge."));
        var amount = form.Positive("amount");
        var reason = form.OneOf("reason", "duplicate", "fraudulent", "requested_by_customer");
        var metadata = form.Metadata();
        return transaction =>
        {
            var intent = intentId is not null ? transaction.FindIntent(intentId) : transaction.FindIntentOfCharge(chargeId!);
            if (intent is null)
            {
                var missing = intentId is not null ? ApiError.Missing("payment_intent", intentId, "payment_intent") : ApiError.Missing("charge", chargeId!, "charge");
                return Answer.Of(missing) with { Executed = false };
            }

            if (!TestCards.TryFind(intent.CardToken ?? "", out var card))
                return Answer.Of(ApiError.Invalid(null, "payment_intent", $"This PaymentIntent ({intent.Id}) does not have a successful charge to refund."));
            var done = RefundMachine.Create(intent, amount, card, settlesAfter, transaction.Now);
            if (done.Refund is null)
                return Answer.Of(done.Error!);
            var refund = done.Refund with { Reason = reason, Metadata = metadata };
            transaction.Save(done.Intent);
            transaction.Save(refund);
            transaction.Raise("refund.created", refund.Id);
            transaction.Raise("charge.refunded", intent.Id);
            return new Answer(200) { Refund = refund };
        };
    }

    private static byte[] List(StripeForm form, LedgerState state)
    {
        form.AllowOnly("payment_intent", "charge", "created", "limit", "starting_after", "ending_before");
        var intentId = form.Text("payment_intent");
        var chargeId = form.Text("charge");
        return Paging.Page("/v1/refunds", form, state.RefundOrder, id => state.Refunds[id], refund => refund.Created,
            StripeJson.Write,
            refund => (intentId is null || refund.PaymentIntentId == intentId) && (chargeId is null || refund.ChargeId == chargeId));
    }
}
