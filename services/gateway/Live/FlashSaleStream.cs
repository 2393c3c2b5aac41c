using System.Globalization;
using System.Text.Json;
using NexusCart.Gateway.Entrance;
using NexusCart.Platform;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Events;
using NexusCart.Platform.Values;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Gateway.Live;

/// <summary>Marks an endpoint whose answer goes on for as long as its client listens.</summary>
internal sealed class LiveStream;

/// <summary>
/// GET /v1/flash-sales/{saleId}/live: how a sale stands, as server-sent events (WHATWG HTML, 9.2), one for each change; who reads slowly
/// skips some. LIVE_STREAMS_MOST (default 10,000) bounds how many listen.
/// </summary>
internal static class FlashSaleStream
{
    public const string Path = "/v1/flash-sales/{saleId}/live";

    private const int DefaultMost = 10_000;

    /// <summary>A comment goes out after so long without news, so that nobody on the way takes the connection for dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static readonly byte[] KeepAlive = ": still here\n\n"u8.ToArray();

    public static void AddFlashSaleStream(this WebApplicationBuilder builder)
    {
        builder.AddServiceClient<FlashSalesClient>(AppIds.Promotions);
        builder.Services.AddSingleton<FlashSaleFeed>();
    }

    /// <summary>Hears of the sales.</summary>
    public static void MapFlashSaleNews(this IEndpointRouteBuilder routes) => routes.MapSubscription(
        FlashSaleNews.Topic,
        promotions => promotions.On(FlashSaleNews.Type, FlashSaleNewsJson.Default.FlashSaleNews, (news, context) =>
        {
            context.Services.GetRequiredService<FlashSaleFeed>().Hear(news);
            return Task.CompletedTask;
        }),
        Components.Broadcast);

    public static void MapFlashSaleStream(this WebApplication app)
    {
        app.MapFlashSaleNews();

        var most = app.Configuration.GetValue("LIVE_STREAMS_MOST", DefaultMost);
        var listening = 0;
        app.MapGet(Path, async (HttpContext context, string saleId, FlashSaleFeed feed, IHostApplicationLifetime life) =>
        {
            try
            {
                if (Interlocked.Increment(ref listening) <= most)
                    await StreamAsync(context, saleId, feed, life.ApplicationStopping);
                else
                    await new Problem(StatusCodes.Status503ServiceUnavailable, "Too many listen at the moment.") { RetryAfter = Silence }.WriteAsync(context);
            }
            finally
            {
                Interlocked.Decrement(ref listening);
            }
        }).AllowAnonymous().WithMetadata(new PublicEndpoint(), new LiveStream());
    }

    private static async Task StreamAsync(HttpContext context, string saleId, FlashSaleFeed feed, CancellationToken stopping)
    {
        if (!Identifiers.IsId(saleId)) throw Refusal.NotFound("flash sale", saleId);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var watch = await feed.WatchAsync(saleId, either.Token);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            for (var news = watch.Latest; ; news = watch.Latest)
            {
                await WriteAsync(context.Response, news, either.Token);
                if (news.Status == FlashSaleNews.Ended) return;
                while (!await watch.WaitAsync(news.Version, Silence, either.Token))
                {
                    await context.Response.Body.WriteAsync(KeepAlive, either.Token);
                    await context.Response.Body.FlushAsync(either.Token);
                    await watch.AskAsync(either.Token);
                }
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The listener has gone, or the gateway goes; its client connects again and gets the latest.
        }
    }

    private static async Task WriteAsync(HttpResponse response, FlashSaleNews news, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.Serialize(news, FlashSaleNewsJson.Default.FlashSaleNews);
        await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"id: {news.Version}\nevent: flash-sale\ndata: {json}\n\n"), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
