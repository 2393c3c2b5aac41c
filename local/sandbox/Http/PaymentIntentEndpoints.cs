using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/payment_intents</c>.</summary>
public static class PaymentIntentEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapPaymentIntents(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/payment_intents";
        routes.MapPost(Root, (HttpContext http, ApiExecutor api) => api.MutateAsync(http, "payment_intents.create", null, Create));
        routes.MapGet(Root, (HttpContext http, ApiExecutor api, StripeJson json) => api.QueryAsync(http, "payment_intents.list", null,
            (form, state) => Paging.Page(Root, form.AllowOnly("created", "limit", "starting_after", "ending_before", "customer"), state.IntentOrder,
                id => state.Intents[id], intent => intent.Created,
                (writer, intent) => json.Write(writer, intent, form.Expands("latest_charge")))));
        routes.MapGet(Root + "/{id}", (HttpContext http, ApiExecutor api, StripeJson json, string id) => api.QueryAsync(http, "payment_intents.retrieve", id,
            (form, state) => StripeJson.Bytes(writer => json.Write(
                writer,
                state.Intents.GetValueOrDefault(id) ?? throw new ApiException(ApiError.Missing("payment_intent", id, "intent")),
                form.AllowOnly("client_secret").Expands("latest_charge")))));
        routes.MapPost(Root + "/{id}/confirm", (HttpContext http, ApiExecutor api, string id) =>
            api.MutateAsync(http, "payment_intents.confirm", id, form => Confirm(id, form)));
        routes.MapPost(Root + "/{id}/capture", (HttpContext http, ApiExecutor api, string id) =>
            api.MutateAsync(http, "payment_intents.capture", id, form => Capture(id, form)));
        routes.MapPost(Root + "/{id}/cancel", (HttpContext http, ApiExecutor api, string id) =>
            api.MutateAsync(http, "payment_intents.cancel", id, form => Cancel(id, form)));
    }

    private static Func<LedgerTransaction, Answer> Create(StripeForm form)
    {
        form.AllowOnly("amount", "currency", "confirm", "capture_method", "confirmation_method", "payment_method", "allowed_payment_method_types",
            "payment_method_options", "automatic_payment_methods", "off_session", "metadata", "return_url", "description", "receipt_email",
            "error_on_requires_action", "statement_descriptor_suffix", "use_stripe_sdk", "customer", "setup_future_usage", "payment_method_types");
        var amount = form.Positive("amount") ?? throw new ApiException(ApiError.Invalid("parameter_missing", "amount", "Missing required param: amount."));
        var currency = form.RequiredText("currency");
        CheckMoney(amount, currency);
        var manual = form.OneOf("capture_method", "automatic", "automatic_async", "manual") == "manual";
        var confirm = form.Flag("confirm");
        var method = form.Text("payment_method");
        if (method is not null)
            CheckToken(method);
        if (confirm && method is null)
            throw new ApiException(ApiError.Invalid("parameter_missing", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method."));
        var offSession = form.Flag("off_session");
        var metadata = form.Metadata();
        var returnUrl = ReturnUrl(form);
        var expand = form.Expands("latest_charge");
        var customer = form.Text("customer");
        var usage = form.OneOf("setup_future_usage", "off_session", "on_session");
        return transaction =>
        {
            if (customer is not null && transaction.Find<Customer>(customer) is not { Deleted: false })
                throw new ApiException(ApiError.Missing("customer", customer, "customer"));
            var chosen = method is null ? null : Cards.Choose(transaction, method, customer);
            var id = Ids.New("pi");
            var intent = new PaymentIntent
            {
                Id = id,
                Amount = amount,
                Currency = currency,
                ManualCapture = manual,
                ClientSecret = $"{id}_{Ids.New("secret")}",
                Created = transaction.Now,
                Metadata = metadata,
                PaymentMethod = method,
                Card = chosen?.Kept?.Card,
                Customer = customer,
                SetupFutureUsage = usage,
                Status = method is null ? IntentStatus.RequiresPaymentMethod : IntentStatus.RequiresConfirmation,
                ReturnUrl = returnUrl,
                Description = form.Text("description"),
                ReceiptEmail = form.Text("receipt_email"),
            };
            transaction.Save(new Transition(intent, ["payment_intent.created"]));
            return confirm ? Finish(transaction, intent, IntentMachine.Confirm(intent, chosen!.Card, offSession, chosen.SetUp, transaction.Now), expand) : Answer.Of(intent, expand);
        };
    }

    private static Func<LedgerTransaction, Answer> Confirm(string id, StripeForm form)
    {
        form.AllowOnly("payment_method", "return_url", "off_session", "capture_method", "receipt_email", "use_stripe_sdk", "error_on_requires_action");
        var method = form.Text("payment_method");
        if (method is not null)
            CheckToken(method);
        var offSession = form.Flag("off_session");
        var returnUrl = ReturnUrl(form);
        return transaction => WithIntent(transaction, id, intent =>
        {
            var token = method ?? intent.PaymentMethod;
            // A card that failed has to be named again.
            if (token is null || (method is null && intent.Status == IntentStatus.RequiresPaymentMethod))
            {
                return Answer.Of(ApiError.Invalid("payment_intent_unexpected_state", "payment_method",
                    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method."), intent);
            }

            var chosen = Cards.Choose(transaction, token, intent.Customer);
            var named = intent.Status is IntentStatus.RequiresPaymentMethod or IntentStatus.RequiresConfirmation
                ? intent with { PaymentMethod = token, Card = chosen.Kept?.Card, ReturnUrl = returnUrl ?? intent.ReturnUrl }
                : intent;
            return Finish(transaction, intent, IntentMachine.Confirm(named, chosen.Card, offSession, chosen.SetUp, transaction.Now), form.Expands("latest_charge"));
        });
    }

    private static Func<LedgerTransaction, Answer> Capture(string id, StripeForm form)
    {
        form.AllowOnly("amount_to_capture", "metadata", "statement_descriptor_suffix", "final_capture");
        var amount = form.Positive("amount_to_capture");
        return transaction => WithIntent(transaction, id, intent =>
            Finish(transaction, intent, IntentMachine.Capture(intent, amount, transaction.Now), form.Expands("latest_charge")));
    }

    private static Func<LedgerTransaction, Answer> Cancel(string id, StripeForm form)
    {
        form.AllowOnly("cancellation_reason");
        var reason = form.OneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned");
        return transaction => WithIntent(transaction, id, intent =>
            Finish(transaction, intent, IntentMachine.Cancel(intent, reason, transaction.Now), form.Expands("latest_charge")));
    }

    private static Answer WithIntent(LedgerTransaction transaction, string id, Func<PaymentIntent, Answer> then) =>
        transaction.FindIntent(id) is { } intent ? then(intent) : Answer.Of(ApiError.Missing("payment_intent", id, "intent")) with { Executed = false };

    private static Answer Finish(LedgerTransaction transaction, PaymentIntent before, Transition transition, bool expandCharge)
    {
        var intent = Aftermath.Save(transaction, before, transition);
        return transition.Error is null ? Answer.Of(intent, expandCharge) : Answer.Of(transition.Error, intent);
    }

    /// <summary>A test token that nobody published is a mistake before anything is executed.</summary>
    private static void CheckToken(string token)
    {
        if (token.StartsWith("pm_card_", StringComparison.Ordinal) && Cards.Static(token) is null)
            throw new ApiException(ApiError.Invalid("resource_missing", "payment_method", $"No such PaymentMethod: '{token}'"));
    }

    private static void CheckMoney(long amount, string currency)
    {
        if (!Currencies.IsWellFormed(currency))
            throw new ApiException(ApiError.Invalid(null, "currency", $"Invalid currency: {currency}. It must be a three-letter ISO code in lower case."));
        if (amount > Currencies.MaximumAmount)
            throw new ApiException(ApiError.Invalid("amount_too_large", "amount", $"Amount must be no more than {Currencies.Display(Currencies.MaximumAmount, currency)}"));
        if (amount < Currencies.MinimumAmount(currency))
            throw new ApiException(ApiError.Invalid("amount_too_small", "amount", $"Amount must be at least {Currencies.Display(Currencies.MinimumAmount(currency), currency)}"));
    }

    private static string? ReturnUrl(StripeForm form)
    {
        var text = form.Text("return_url");
        if (text is not null && !Uri.TryCreate(text, UriKind.Absolute, out _))
            throw new ApiException(ApiError.Invalid("url_invalid", "return_url", "Not a valid URL"));
        return text;
    }
}
