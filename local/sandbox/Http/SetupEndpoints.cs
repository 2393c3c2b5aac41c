using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/setup_intents</c>: cards made ready for payments without the customer.</summary>
public static class SetupEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapSetupIntents(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/setup_intents";
        routes.MapPost(Root, (HttpContext http, ApiExecutor api) => api.MutateAsync(http, "setup_intents.create", null, Create));
        WalletEndpoints.MapGet<SetupIntent>(routes, Root, "setup_intents", "setupintent");
        routes.MapPost(Root + "/{id}/confirm", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "setup_intents.confirm", null, form =>
        {
            form.AllowOnly("payment_method", "return_url", "use_stripe_sdk");
            return transaction => SetupMachine.Confirm(transaction, Find(transaction, id), form.Text("payment_method"), form.Text("return_url"));
        }));
        routes.MapPost(Root + "/{id}/cancel", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "setup_intents.cancel", null, form =>
        {
            form.AllowOnly("cancellation_reason");
            return transaction => SetupMachine.Cancel(transaction, Find(transaction, id));
        }));
    }

    private static Func<LedgerTransaction, Answer> Create(StripeForm form)
    {
        form.AllowOnly("customer", "payment_method", "confirm", "usage", "payment_method_types", "automatic_payment_methods", "return_url", "metadata", "description", "use_stripe_sdk");
        var (customer, method, confirm) = (form.Text("customer"), form.Text("payment_method"), form.Flag("confirm"));
        var usage = form.OneOf("usage", "off_session", "on_session") ?? "off_session";
        var metadata = form.Metadata();
        return transaction =>
        {
            if (customer is not null && transaction.Find<Customer>(customer) is not { Deleted: false })
                throw new ApiException(ApiError.Missing("customer", customer, "customer"));
            if (method is not null)
                Cards.Choose(transaction, method, customer);
            var id = Ids.New("seti");
            var setup = new SetupIntent
            {
                Id = id,
                Created = transaction.Now,
                Status = method is null ? "requires_payment_method" : "requires_confirmation",
                ClientSecret = $"{id}_{Ids.New("secret")}",
                Customer = customer,
                PaymentMethod = method,
                Usage = usage,
                ReturnUrl = form.Text("return_url"),
                Metadata = metadata,
            };
            transaction.Save(setup);
            transaction.Raise("setup_intent.created", id);
            return confirm ? SetupMachine.Confirm(transaction, setup, null, null) : new Answer(200) { Item = setup };
        };
    }

    private static SetupIntent Find(LedgerTransaction transaction, string id) =>
        transaction.Find<SetupIntent>(id) ?? throw new ApiException(ApiError.Missing("setupintent", id, "intent"));
}
