using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Inventory.V1;
using NexusCart.Payments.V1;
using NexusCart.Sandbox;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Tests.Services.PaymentMatrix;

/// <summary>
/// What a purchase needs to be paid: the payments and inventory programs in processes of their own behind real sidecars, and the
/// sandbox as both providers, with its books.
/// </summary>
public sealed class TillFixture : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-till-").FullName;
    private SidecarFixture _dapr = null!;
    private WebApplication _sandbox = null!;
    private GrpcChannel _channel = null!;
    private ServiceProcess _payments = null!;
    private ServiceProcess _inventory = null!;

    /// <summary>The sandbox, its control plane included.</summary>
    public HttpClient Sandbox { get; private set; } = null!;

    /// <summary>Payments' sidecar, as the gateway reaches it.</summary>
    public HttpClient Webhooks { get; private set; } = null!;

    /// <summary>The id and type of every event that payments published, with the payment it is about.</summary>
    public IEnumerable<(string Id, string Type, string PaymentId)> News =>
        _dapr.Events.On("payments").Select(told => (told.Id!, told.Type!, told.ReadData<JsonElement>().GetProperty("paymentId").GetString()!));

    public async ValueTask InitializeAsync()
    {
        var components = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        foreach (var name in new[] { "statestore.yaml", "pubsub.yaml", "secretstore.yaml" })
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "components", "embedded", name));
            await File.WriteAllTextAsync(Path.Combine(components, name), yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal));
        }

        _dapr = await SidecarFixture.StartAsync(options => (options.AppId, options.AppProtocol, options.ResourcesPath) = ("payments", AppProtocol.H2c, components));
        var inventory = await _dapr.AddAppAsync("inventory", AppProtocol.H2c);
        await StartSandboxAsync();
        var address = Sandbox.BaseAddress!.ToString();
        _payments = ServiceProcess.Start(_dapr.App, "payments", "NexusCart.Payments.dll",
            ("STRIPE_API_BASE", address), ("PAYPAL_API_BASE", address),
            ("STRIPE_REQUESTS_PER_SECOND", "5000"), ("STRIPE_REQUESTS_PER_SECOND_PER_ENDPOINT", "5000"),
            ("PAYPAL_REQUESTS_PER_SECOND", "5000"), ("PAYPAL_REQUESTS_PER_SECOND_PER_ENDPOINT", "5000"));
        _inventory = ServiceProcess.Start(inventory, "inventory", "NexusCart.Inventory.dll");
        _channel = GrpcChannel.ForAddress(_dapr.App.GrpcEndpoint);
        Webhooks = new HttpClient { BaseAddress = new Uri($"{_dapr.App.HttpEndpoint}/v1.0/invoke/payments/method/") };
        await EventuallyAsync("payments takes calls", () => AnswersAsync(async () => await Payments().GetPaymentAsync(new() { PaymentId = "nobody" })));
        await EventuallyAsync("inventory takes calls", () => AnswersAsync(async () => await Inventory.GetSkuAvailabilityAsync(new() { Sku = "nothing" })));
    }

    public async ValueTask DisposeAsync()
    {
        await _payments.DisposeAsync();
        await _inventory.DisposeAsync();
        _channel.Dispose();
        Webhooks.Dispose();
        Sandbox.Dispose();
        await _sandbox.StopAsync();
        await _sandbox.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Calls payments as orders does: over the sidecar's gRPC proxy. What a network does to the calls comes from the interceptors.</summary>
    internal PaymentsClient Payments(params Interceptor[] network) => new(Invoker("payments", Tokens.Service()).Intercept(network));

    /// <summary>Calls inventory as orders does.</summary>
    internal InventoryClient Inventory => new(Invoker("inventory", Tokens.Service()));

    /// <summary>Calls a service that is not here: what a plain purchase does not ask.</summary>
    internal CallInvoker Elsewhere => Invoker("elsewhere", Tokens.Service());

    /// <summary>Loads units, 500 SKUs at a time.</summary>
    public async Task LoadAsync(IReadOnlyList<string> skus, int units)
    {
        var staff = new InventoryClient(Invoker("inventory", Tokens.User("inventory.write")));
        foreach (var batch in skus.Chunk(500))
        {
            var request = new ReceiveStockRequest { ReceiptId = "load-" + batch[0] };
            request.Lines.AddRange(batch.Select(sku => new StockLine { Sku = sku, Quantity = units }));
            await staff.ReceiveStockAsync(request);
        }
    }

    /// <summary>Units for sale now.</summary>
    public async Task<int> AvailableAsync(string sku) => (await Inventory.GetSkuAvailabilityAsync(new() { Sku = sku })).Available;

    /// <summary>Tells the sandbox's control plane something.</summary>
    public async Task ControlAsync(string path, object body)
    {
        using var answer = await Sandbox.PostAsJsonAsync("/_control/" + path, body, SnakeCase);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"/_control/{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Until it is disposed of, nobody is told of what happens at Stripe, then or later.</summary>
    internal async Task<IAsyncDisposable> WithoutStripeWebhooksAsync()
    {
        await ControlAsync("webhooks/endpoints", new { urls = Array.Empty<Uri>() });
        return new Silence(this);
    }

    /// <summary>Calls Stripe's API behind the shop's back, as somebody at Stripe's dashboard does.</summary>
    public async Task<JsonElement> DashboardAsync(HttpMethod method, string path, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Get ? null : new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value))) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SandboxOptions.DevelopmentApiKey);
        using var answer = await Sandbox.SendAsync(request);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode ? body : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {body}");
    }

    /// <summary>What really happened at the providers.</summary>
    internal async Task<Books> BooksAsync(string paymentId) =>
        await Sandbox.GetFromJsonAsync<Books>($"/_control/effects?key=payment_id&value={paymentId}", SnakeCase) ?? throw new InvalidOperationException("No books.");

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{_payments.Output}{Environment.NewLine}{_inventory.Output}");
            await Task.Delay(20);
        }
    }

    private async Task StartSandboxAsync()
    {
        _sandbox = SandboxHost.Build(new SandboxOptions
        {
            Port = 0,
            DataDirectory = Path.Combine(_folder, "sandbox"),
            WebhookUrls = [WebhookUrl("stripe")],
            PayPalWebhookUrls = [WebhookUrl("paypal")],
            RefundSettlesAfter = TimeSpan.FromMilliseconds(200),
        });
        await _sandbox.StartAsync();
        Sandbox = new HttpClient { BaseAddress = new Uri(_sandbox.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    private Uri WebhookUrl(string provider) => new($"{_dapr.App.HttpEndpoint}/v1.0/invoke/payments/method/webhooks/{provider}");

    private CallInvoker Invoker(string appId, Metadata identity) => _channel.Intercept(headers =>
    {
        foreach (var entry in identity.Where(entry => entry.Key != "dapr-app-id"))
            headers.Add(entry);
        headers.Add("dapr-app-id", appId);
        return headers;
    });

    private static async Task<bool> AnswersAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException answer)
        {
            return answer.StatusCode == StatusCode.NotFound;
        }
    }

    private sealed class Silence(TillFixture till) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await till.ControlAsync("webhooks/endpoints", new { urls = new[] { till.WebhookUrl("stripe") } });
    }
}

/// <summary>The providers' books about one payment, in minor units.</summary>
internal sealed record Books(int Authorizations, int Captures, long AmountAuthorized, long AmountCaptured, long AmountRefunded)
{
    /// <summary>What stays with the shop.</summary>
    public long Kept => AmountCaptured - AmountRefunded;
}

/// <summary>The tests that share one till, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class Till : ICollectionFixture<TillFixture>
{
    public const string Name = "till";
}
