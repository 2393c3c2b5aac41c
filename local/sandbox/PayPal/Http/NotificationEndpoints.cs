using System.Globalization;
using System.Text;
using System.Text.Json;
using NexusCart.Sandbox.Control;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;
using NexusCart.Sandbox.PayPal.Webhooks;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary><c>/v1/oauth2/token</c> and <c>/v1/notifications</c>: signing in, checking a webhook's signature, catching up with events.</summary>
public static class NotificationEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapPayPalNotifications(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/notifications";
        routes.MapPost("/v1/oauth2/token", TokenAsync);
        routes.MapGet(PayPalSigner.CertificatePath, (PayPalSigner signer) => Results.Text(signer.CertificatePem, "application/x-pem-file"));
        routes.MapPost(Root + "/verify-webhook-signature", (HttpContext http, PayPalExecutor api, PayPalSigner signer) =>
            api.GuardAsync(http, () => VerifyAsync(http, signer)));
        routes.MapGet(Root + "/webhooks-events", (HttpContext http, PayPalExecutor api) =>
            api.QueryAsync(http, "events.list", null, state => List(http.Request, state)));
        routes.MapGet(Root + "/webhooks-events/{id}", (HttpContext http, PayPalExecutor api, string id) =>
            api.QueryAsync(http, "events.retrieve", null, state => (state.Events.GetValueOrDefault(id) ?? throw new PayPalException(PayPalError.NotFound())).Body));
        routes.MapPost(Root + "/webhooks-events/{id}/resend", (HttpContext http, PayPalExecutor api, PayPalLedger ledger, WebhookEndpoints endpoints, string id) =>
            api.GuardAsync(http, async () =>
            {
                if (!ledger.Resend(id, endpoints.Urls(Providers.PayPal)))
                    throw new PayPalException(PayPalError.NotFound());
                await PayPalExecutor.SendAsync(http, 202, ledger.Read(state => state.Events[id].Body));
            }));
    }

    private static async Task TokenAsync(HttpContext http, PayPalTokens tokens, RateLimits limits)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : null;
        if (!limits.TryTake(Providers.PayPal))
            await PayPalExecutor.SendAsync(http, 429, """{"name":"RATE_LIMIT_REACHED","message":"Too many requests. Blocked due to rate limiting."}""");
        else if (!tokens.IsClient(http.Request.Headers.Authorization))
            await PayPalExecutor.SendAsync(http, 401, """{"error":"invalid_client","error_description":"Client Authentication failed"}""");
        else if (form is null || form["grant_type"] != "client_credentials")
            await PayPalExecutor.SendAsync(http, 400, """{"error":"unsupported_grant_type","error_description":"Grant Type is NULL or not supported"}""");
        else
        {
            var token = tokens.Issue();
            await PayPalExecutor.SendAsync(http, 200, PayPalJson.Text(json =>
            {
                json.WriteStartObject();
                json.WriteString("scope", "https://uri.paypal.com/services/payments/payment/authcapture https://uri.paypal.com/services/payments/refund");
                json.WriteString("access_token", token);
                json.WriteString("token_type", "Bearer");
                json.WriteString("app_id", "APP-NEXUSCART-SANDBOX");
                json.WriteNumber("expires_in", (long)PayPalTokens.Lifetime.TotalSeconds);
                json.WriteEndObject();
            }));
        }
    }

    private static async Task VerifyAsync(HttpContext http, PayPalSigner signer)
    {
        var body = await PayPalBody.ReadAsync(http.Request);
        string Required(string name) => body.Text(name, 2_000) ?? throw body.Missing(name);
        var told = body.Raw("webhook_event") ?? throw body.Missing("webhook_event");
        var genuine = Required("auth_algo") == PayPalSigner.Algorithm
            && Required("cert_url") == signer.CertificateUrl
            && signer.IsGenuine(Required("transmission_id"), Required("transmission_time"), Required("webhook_id"), Encoding.UTF8.GetBytes(told), Required("transmission_sig"));
        await PayPalExecutor.SendAsync(http, 200, genuine ? """{"verification_status":"SUCCESS"}""" : """{"verification_status":"FAILURE"}""");
    }

    private static string List(HttpRequest request, PayPalState state)
    {
        var size = Math.Clamp(int.TryParse(request.Query["page_size"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 10, 1, 300);
        var (from, to) = (Time(request, "start_time") ?? DateTimeOffset.MinValue, Time(request, "end_time") ?? DateTimeOffset.MaxValue);
        var type = request.Query["event_type"].ToString();
        // A cursor of the sandbox's own: the last event of the page before.
        var after = request.Query["start_id"].ToString();
        var page = state.EventOrder.Reverse().SkipWhile(id => after.Length > 0 && id != after).Skip(after.Length > 0 ? 1 : 0)
            .Select(id => state.Events[id])
            .Where(e => e.Created >= from && e.Created <= to && (type.Length == 0 || e.Type == type))
            .Take(size + 1)
            .ToList();
        return PayPalJson.Text(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("events");
            foreach (var stored in page.Take(size))
                json.WriteRawValue(stored.Body);
            json.WriteEndArray();
            json.WriteNumber("count", Math.Min(page.Count, size));
            json.WriteStartArray("links");
            if (page.Count > size)
                WriteNext(json, request, page[size - 1].Id);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteNext(Utf8JsonWriter json, HttpRequest request, string last)
    {
        var query = request.Query.Where(pair => pair.Key != "start_id").Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value.ToString())}").Append($"start_id={last}");
        json.WriteStartObject();
        json.WriteString("href", $"{request.Scheme}://{request.Host}{request.Path}?{string.Join('&', query)}");
        json.WriteString("rel", "next");
        json.WriteString("method", "GET");
        json.WriteEndObject();
    }

    private static DateTimeOffset? Time(HttpRequest request, string name)
    {
        var text = request.Query[name].ToString();
        if (text.Length == 0)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new PayPalException(PayPalError.Invalid("INVALID_PARAMETER_SYNTAX", name, text));
    }
}
