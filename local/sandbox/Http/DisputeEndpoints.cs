using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/disputes</c>: banks that want money back.</summary>
public static class DisputeEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapDisputes(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/disputes";
        WalletEndpoints.MapGet<Dispute>(routes, Root, "disputes", "dispute");
        routes.MapGet(Root, (HttpContext http, ApiExecutor api, StripeObjectJson json) => api.QueryAsync(http, "disputes.list", null, (form, state) =>
        {
            form.AllowOnly("charge", "payment_intent", "created", "limit", "starting_after", "ending_before");
            var (charge, intent) = (form.Text("charge"), form.Text("payment_intent"));
            return WalletEndpoints.List<Dispute>(Root, form, state, json,
                dispute => (charge is null || dispute.ChargeId == charge) && (intent is null || dispute.PaymentIntentId == intent));
        }));
        routes.MapPost(Root + "/{id}", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "disputes.update", null, form =>
        {
            form.AllowOnly("evidence", "metadata", "submit");
            // The provider submits unless told otherwise.
            var (evidence, submit) = (form.Text("evidence[uncategorized_text]") ?? "", form.Text("submit") != "false");
            return transaction => Change(transaction, id, dispute => DisputeMachine.Answer(dispute, evidence, submit));
        }));
        routes.MapPost(Root + "/{id}/close", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "disputes.close", null, form =>
        {
            form.AllowOnly();
            return transaction => Change(transaction, id, DisputeMachine.Close);
        }));
    }

    private static Answer Change(LedgerTransaction transaction, string id, Func<Dispute, (Dispute Dispute, ApiError? Error)> change)
    {
        if (transaction.Find<Dispute>(id) is not { } dispute)
            return Answer.Of(ApiError.Missing("dispute", id, "id")) with { Executed = false };
        var (changed, error) = change(dispute);
        if (error is not null)
            return Answer.Of(error);
        transaction.Save(changed);
        foreach (var type in DisputeMachine.Events(changed, opened: false))
            transaction.Raise(type, id);
        // What was won back can be refunded again.
        if (changed.Status == "won" && transaction.FindIntent(changed.PaymentIntentId) is { LatestCharge: { } charge } intent)
            transaction.Save(intent with { LatestCharge = charge with { Dispute = null } });
        return new Answer(200) { Item = changed };
    }
}
