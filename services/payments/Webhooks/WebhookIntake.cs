using System.Buffers;
using Grpc.Core;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Errors;

namespace NexusCart.Payments.Webhooks;

/// <summary>One webhook whose signature was found good and that concerns a payment.</summary>
/// <param name="EventId">The provider's id of the event.</param>
/// <param name="Type">The provider's type.</param>
/// <param name="Key">The shard's key: the payment's id, or the event's where the payment is not known yet.</param>
/// <param name="Command">What it says.</param>
public sealed record Webhook(string EventId, string Type, string Key, PaymentCommand Command);

/// <summary>
/// How webhooks of all providers are taken: the raw body up to a limit; 2xx as soon as the shard has the event durably, in one
/// turn, with or without the change it makes; what has to be asked for first stays in the shard's inbox. Anything else than 2xx
/// has the provider send it again.
/// </summary>
public sealed partial class WebhookIntake(IPaymentBook book, ILogger<WebhookIntake> logger)
{
    /// <summary>The longest body taken, in bytes; providers' are a few thousand.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The body as received, byte for byte; null, and answered, when it is too long.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (await ReadBodyAsync(http.Request) is { } body)
            return body;
        await new Problem(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {MaxBytes} bytes.").WriteAsync(http);
        return null;
    }

    /// <summary>Answers a bad signature; nothing was stored.</summary>
    public Task RefuseAsync(HttpContext http, string provider, string why)
    {
        LogRefused(logger, provider, why);
        return new Problem(StatusCodes.Status400BadRequest, why, "webhook_signature_invalid").WriteAsync(http);
    }

    /// <summary>Answers a signed body that is no event.</summary>
    public Task UnreadableAsync(HttpContext http, string provider, Exception why)
    {
        LogUnreadable(logger, provider, why);
        return new Problem(StatusCodes.Status400BadRequest, "The event cannot be read by this version of the API.", "webhook_unreadable").WriteAsync(http);
    }

    /// <summary>Takes a webhook in; null is one that this shop does not act on.</summary>
    public async Task TakeAsync(HttpContext http, Webhook? webhook)
    {
        ArgumentNullException.ThrowIfNull(http);
        try
        {
            if (webhook is not null && (await book.ExecuteAsync(webhook.Key, webhook.Command, http.RequestAborted)).Refused is { } refused)
                LogForeign(logger, webhook.EventId, webhook.Type, webhook.Key, refused.Reason);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (RpcException failed)
        {
            LogNotTaken(logger, webhook!.EventId, webhook.Key, failed.Status.Detail);
            await AgainAsync(http, "The event could not be recorded; send it again.");
        }
    }

    /// <summary>Has the provider send it again.</summary>
    public static Task AgainAsync(HttpContext http, string why) =>
        new Problem(StatusCodes.Status503ServiceUnavailable, why) { RetryAfter = TimeSpan.FromSeconds(1) }.WriteAsync(http);

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "A webhook of {Provider} was refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string provider, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A signed webhook of {Provider} cannot be read; is its API version the one this program knows?")]
    private static partial void LogUnreadable(ILogger logger, string provider, Exception why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {EventId} ({EventType}) about {PaymentId} was not for us: {Reason}")]
    private static partial void LogForeign(ILogger logger, string eventId, string eventType, string paymentId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Event {EventId} about {PaymentId} could not be recorded: {Why}")]
    private static partial void LogNotTaken(ILogger logger, string eventId, string paymentId, string why);
}
