using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;

namespace NexusCart.Notifications.Webhooks;

/// <summary>An attempt to deliver.</summary>
/// <param name="EndpointId">The endpoint.</param>
/// <param name="Url">Where to.</param>
/// <param name="Secrets">What signs it.</param>
/// <param name="DeliveryId">The <c>webhook-id</c>.</param>
/// <param name="Body">What is sent.</param>
public sealed record WebhookAttempt(string EndpointId, string Url, IReadOnlyList<string> Secrets, string DeliveryId, string Body);

/// <summary>Makes attempts.</summary>
public interface IWebhookSender
{
    /// <summary>Begins an attempt; what came of it is told to the endpoint's actor.</summary>
    void Start(WebhookAttempt attempt);
}

/// <summary>
/// Posts webhooks by an HTTP client of the service's own. Dapr's bindings.http has its address in the component file, follows redirects,
/// and resolves names by itself: endpoints that staff register at run time cannot be served by it, nor guarded.
/// </summary>
public sealed partial class WebhookSender(
    WebhookClient client, IActorProxyFactory proxies, TimeProvider time, ILogger<WebhookSender> logger) : IWebhookSender
{
    private static readonly TimeSpan RecordDeadline = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void Start(WebhookAttempt attempt)
    {
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => RunAsync(attempt));
    }

    /// <summary>One attempt. It never throws: a failure is a result.</summary>
    internal async Task<AttemptResult> AttemptAsync(WebhookAttempt attempt)
    {
        var started = Stopwatch.GetTimestamp();
        int Elapsed() => (int)Math.Min(int.MaxValue, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, attempt.Url);
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(attempt.Body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
            request.Headers.Add("webhook-id", attempt.DeliveryId);
            request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("webhook-signature", WebhookSignature.Of(attempt.Secrets, attempt.DeliveryId, timestamp, attempt.Body));
            // The status says it all; a body of any length stays unread.
            using var answer = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return new AttemptResult(attempt.DeliveryId, (int)answer.StatusCode, Elapsed(), "");
        }
        catch (Exception fault)
        {
            return new AttemptResult(attempt.DeliveryId, 0, Elapsed(), Explain(fault));
        }
    }

    private static string Explain(Exception fault) => fault switch
    {
        TaskCanceledException => "no answer in time",
        HttpRequestException { InnerException: ForbiddenTargetException forbidden } => forbidden.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the host's name has no address",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "no trusted TLS connection",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "no connection",
        _ => "the answer was no HTTP",
    };

    private async Task RunAsync(WebhookAttempt attempt)
    {
        var result = await AttemptAsync(attempt);
        try
        {
            using var limit = new CancellationTokenSource(RecordDeadline, time);
            await proxies.Create(new ActorId(attempt.EndpointId), nameof(WebhookEndpointActor))
                .InvokeMethodAsync(nameof(IWebhookEndpointActor.RecordAsync), result, limit.Token);
        }
        catch (Exception fault)
        {
            // The actor takes the attempt for lost after a while, and makes another.
            LogLost(logger, attempt.EndpointId, attempt.DeliveryId, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What came of delivery {DeliveryId} to endpoint {EndpointId} was not noted; it is tried again")]
    private static partial void LogLost(ILogger logger, string endpointId, string deliveryId, Exception fault);
}
