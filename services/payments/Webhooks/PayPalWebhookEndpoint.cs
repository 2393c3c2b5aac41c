using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers.PayPal;

namespace NexusCart.Payments.Webhooks;

/// <summary><c>POST /webhooks/paypal</c>: outside transcoding, since the signature covers the raw body.</summary>
public static class PayPalWebhookEndpoint
{
    /// <summary>Adds the route.</summary>
    public static void MapPayPalWebhooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/webhooks/paypal", ReceiveAsync).AllowAnonymous();

    private static async Task ReceiveAsync(
        HttpContext http, [FromServices] PayPalSignature signature, [FromServices] WebhookIntake intake, [FromServices] TimeProvider time)
    {
        if (await WebhookIntake.ReadAsync(http) is not { } body)
            return;
        try
        {
            if (await signature.RefuseAsync(PayPalHeaders.Read(http.Request.Headers), body, time.GetUtcNow(), http.RequestAborted) is { } why)
            {
                await intake.RefuseAsync(http, ProviderNames.PayPal, why);
                return;
            }
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or OperationCanceledException && !http.RequestAborted.IsCancellationRequested)
        {
            await WebhookIntake.AgainAsync(http, "The certificate of the signature could not be fetched; send it again.");
            return;
        }

        Webhook? webhook;
        try
        {
            webhook = PayPalEvents.Read(JsonSerializer.Deserialize(body, PayPalJson.Default.PayPalEvent) ?? throw new JsonException("null"));
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException)
        {
            await intake.UnreadableAsync(http, ProviderNames.PayPal, unreadable);
            return;
        }

        await intake.TakeAsync(http, webhook);
    }
}
