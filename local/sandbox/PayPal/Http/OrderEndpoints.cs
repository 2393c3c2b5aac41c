using System.Text.RegularExpressions;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary><c>/v2/checkout/orders</c>.</summary>
public static partial class OrderEndpoints
{
    private static readonly PayPalCall CreateCall = new("orders.create", ResourceKind.Order, PayPalCall.OrdersKeep);

    /// <summary>Adds the routes.</summary>
    public static void MapPayPalOrders(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v2/checkout/orders";
        routes.MapPost(Root, (HttpContext http, PayPalExecutor api, PayPalBook book) =>
            api.MutateAsync(http, CreateCall, null, body => Create(body, book, http.Request.Headers["PayPal-Request-Id"].Count > 0)));
        routes.MapGet(Root + "/{id}", (HttpContext http, PayPalExecutor api, PayPalJson json, string id) => api.QueryAsync(http, "orders.retrieve", id,
            state => PayPalJson.Text(writer => json.Write(writer, Order(state, id), whole: true))));
        routes.MapPost(Root + "/{id}/authorize", (HttpContext http, PayPalExecutor api, PayPalBook book, string id) =>
            api.MutateAsync(http, CreateCall with { Operation = "orders.authorize" }, id, _ => (state, now) =>
                OrderMachine.Authorize(Order(state, id), book.ContextOf(state, Order(state, id), now))));
        routes.MapPost(Root + "/{id}/capture", (HttpContext http, PayPalExecutor api, PayPalBook book, string id) =>
            api.MutateAsync(http, CreateCall with { Operation = "orders.capture" }, id, _ => (state, now) =>
                OrderMachine.Capture(Order(state, id), book.ContextOf(state, Order(state, id), now))));
    }

    /// <summary>The order of an id.</summary>
    /// <exception cref="PayPalException">404 when there is none.</exception>
    public static PayPalOrder Order(PayPalState state, string id)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Orders.GetValueOrDefault(id) ?? throw new PayPalException(PayPalError.NotFound());
    }

    private static Func<PayPalState, DateTimeOffset, OrderChange> Create(PayPalBody body, PayPalBook book, bool hasRequestId)
    {
        var authorizes = body.Text("intent") switch
        {
            "AUTHORIZE" => true,
            "CAPTURE" => false,
            null => throw body.Missing("intent"),
            _ => throw body.Syntax("intent"),
        };
        var unit = Unit(body);
        var (source, wallet) = (body.Nested("payment_source"), body.Nested("payment_source")?.Nested("paypal"));
        if (source is not null && wallet is null && source.Nested("token") is null)
            throw new PayPalException(PayPalError.Unprocessable("PAYMENT_SOURCE_NOT_SUPPORTED", "/payment_source"));
        if (source is not null && !hasRequestId)
            throw new PayPalException(PayPalError.Invalid("PAYPAL_REQUEST_ID_REQUIRED", "PayPal-Request-Id"));
        var saved = SavedWallet(wallet?.Text("vault_id", 255) ?? source?.Nested("token")?.Text("id", 255));
        var experience = wallet?.Nested("experience_context") ?? body.Nested("application_context");
        var (returnUrl, cancelUrl) = (Url(experience, "return_url"), Url(experience, "cancel_url"));
        return (state, now) =>
        {
            var order = new PayPalOrder
            {
                Id = PayPalNames.NewId(),
                Authorizes = authorizes,
                Status = source is null ? OrderStatus.Created : OrderStatus.PayerActionRequired,
                Created = now,
                Updated = now,
                Unit = unit,
                NamesWallet = source is not null,
                ReturnUrl = returnUrl,
                CancelUrl = cancelUrl,
            };
            return saved is null ? new(order, []) : PayAtOnce(order, saved, book.ContextOf(state, order, now));
        };
    }

    /// <summary>A saved wallet needs no approval: the order is paid by the request that creates it, or not created.</summary>
    private static OrderChange PayAtOnce(PayPalOrder order, string buyer, OrderContext context)
    {
        var approved = order with { Status = OrderStatus.Approved, Buyer = buyer };
        var paid = order.Authorizes ? OrderMachine.Authorize(approved, context) : OrderMachine.Capture(approved, context);
        return paid.Error is { } error ? throw new PayPalException(error with { RedirectPayer = null }) : paid;
    }

    private static string? SavedWallet(string? vaultId)
    {
        if (vaultId is null)
            return null;
        var name = vaultId.StartsWith(Buyers.VaultPrefix, StringComparison.Ordinal) ? vaultId[Buyers.VaultPrefix.Length..] : "";
        return Buyers.TryFind(name, out _)
            ? name
            : throw new PayPalException(PayPalError.Unprocessable("INVALID_VAULT_ID", "/payment_source/paypal/vault_id", vaultId));
    }

    private static PurchaseUnit Unit(PayPalBody body)
    {
        var units = body.List("purchase_units");
        if (units.Count == 0)
            throw body.Missing("purchase_units");
        if (units.Count > 1)
            throw new PayPalException(PayPalError.Unprocessable("MAX_NUMBER_OF_PURCHASE_UNITS_EXCEEDED", "/purchase_units"));
        var unit = units[0];
        var amount = unit.RequiredMoney("amount");
        Breakdown.Check(unit, amount);
        return new(unit.Text("reference_id", 256) ?? "default", amount)
        {
            CustomId = unit.Text("custom_id", 255),
            InvoiceId = unit.Text("invoice_id"),
            Description = unit.Text("description"),
            Breakdown = unit.Nested("amount")!.Raw("breakdown"),
            Items = unit.Raw("items"),
        };
    }

    private static string? Url(PayPalBody? experience, string name)
    {
        var text = experience?.Text(name, 4_000);
        return text is null || HttpUrl().IsMatch(text) ? text : throw experience!.Syntax(name);
    }

    [GeneratedRegex("^https?://[^\\s]+$")]
    private static partial Regex HttpUrl();
}

