using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.Sandbox;
using Stripe;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>
/// A sandbox in this process, on a port of the system's choice, with a folder of its own. With <c>STRIPE_API_KEY</c> (a test
/// mode key) and optionally <c>STRIPE_API_BASE</c> set, the same contract runs against Stripe itself: that is how the sandbox is
/// kept honest. What needs the sandbox's control plane is then skipped.
/// </summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "nexuscart-sandbox-" + Guid.CreateVersion7().ToString("N"));
    private readonly string? _realKey = Environment.GetEnvironmentVariable("STRIPE_API_KEY");
    private WebApplication? _app;

    public HttpClient Http { get; private set; } = null!;

    public StripeClient Stripe { get; private set; } = null!;

    public PaymentIntentService Intents => new(Stripe);

    public RefundService Refunds => new(Stripe);

    public EventService Events => new(Stripe);

    public ValueTask InitializeAsync() => StartAsync();

    /// <summary>Ends the process' stand-in without any farewell to the journal and starts it again on the same folder.</summary>
    public async Task RestartAsync(params Uri[] webhooks)
    {
        RequireSandbox();
        await StopAsync();
        await StartAsync(webhooks);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    public StripeClient ClientWith(string apiKey) => NewClient(apiKey, Http);

    /// <summary>A PayPal client of this sandbox.</summary>
    public PayPalClient PayPal
    {
        get
        {
            RequireSandbox();
            return new(Http);
        }
    }

    public Task ControlAsync(string path, object body)
    {
        RequireSandbox();
        return SendAsync("/_control/" + path, JsonContent.Create(body, options: JsonSerializerOptions.Web));
    }

    public async Task<JsonElement> EffectsAsync(string paymentId)
    {
        RequireSandbox();
        return await Http.GetFromJsonAsync<JsonElement>($"/_control/effects?key=payment_id&value={paymentId}");
    }

    public async Task<JsonElement> ChallengeAsync(string intentId, string verb)
    {
        RequireSandbox();
        using var response = await Http.PostAsync($"/sandbox/3ds/{intentId}/{verb}", null);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Skips a test that only the sandbox can serve.</summary>
    public void RequireSandbox()
    {
        if (_realKey is not null)
            Assert.Skip("Runs against Stripe: there is no control plane.");
    }

    private async ValueTask StartAsync(params Uri[] webhooks)
    {
        if (_realKey is not null)
        {
            Http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("STRIPE_API_BASE") ?? "https://api.stripe.com") };
            Stripe = NewClient(_realKey, Http);
            return;
        }

        _app = SandboxHost.Build(new SandboxOptions
        {
            Port = 0,
            DataDirectory = _folder,
            WebhookUrls = webhooks,
            RefundSettlesAfter = TimeSpan.FromSeconds(1),
        });
        await _app.StartAsync();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(30) };
        Stripe = NewClient(SandboxOptions.DevelopmentApiKey, Http);
    }

    private async Task StopAsync()
    {
        Http.Dispose();
        if (_app is null)
            return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    private async Task SendAsync(string path, HttpContent content)
    {
        using var response = await Http.PostAsync(path, content);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    private static StripeClient NewClient(string apiKey, HttpClient http) => new(new StripeClientOptions
    {
        ApiKey = apiKey,
        ApiBase = http.BaseAddress!.ToString().TrimEnd('/'),
        HttpClient = new SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false),
    });
}

/// <summary>Takes webhooks like an endpoint of the shop would.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly System.Threading.Channels.Channel<(string Body, string Signature)> _taken =
        System.Threading.Channels.Channel.CreateUnbounded<(string, string)>();
    private int _refusals;

    private WebhookReceiver(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>The headers of each delivery, by its body.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, Dictionary<string, string>> Headers { get; } = new();

    public static async Task<WebhookReceiver> StartAsync(int refusals = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        builder.Services.AddLogging(l => l.ClearProviders());
        var app = builder.Build();
        var receiver = new WebhookReceiver(app) { _refusals = refusals };
        app.MapPost("/hook", receiver.TakeAsync);
        await app.StartAsync();
        receiver.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook");
        return receiver;
    }

    /// <summary>The next delivery that was answered 200.</summary>
    public async Task<(string Body, string Signature)> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await _taken.Reader.ReadAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        if (Interlocked.Decrement(ref _refusals) >= 0)
            return Results.StatusCode(500);
        Headers[body] = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _taken.Writer.TryWrite((body, request.Headers["Stripe-Signature"].ToString()));
        return Results.Ok();
    }
}
