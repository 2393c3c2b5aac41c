using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/customers</c> and <c>/v1/payment_methods</c>: cards kept for later.</summary>
public static class WalletEndpoints
{
    private const string Customers = "/v1/customers";
    private const string Methods = "/v1/payment_methods";

    /// <summary>Adds the routes.</summary>
    public static void MapWallets(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Customers, (HttpContext http, ApiExecutor api) => api.MutateAsync(http, "customers.create", null, form => SaveCustomer(null, form)));
        routes.MapPost(Customers + "/{id}", (HttpContext http, ApiExecutor api, string id) =>
            api.MutateAsync(http, "customers.update", null, form => SaveCustomer(id, form)));
        routes.MapDelete(Customers + "/{id}", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "customers.delete", null, _ => DeleteCustomer(id)));
        MapGet<Customer>(routes, Customers, "customers", "customer");
        routes.MapGet(Customers, (HttpContext http, ApiExecutor api, StripeObjectJson json) => api.QueryAsync(http, "customers.list", null, (form, state) =>
            List<Customer>(Customers, form.AllowOnly("email", "created", "limit", "starting_after", "ending_before"), state, json,
                customer => !customer.Deleted && (form.Text("email") is not { } email || customer.Email == email))));
        routes.MapGet(Customers + "/{id}/payment_methods", (HttpContext http, ApiExecutor api, StripeObjectJson json, string id) => api.QueryAsync(
            http, "payment_methods.list", null, (form, state) => MethodsOf(Customers + $"/{id}/payment_methods", id, form.AllowOnly("type", "limit", "starting_after", "ending_before", "allow_redisplay"), state, json)));

        routes.MapPost(Methods, (HttpContext http, ApiExecutor api) => api.MutateAsync(http, "payment_methods.create", null, CreateMethod));
        MapGet<PaymentMethod>(routes, Methods, "payment_methods", "payment_method");
        routes.MapGet(Methods, (HttpContext http, ApiExecutor api, StripeObjectJson json) => api.QueryAsync(http, "payment_methods.list", null, (form, state) =>
            MethodsOf(Methods, form.AllowOnly("customer", "type", "limit", "starting_after", "ending_before", "allow_redisplay").RequiredText("customer"), form, state, json)));
        routes.MapPost(Methods + "/{id}/attach", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "payment_methods.attach", null, form => Attach(id, form)));
        routes.MapPost(Methods + "/{id}/detach", (HttpContext http, ApiExecutor api, string id) => api.MutateAsync(http, "payment_methods.detach", null, _ => Detach(id)));
    }

    /// <summary>Adds the route that shows one object.</summary>
    public static void MapGet<T>(IEndpointRouteBuilder routes, string root, string operation, string what)
        where T : StripeObject =>
        routes.MapGet(root + "/{id}", (HttpContext http, ApiExecutor api, StripeObjectJson json, string id) => api.QueryAsync(http, operation + ".retrieve", null,
            (form, state) => StripeJson.Bytes(writer => json.Write(
                writer, state.Objects.GetValueOrDefault(id) as T ?? throw new ApiException(ApiError.Missing(what, id, "id"))))));

    /// <summary>Renders a page of one kind of objects.</summary>
    public static byte[] List<T>(string url, StripeForm form, LedgerState state, StripeObjectJson json, Func<T, bool> filter)
        where T : StripeObject
    {
        ArgumentNullException.ThrowIfNull(state);
        return Paging.Page(url, form, state.ObjectOrder, id => state.Objects[id], item => item.Created, json.Write, item => item is T wanted && filter(wanted));
    }

    private static byte[] MethodsOf(string url, string customer, StripeForm form, LedgerState state, StripeObjectJson json)
    {
        if (state.Objects.GetValueOrDefault(customer) is not Customer { Deleted: false })
            throw new ApiException(ApiError.Missing("customer", customer, "customer"));
        var others = form.Text("type") is not (null or "card");
        return List<PaymentMethod>(url, form, state, json, method => method.Customer == customer && !others);
    }

    private static Func<LedgerTransaction, Answer> SaveCustomer(string? id, StripeForm form)
    {
        form.AllowOnly("email", "name", "description", "metadata", "payment_method", "invoice_settings", "phone", "address", "shipping", "preferred_locales");
        var (metadata, method, preferred) = (form.Metadata(), form.Text("payment_method"), form.Text("invoice_settings[default_payment_method]"));
        return transaction =>
        {
            var known = id is null ? new Customer { Id = Ids.New("cus"), Created = transaction.Now } : FindCustomer(transaction, id);
            var saved = known with
            {
                Email = form.Text("email") ?? known.Email,
                Name = form.Text("name") ?? known.Name,
                Description = form.Text("description") ?? known.Description,
                Metadata = metadata.Count > 0 ? metadata : known.Metadata,
            };
            if (method is not null)
                Keep(transaction, Cards.Choose(transaction, method, saved.Id), saved.Id);
            if (preferred is not null)
                saved = saved with { DefaultPaymentMethod = Cards.Choose(transaction, preferred, saved.Id).Id };
            transaction.Save(saved);
            transaction.Raise(id is null ? "customer.created" : "customer.updated", saved.Id);
            return new Answer(200) { Item = saved };
        };
    }

    private static Func<LedgerTransaction, Answer> DeleteCustomer(string id) => transaction =>
    {
        var gone = FindCustomer(transaction, id) with { Deleted = true };
        foreach (var method in transaction.All<PaymentMethod>().Where(method => method.Customer == id))
            transaction.Save(method with { Customer = null, Detached = true });
        transaction.Save(gone);
        transaction.Raise("customer.deleted", id);
        return new Answer(200) { Item = gone };
    };

    private static Func<LedgerTransaction, Answer> CreateMethod(StripeForm form)
    {
        form.AllowOnly("type", "card", "billing_details", "metadata", "allow_redisplay");
        if (form.RequiredText("type") != "card")
            throw new ApiException(ApiError.Invalid(null, "type", "The sandbox knows cards only."));
        var card = CardOf(form);
        var metadata = form.Metadata();
        return transaction =>
        {
            var method = new PaymentMethod
            {
                Id = Ids.New("pm"),
                Created = transaction.Now,
                Card = card.Token,
                Metadata = metadata,
                BillingEmail = form.Text("billing_details[email]"),
                BillingName = form.Text("billing_details[name]"),
            };
            transaction.Save(method);
            return new Answer(200) { Item = method };
        };
    }

    private static TestCard CardOf(StripeForm form)
    {
        if (form.Text("card[token]") is { } token)
        {
            return TestCards.TryFind(token.Replace("tok_", "pm_card_", StringComparison.Ordinal), out var named)
                ? named
                : throw new ApiException(ApiError.Invalid("resource_missing", "card[token]", $"No such token: '{token}'"));
        }

        var number = form.RequiredText("card[number]").Replace(" ", "", StringComparison.Ordinal);
        if (TestCards.TryFindNumber(number, out var card))
            return card;
        if (!IsLuhn(number))
            throw new ApiException(new(402, "card_error", "Your card number is incorrect.") { Code = "incorrect_number", Param = "number" });
        // Never into an error, a log or the journal: it might be somebody's.
        throw new ApiException(new(402, "card_error", "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.")
        {
            Code = "card_declined",
            DeclineCode = "test_mode_live_card",
        });
    }

    private static bool IsLuhn(string number)
    {
        if (number.Length is < 12 or > 19 || !number.All(char.IsAsciiDigit))
            return false;
        var sum = number.Reverse().Select((digit, place) => (digit - '0') * (1 + (place % 2))).Sum(value => value > 9 ? value - 9 : value);
        return sum % 10 == 0;
    }

    private static Func<LedgerTransaction, Answer> Attach(string id, StripeForm form)
    {
        var customer = form.AllowOnly("customer").RequiredText("customer");
        return transaction =>
        {
            FindCustomer(transaction, customer);
            var chosen = Cards.Choose(transaction, id, customer);
            // The bank is asked when a card is saved.
            return chosen.Card is { DeclinesSaving: true, Decline: { } why }
                ? Answer.Of(ApiError.Card(why, null))
                : new Answer(200) { Item = Keep(transaction, chosen, customer) };
        };
    }

    private static Func<LedgerTransaction, Answer> Detach(string id) => transaction =>
    {
        var method = Cards.Find(transaction, id);
        if (method.Customer is null)
        {
            return Answer.Of(ApiError.Invalid(null, null,
                "The payment method you provided is not attached to a customer so detachment is impossible."));
        }

        var free = method with { Customer = null, Detached = true };
        transaction.Save(free);
        transaction.Raise("payment_method.detached", id);
        return new Answer(200) { Item = free };
    };

    private static PaymentMethod Keep(LedgerTransaction transaction, ChosenCard chosen, string customer) =>
        Cards.Keep(transaction, chosen, customer, setUp: false);

    private static Customer FindCustomer(LedgerTransaction transaction, string id) =>
        transaction.Find<Customer>(id) is { Deleted: false } found ? found : throw new ApiException(ApiError.Missing("customer", id, "customer"));
}
