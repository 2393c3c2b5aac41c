using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NexusCart.Tests.Services.Notifications;

/// <summary>A webhook as it arrived.</summary>
public sealed record Arrival(string Id, string Timestamp, string Signature, string Body);

/// <summary>The system of somebody who wants webhooks; answers as it is told.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.First() + "/hooks";

    /// <summary>What arrived, in order.</summary>
    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    /// <summary>The statuses of the next answers; then 204.</summary>
    public ConcurrentQueue<int> Answers { get; } = new();

    /// <summary>What it answers when no answer is planned.</summary>
    public int Otherwise { get; set; } = 204;

    /// <summary>Starts it on a free port.</summary>
    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.MapPost("/hooks", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        Arrivals.Enqueue(new Arrival(
            request.Headers["webhook-id"]!, request.Headers["webhook-timestamp"]!, request.Headers["webhook-signature"]!, await reader.ReadToEndAsync()));
        return Results.StatusCode(Answers.TryDequeue(out var status) ? status : Otherwise);
    }
}
