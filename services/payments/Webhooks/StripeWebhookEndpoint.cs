using System.Text;
using Microsoft.AspNetCore.Mvc;
using NexusCart.Payments.Domain;
using Stripe;

namespace NexusCart.Payments.Webhooks;

/// <summary><c>POST /webhooks/stripe</c>: outside transcoding, since the signature covers the raw body.</summary>
public static class StripeWebhookEndpoint
{
    /// <summary>Adds the route.</summary>
    public static void MapStripeWebhooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/webhooks/stripe", ReceiveAsync).AllowAnonymous();

    private static async Task ReceiveAsync(
        HttpContext http, [FromServices] StripeSignature signature, [FromServices] WebhookIntake intake, [FromServices] TimeProvider time)
    {
        if (await WebhookIntake.ReadAsync(http) is not { } body)
            return;
        if (signature.Refuse(http.Request.Headers["Stripe-Signature"], body, time.GetUtcNow()) is { } why)
        {
            await intake.RefuseAsync(http, ProviderNames.Stripe, why);
            return;
        }

        Webhook? webhook;
        try
        {
            webhook = StripeEvents.Read(EventUtility.ParseEvent(Encoding.UTF8.GetString(body)));
        }
        catch (Exception unreadable) when (unreadable is StripeException or System.Text.Json.JsonException or ArgumentException or InvalidOperationException or NullReferenceException)
        {
            await intake.UnreadableAsync(http, ProviderNames.Stripe, unreadable);
            return;
        }

        await intake.TakeAsync(http, webhook);
    }
}
