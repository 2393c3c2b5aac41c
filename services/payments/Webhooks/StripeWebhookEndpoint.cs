using System.Buffers;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Mvc;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using Stripe;

namespace NexusCart.Payments.Webhooks;

/// <summary>
/// <c>POST /webhooks/stripe</c>: outside transcoding, since the signature covers the raw body. It answers 2xx as soon as the
/// payment's shard has the event durably, in one turn that also applies it; publishing what follows happens after. Anything
/// else than 2xx has the provider send it again.
/// </summary>
public static partial class StripeWebhookEndpoint
{
    /// <summary>The longest body taken, in bytes; Stripe's are a few thousand.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Adds the route.</summary>
    public static void MapStripeWebhooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/webhooks/stripe", ReceiveAsync).AllowAnonymous();

    private static async Task ReceiveAsync(
        HttpContext http,
        [FromServices] StripeSignature signature,
        [FromServices] IPaymentBook book,
        [FromServices] TimeProvider time,
        [FromServices] ILogger<StripeSignature> logger)
    {
        if (await ReadBodyAsync(http.Request) is not { } body)
        {
            await new Problem(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MaxBytes} bytes.").WriteAsync(http);
            return;
        }

        if (signature.Refuse(http.Request.Headers["Stripe-Signature"], body, time.GetUtcNow()) is { } why)
        {
            LogRefused(logger, why);
            await new Problem(StatusCodes.Status400BadRequest, why, "webhook_signature_invalid").WriteAsync(http);
            return;
        }

        Event stripeEvent;
        try
        {
            stripeEvent = EventUtility.ParseEvent(Encoding.UTF8.GetString(body));
        }
        catch (Exception unreadable) when (unreadable is StripeException or System.Text.Json.JsonException or ArgumentException or InvalidOperationException or NullReferenceException)
        {
            LogUnreadable(logger, unreadable);
            await new Problem(StatusCodes.Status400BadRequest, "The event cannot be read by this version of the API.", "webhook_unreadable").WriteAsync(http);
            return;
        }

        if (StripeEvents.TryRead(stripeEvent, out var paymentId, out var command) && Identifiers.IsId(paymentId))
            await ApplyAsync(http, book, stripeEvent, paymentId, command, logger);
        else
            http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task ApplyAsync(
        HttpContext http, IPaymentBook book, Event stripeEvent, string paymentId, PaymentCommand command, ILogger logger)
    {
        try
        {
            var answer = await book.ExecuteAsync(paymentId, command, http.RequestAborted);
            if (answer.Refused is { } refused)
                LogForeign(logger, stripeEvent.Id, stripeEvent.Type, paymentId, refused.Reason);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (RpcException failed)
        {
            LogNotTaken(logger, stripeEvent.Id, paymentId, failed.Status.Detail);
            await new Problem(StatusCodes.Status503ServiceUnavailable, "The event could not be recorded; send it again.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }.WriteAsync(http);
        }
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
            return null;
        var content = new ArrayBufferWriter<byte>(4096);
        while (true)
        {
            var read = await request.Body.ReadAsync(content.GetMemory(4096), request.HttpContext.RequestAborted);
            if (read == 0)
                return content.WrittenSpan.ToArray();
            content.Advance(read);
            if (content.WrittenCount > MaxBytes)
                return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook was refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A signed webhook cannot be read; is its API version the one this program pins?")]
    private static partial void LogUnreadable(ILogger logger, Exception why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {EventId} ({EventType}) about {PaymentId} was not for us: {Reason}")]
    private static partial void LogForeign(ILogger logger, string eventId, string eventType, string paymentId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {EventId} about {PaymentId} could not be recorded: {Why}")]
    private static partial void LogNotTaken(ILogger logger, string eventId, string paymentId, string why);
}
