using System.Net;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;
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
        var intent = ledger.Read(state => state.Intents.GetValueOrDefault(id));
        if (intent is null)
            return Results.NotFound();
        var money = WebUtility.HtmlEncode(Currencies.Display(intent.Amount, intent.Currency));
        var body = intent.Status == IntentStatus.RequiresAction
            ? $"""
               <p>Your bank wants to know that it is you. Payment of <strong>{money}</strong>.</p>
               <form method="post" action="/sandbox/3ds/{id}/complete"><button>Complete authentication</button></form>
               <form method="post" action="/sandbox/3ds/{id}/fail"><button>Fail authentication</button></form>
               """
            : $"<p>Nothing to authenticate: this payment is <code>{intent.Status.Name()}</code>.</p>";
        return Results.Content(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>3-D Secure (sandbox)</title></head><body><h1>3-D Secure test page</h1>{body}</body></html>",
            "text/html; charset=utf-8");
    }

    private static IResult Finish(HttpContext http, string id, Ledger ledger, WebhookEndpoints endpoints, bool passed)
    {
        var answer = ledger.Execute(
            transaction =>
            {
                if (transaction.FindIntent(id) is not { } intent)
                    return Answer.Of(ApiError.Missing("payment_intent", id, "intent"));
                var transition = passed && TestCards.TryFind(intent.PaymentMethod ?? "", out var card)
                    ? IntentMachine.CompleteChallenge(intent, card, transaction.Now)
                    : IntentMachine.FailChallenge(intent);
                transaction.Save(transition);
                // A card declined after the challenge is an outcome of the payment, not an error of this page.
                var refused = transition.Error is { Status: 400 };
                return refused ? Answer.Of(transition.Error!, transition.Intent) : Answer.Of(transition.Intent, expandCharge: false);
            },
            new RequestContext(null) { Subscribers = type => endpoints.SubscribersOf(Providers.Stripe, type) });
        if (answer.Error is { } error)
            return Results.Json(new { error = new { message = error.Message, code = error.Code } }, statusCode: error.Status);

        var finished = answer.Intent!;
        var fromBrowser = http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        if (!fromBrowser || finished.ReturnUrl is null)
            return Results.Json(new { id = finished.Id, status = finished.Status.Name() });
        var separator = finished.ReturnUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var outcome = finished.LastError is null ? "succeeded" : "failed";
        http.Response.Headers.Location =
            $"{finished.ReturnUrl}{separator}payment_intent={finished.Id}&payment_intent_client_secret={Uri.EscapeDataString(finished.ClientSecret)}&redirect_status={outcome}";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