/// <summary>What an order's amount must add up to.</summary>
internal static class Breakdown
{
    private static readonly string[] Added = ["item_total", "tax_total", "shipping", "handling", "insurance"];
    private static readonly string[] Taken = ["shipping_discount", "discount"];

    /// <summary>Checks the breakdown of an amount and the items of a unit, when they are given.</summary>
    /// <exception cref="PayPalException">422 <c>AMOUNT_MISMATCH</c>, <c>ITEM_TOTAL_MISMATCH</c> or <c>MULTI_CURRENCY_ORDER</c>.</exception>
    public static void Check(PayPalBody unit, PayPalMoney amount)
    {
        var items = unit.List("items");
        if (unit.Nested("amount")!.Nested("breakdown") is not { } breakdown)
        {
            if (items.Count > 0)
                throw new PayPalException(PayPalError.Invalid("MISSING_REQUIRED_PARAMETER", "/purchase_units/0/amount/breakdown"));
            return;
        }

        var total = Added.Sum(name => Part(breakdown, name, amount)) - Taken.Sum(name => Part(breakdown, name, amount));
        if (total != amount.MinorUnits)
            throw new PayPalException(PayPalError.Unprocessable("AMOUNT_MISMATCH", "/purchase_units/0/amount/value", amount.Value));
        if (items.Count == 0)
            return;
        var sum = items.Sum(item => item.RequiredMoney("unit_amount").MinorUnits * item.Quantity("quantity"));
        if (sum != Part(breakdown, "item_total", amount))
            throw new PayPalException(PayPalError.Unprocessable("ITEM_TOTAL_MISMATCH", "/purchase_units/0/amount/breakdown/item_total"));
    }

    private static long Part(PayPalBody breakdown, string name, PayPalMoney amount)
    {
        if (breakdown.Money(name) is not { } part)
            return 0;
        return part.Currency == amount.Currency
            ? part.MinorUnits
            : throw new PayPalException(PayPalError.Unprocessable("MULTI_CURRENCY_ORDER", $"/purchase_units/0/amount/breakdown/{name}/currency_code"));
    }
}
