using System.Net;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Wallets;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.Http;

/// <summary>
/// The page a customer is sent to for a 3-D Secure challenge: one button passes it, the other fails it. Tests post to the
/// same addresses. No key is asked for: the customer has none.
/// </summary>
public static class ThreeDSecurePages
{
    /// <summary>Adds the routes.</summary>
    public static void MapThreeDSecure(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sandbox/3ds/{id}", Show);
        routes.MapPost("/sandbox/3ds/{id}/complete", (HttpContext http, string id, Ledger ledger, WebhookEndpoints endpoints) =>
            Finish(http, id, ledger, endpoints, passed: true));
        routes.MapPost("/sandbox/3ds/{id}/fail", (HttpContext http, string id, Ledger ledger, WebhookEndpoints endpoints) =>
            Finish(http, id, ledger, endpoints, passed: false));
    }

    private static IResult Show(string id, Ledger ledger)
    {
        var (what, status) = ledger.Read(state => state.Intents.GetValueOrDefault(id) is { } intent
            ? ($"Payment of <strong>{WebUtility.HtmlEncode(Currencies.Display(intent.Amount, intent.Currency))}</strong>.", intent.Status.Name())
            : ("A card is set up for later payments.", (state.Objects.GetValueOrDefault(id) as SetupIntent)?.Status));
        if (status is null)
            return Results.NotFound();
        var body = status == "requires_action"
            ? $"""
               <p>Your bank wants to know that it is you. {what}</p>
               <form method="post" action="/sandbox/3ds/{id}/complete"><button>Complete authentication</button></form>
               <form method="post" action="/sandbox/3ds/{id}/fail"><button>Fail authentication</button></form>
               """
            : $"<p>Nothing to authenticate: this is <code>{status}</code>.</p>";
        return Results.Content(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>3-D Secure (sandbox)</title></head><body><h1>3-D Secure test page</h1>{body}</body></html>",
            "text/html; charset=utf-8");
    }

    private static IResult Finish(HttpContext http, string id, Ledger ledger, WebhookEndpoints endpoints, bool passed)
    {
        var answer = ledger.Execute(
            transaction =>
            {
                if (transaction.Find<SetupIntent>(id) is { } setup)
                    return SetupMachine.EndChallenge(transaction, setup, passed);
                if (transaction.FindIntent(id) is not { } intent)
                    return Answer.Of(ApiError.Missing("payment_intent", id, "intent"));
                var transition = passed && TestCards.TryFind(intent.CardToken ?? "", out var card)
                    ? IntentMachine.CompleteChallenge(intent, card, transaction.Now)
                    : IntentMachine.FailChallenge(intent);
                var saved = Aftermath.Save(transaction, intent, transition);
                // A card declined after the challenge is an outcome of the payment, not an error of this page.
                var refused = transition.Error is { Status: 400 };
                return refused ? Answer.Of(transition.Error!, saved) : Answer.Of(saved, expandCharge: false);
            },
            new RequestContext(null) { Subscribers = type => endpoints.SubscribersOf(Providers.Stripe, type) });
        if (answer.Error is { Status: not 402 } error)
            return Results.Json(new { error = new { message = error.Message, code = error.Code } }, statusCode: error.Status);
        return answer.Item is SetupIntent ended
            ? Back(http, "setup_intent", id, ended.Status, ended.ClientSecret, ended.ReturnUrl, ended.LastError is null)
            : Back(http, "payment_intent", id, answer.Intent!.Status.Name(), answer.Intent.ClientSecret, answer.Intent.ReturnUrl, answer.Intent.LastError is null);
    }

    /// <summary>A browser goes back to the shop; a test gets the outcome.</summary>
    private static IResult Back(HttpContext http, string what, string id, string status, string secret, string? returnUrl, bool passed)
    {
        var fromBrowser = http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        if (!fromBrowser || returnUrl is null)
            return Results.Json(new { id, status });
        var separator = returnUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        http.Response.Headers.Location =
            $"{returnUrl}{separator}{what}={id}&{what}_client_secret={Uri.EscapeDataString(secret)}&redirect_status={(passed ? "succeeded" : "failed")}";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
