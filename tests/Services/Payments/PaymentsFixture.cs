using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using NexusCart.Sandbox;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Tests.Services.Payments;

/// <summary>
/// The payments program in a process of its own, behind a real sidecar on the embedded stores, with the sandbox as provider;
/// what it publishes is captured. The process can be killed; everything can be restarted on what is left.
/// </summary>
public sealed class PaymentsFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-payments-").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private SidecarFixture _dapr = null!;
    private readonly StringBuilder _traces = new();
    private WebApplication _collector = null!;
    private WebApplication _sandbox = null!;
    private GrpcChannel _channel = null!;
    private Process? _payments;

    /// <summary>The sandbox, its control plane included.</summary>
    public HttpClient Sandbox { get; private set; } = null!;

    /// <summary>Calls payments as another service of the shop does: over the sidecar's gRPC proxy.</summary>
    public PaymentsClient Client { get; private set; } = null!;

    /// <summary>Every event published so far: type and payload.</summary>
    public IEnumerable<(string Id, string Type, JsonElement Data)> Events =>
        _dapr.Events.On("payments").Select(told => (told.Id!, told.Type!, told.ReadData<JsonElement>()));

    /// <summary>All that the process wrote so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>All that the process told of its traces so far, as it was sent: texts stand in it as they are.</summary>
    public string Traces
    {
        get
        {
            lock (_traces)
                return _traces.ToString();
        }
    }

    public async ValueTask InitializeAsync()
    {
        _collector = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]).Build();
        _collector.MapPost("/v1/traces", async (HttpContext http) =>
        {
            using var body = new StreamReader(http.Request.Body, Encoding.UTF8);
            var text = await body.ReadToEndAsync();
            lock (_traces)
                _traces.Append(text);
        });
        _collector.MapPost("/v1/metrics", () => Results.Ok());
        await _collector.StartAsync();
        var components = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        var profile = Path.Combine(Repository.Root, "components", "embedded");
        foreach (var name in new[] { "statestore.yaml", "pubsub.yaml", "secretstore.yaml" })
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(profile, name));
            await File.WriteAllTextAsync(Path.Combine(components, name), yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal));
        }

        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "payments";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _dapr.DisposeAsync();
        await _collector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Stops everything and starts it on what is left.</summary>
    public async Task RestartAllAsync()
    {
        await StopAsync();
        await _dapr.RestartAsync();
        await StartAsync();
    }

    /// <summary>kill -9 of the payments process.</summary>
    public async Task KillAsync()
    {
        _payments!.Kill(entireProcessTree: true);
        await _payments.WaitForExitAsync();
    }

    /// <summary>Starts the payments process and waits until it takes calls.</summary>
    public async Task StartPaymentsAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program("services/payments", "NexusCart.Payments.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in _dapr.App.Environment)
            start.Environment[name] = value;
        foreach (var provider in new[] { "STRIPE", "PAYPAL" })
        {
            start.Environment[$"{provider}_API_BASE"] = Sandbox.BaseAddress!.ToString();
            start.Environment[$"{provider}_REQUESTS_PER_SECOND"] = "1000";
            start.Environment[$"{provider}_REQUESTS_PER_SECOND_PER_ENDPOINT"] = "1000";
            start.Environment[$"{provider}_BREAK_MS"] = "1000";
        }

        start.Environment["PAYMENT_RECONCILE_SCHEDULE"] = "@every 2s";
        start.Environment["PAYMENT_RECONCILE_GRACE_SECONDS"] = "1";
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address(_collector);
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";

        _payments = Process.Start(start)!;
        _payments.OutputDataReceived += (_, line) => Keep(line.Data);
        _payments.ErrorDataReceived += (_, line) => Keep(line.Data);
        _payments.BeginOutputReadLine();
        _payments.BeginErrorReadLine();
        await EventuallyAsync("payments takes calls", async () =>
        {
            try
            {
                await Client.GetPaymentAsync(new() { PaymentId = "nobody" }, Tokens.Service(), DateTime.UtcNow.AddSeconds(5));
                return false;
            }
            catch (RpcException answer)
            {
                return answer.StatusCode == StatusCode.NotFound;
            }
        });
    }

    public AsyncUnaryCall<Payment> AuthorizeAsync(
        string paymentId, string card = "pm_card_visa", long amount = 1_999, string customer = "customer-1") => Client.AuthorizeAsync(
        new AuthorizeRequest { PaymentId = paymentId, Amount = Eur(amount), PaymentMethod = card, CustomerId = customer, Email = "jane@example.com" }, Tokens.Service(), Deadline());

    public AsyncUnaryCall<Payment> CaptureAsync(string paymentId, long amount = 1_999) =>
        Client.CaptureAsync(new CaptureRequest { PaymentId = paymentId, Amount = Eur(amount) }, Tokens.Service(), Deadline());

    public AsyncUnaryCall<Payment> VoidAsync(string paymentId) =>
        Client.VoidAsync(new VoidRequest { PaymentId = paymentId, Reason = "test" }, Tokens.Service(), Deadline());

    public AsyncUnaryCall<Payment> RefundAsync(string paymentId, string refundId, long amount) => Client.RefundAsync(
        new RefundRequest { PaymentId = paymentId, RefundId = refundId, Amount = Eur(amount), Reason = "test" }, Tokens.Service(), Deadline());

    public AsyncUnaryCall<Payment> GetAsync(string paymentId) =>
        Client.GetPaymentAsync(new GetPaymentRequest { PaymentId = paymentId }, Tokens.Service(), Deadline());

    /// <summary>A test buyer approves an order at PayPal.</summary>
    public Task ApproveAsync(string orderId, string buyer = "buyer") => ControlAsync($"paypal/orders/{orderId}/approve", new { buyer });

    /// <summary>Has the sandbox fail the next calls about a payment.</summary>
    public Task FaultAsync(string paymentId, string operation, string kind, int delayBeforeMs = 0, int times = 1) => ControlAsync("faults", new
    {
        provider = operation.StartsWith("orders.", StringComparison.Ordinal) ? "paypal" : "stripe",
        operation,
        kind,
        times,
        delay_before_ms = delayBeforeMs,
        match = new Dictionary<string, string> { ["payment_id"] = paymentId },
    });

    /// <summary>Has the sandbox fail every call of an operation until the faults are cleared.</summary>
    public Task FaultAllAsync(string operation, string kind) => ControlAsync("faults", new { provider = "stripe", operation, kind, times = 100_000 });

    /// <summary>Has the sandbox work again.</summary>
    public Task ClearFaultsAsync() => ControlAsync("faults/clear", new { });

    /// <summary>Whether Stripe's events are delivered.</summary>
    public Task WebhooksAsync(bool delivered) => ControlAsync("webhooks/endpoints", new { urls = delivered ? [WebhookUrl("stripe")] : Array.Empty<Uri>() });

    /// <summary>Posts something to payments as a provider would.</summary>
    public async Task PostWebhookAsync(string provider, string body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookUrl(provider)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
    }

    /// <summary>What really happened at the provider.</summary>
    public async Task<(int Authorizations, int Captures, int Cancellations, long Held)> EffectsAsync(string paymentId)
    {
        var effects = await Sandbox.GetFromJsonAsync<JsonElement>($"/_control/effects?key=payment_id&value={paymentId}");
        return (
            effects.GetProperty("authorizations").GetInt32(),
            effects.GetProperty("captures").GetInt32(),
            effects.GetProperty("cancellations").GetInt32(),
            effects.GetProperty("amount_authorized").GetInt64());
    }

    /// <summary>The distinct types of a payment's events so far, in order of first delivery.</summary>
    public IReadOnlyList<string> News(string paymentId) =>
        [.. Events.Where(told => told.Data.GetProperty("paymentId").GetString() == paymentId).DistinctBy(told => told.Id).Select(told => told.Type)];

    /// <summary>Publishes an event as another service of the shop does.</summary>
    public async Task PublishAsync(string topic, string type, object data, string id)
    {
        using var http = new HttpClient();
        var envelope = new { specversion = "1.0", id, source = "test", type, subject = "s", time = "2025-01-01T00:00:00Z", datacontenttype = "application/json", data };
        using var content = new StringContent(JsonSerializer.Serialize(envelope), Encoding.UTF8, "application/cloudevents+json");
        using var answer = await http.PostAsync(new Uri($"{_dapr.App.HttpEndpoint}/v1.0/publish/pubsub/{topic}"), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{string.Join(Environment.NewLine, _output.TakeLast(100))}");
            await Task.Delay(20);
        }
    }

    private async Task StartAsync()
    {
        _sandbox = SandboxHost.Build(new SandboxOptions
        {
            Port = 0,
            DataDirectory = Path.Combine(_folder, "sandbox"),
            WebhookUrls = [WebhookUrl("stripe")],
            PayPalWebhookUrls = [WebhookUrl("paypal")],
        });
        await _sandbox.StartAsync();
        Sandbox = new HttpClient { BaseAddress = new Uri(Address(_sandbox)) };
        _channel = GrpcChannel.ForAddress(_dapr.App.GrpcEndpoint);
        Client = new PaymentsClient(_channel);
        await StartPaymentsAsync();
    }

    private async Task StopAsync()
    {
        if (_payments is { HasExited: false })
            await KillAsync();
        _channel.Dispose();
        Sandbox.Dispose();
        await _sandbox.StopAsync();
        await _sandbox.DisposeAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
    }

    private Uri WebhookUrl(string provider) => new($"{_dapr.App.HttpEndpoint}/v1.0/invoke/payments/method/webhooks/{provider}");

    private async Task ControlAsync(string path, object body)
    {
        using var answer = await Sandbox.PostAsJsonAsync($"/_control/{path}", body);
        answer.EnsureSuccessStatusCode();
    }

    private static Money Eur(long amount) => new() { MinorUnits = amount, Currency = "EUR" };

    private static DateTime Deadline() => DateTime.UtcNow.AddSeconds(20);

    private static string Address(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
