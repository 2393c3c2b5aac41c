using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.Orders.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using OrdersRpc = NexusCart.Orders.V1.Orders;

namespace NexusCart.Tests.Services.Notifications;

/// <summary>An HTTP answer.</summary>
public sealed record Reply(int Status, string Text)
{
    /// <summary>The body.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;
}

/// <summary>
/// The notifications program in a process of its own, behind a real sidecar on the embedded stores; mails become files. The process can be
/// killed and started on what is left.
/// </summary>
public sealed class NotificationsFixture : IAsyncLifetime
{
    private const string Staff = "webhooks.write dead-letters.write";

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-notifications-").FullName;
    private readonly ServiceProgram _program = new("services/notifications", "NexusCart.Notifications.dll");
    private SidecarFixture _dapr = null!;
    private WebApplication _orders = null!;
    private HttpClient _http = null!;
    private int _ids;

    /// <summary>Where mails arrive.</summary>
    public string MailFolder => Path.Combine(_folder, "mail");

    /// <summary>What the program wrote.</summary>
    public string Output => _program.Output;

    /// <summary>The mails so far, as mail programs read them: headers and decoded parts.</summary>
    public IReadOnlyList<string> Mails => Directory.Exists(MailFolder) ? [.. Directory.EnumerateFiles(MailFolder, "*.eml").Select(file => Decode(File.ReadAllText(file)))] : [];

    public async ValueTask InitializeAsync()
    {
        // As in the profile, with shorter pauses.
        var components = await ServiceProgram.CopyComponentsAsync(
            _folder,
            (_, yaml) => yaml.Replace("value: \"mail\"", $"value: \"{MailFolder}\"", StringComparison.Ordinal)
                .Replace("deliver: { policy: exponential, maxInterval: 10s, maxRetries: 6 }", "deliver: { policy: constant, duration: 50ms, maxRetries: 2 }", StringComparison.Ordinal),
            "statestore.yaml", "pubsub.yaml", "secretstore.yaml", "mail.yaml", "resiliency.yaml");

        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "notifications";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        await StartOrdersAsync();
        _http = new HttpClient { BaseAddress = new Uri(_dapr.App.HttpEndpoint) };
        await StartProgramAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _http.Dispose();
        await _orders.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _program.KillAsync();

    /// <summary>Starts the program and waits until it takes calls.</summary>
    public Task StartProgramAsync() => _program.StartAsync(
        _dapr.App,
        async () => (await SendAsync(HttpMethod.Get, "/v1/staff/dead-letters")).Status == 200,
        ("Notifications__WebhookFirstPause", "00:00:00.200"),
        ("Notifications__WebhookTick", "00:00:00.200"),
        ("Notifications__WebhookMaxAttempts", "4"),
        ("Notifications__WebhookDisableAfter", "6"));

    /// <summary>Calls the program over the sidecar, as the gateway does; as staff unless other roles are given.</summary>
    public async Task<Reply> SendAsync(HttpMethod method, string path, object? body = null, string? key = null, string roles = Staff)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("dapr-app-id", "notifications");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer", Tokens.Of("staff-1", roles.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await _http.SendAsync(request);
        return new Reply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Publishes an event as a service of the shop does.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> PublishAsync(string topic, string type, object data, string? id = null)
    {
        id ??= $"test-{Interlocked.Increment(ref _ids)}:event";
        var envelope = new { specversion = "1.0", id, source = "test", type, subject = "s", time = "2025-01-01T00:00:00Z", datacontenttype = "application/json", data };
        using var content = new StringContent(JsonSerializer.Serialize(envelope), Encoding.UTF8, "application/cloudevents+json");
        using var answer = await _http.PostAsync($"/v1.0/publish/pubsub/{topic}", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return id;
    }

    /// <summary>An order's event data.</summary>
    public static object Order(string orderId, string email = "ann@example.com", bool isGuest = false) => new
    {
        isGuest, orderId, customerId = "c1", cartId = "k1", email, totalMinorUnits = 2598, currency = "EUR", at = "2025-01-01T00:00:00Z",
        lines = new[] { new { sku = "A", title = "Shoes", quantity = 2, unitPriceMinorUnits = 1299 } },
    };

    /// <summary>The dead letter of an event, when there is one.</summary>
    public async Task<JsonElement?> DeadLetterAsync(string eventId)
    {
        var list = await SendAsync(HttpMethod.Get, "/v1/staff/dead-letters?pageSize=100");
        Assert.True(list.Status == 200, list.Text);
        return list.Json.GetProperty("deadLetters").EnumerateArray().Where(letter => letter.GetProperty("eventId").GetString() == eventId)
            .Select(letter => (JsonElement?)letter).SingleOrDefault();
    }

    /// <summary>The orders whose claim tokens were asked for.</summary>
    public ConcurrentQueue<string> ClaimsAskedFor { get; } = new();

    /// <summary>The claim token of a guest's order.</summary>
    public static string ClaimTokenOf(string orderId) => $"1924830240.mac-of-{orderId}";

    /// <summary>Waits for a condition.</summary>
    public Task EventuallyAsync(string what, Func<Task<bool>> holds) => _program.EventuallyAsync(what, holds);

    /// <summary>Waits for a condition.</summary>
    public Task EventuallyAsync(string what, Func<bool> holds) => EventuallyAsync(what, () => Task.FromResult(holds()));

    private async Task StartOrdersAsync()
    {
        var builder = WebApplication.CreateBuilder().UseSidecar(await _dapr.AddAppAsync("orders", AppProtocol.H2c));
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _orders = builder.Build();
        _orders.MapGrpcService<FakeOrders>();
        await _orders.StartAsync();
    }

    /// <summary>Guests' orders; those whose ids say so were claimed.</summary>
    private sealed class FakeOrders(NotificationsFixture fixture) : OrdersRpc.OrdersBase
    {
        public override Task<ClaimToken> IssueClaimToken(IssueClaimTokenRequest request, ServerCallContext context)
        {
            fixture.ClaimsAskedFor.Enqueue(request.OrderId);
            if (context.RequestHeaders.GetValue("nexus-service-token") is null || request.OrderId.StartsWith("claimed", StringComparison.Ordinal))
                throw new RpcException(new Status(StatusCode.NotFound, "no guest's order"));
            return Task.FromResult(new ClaimToken
            {
                ClaimToken_ = ClaimTokenOf(request.OrderId), ExpiresAt = new DateTime(2031, 1, 2, 3, 4, 5, DateTimeKind.Utc).ToTimestamp(),
            });
        }
    }

    private static string Decode(string message)
    {
        var parts = message.ReplaceLineEndings("\n").Split("Content-Transfer-Encoding: base64\n\n");
        return parts[0] + string.Join("\n", parts.Skip(1).Select(part =>
            Encoding.UTF8.GetString(Convert.FromBase64String(part[..part.IndexOf("--", StringComparison.Ordinal)]))));
    }
}
