using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NexusCart.Tests.Services.Notifications;

/// <summary>Webhooks: signed, tried again, logged, replayed.</summary>
public sealed class WebhookTests(NotificationsFixture notifications) : IClassFixture<NotificationsFixture>, IAsyncLifetime
{
    private WebhookReceiver _receiver = null!;

    public async ValueTask InitializeAsync() => _receiver = await WebhookReceiver.StartAsync();

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task A_webhook_is_tried_until_it_arrives_signed_and_every_attempt_is_in_the_log()
    {
        var secret = await RegisterAsync("log");
        _receiver.Answers.Enqueue(500);
        _receiver.Answers.Enqueue(503);
        var id = await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "w-1" });
        await notifications.EventuallyAsync("three attempts", () => _receiver.Arrivals.Count == 3);
        Assert.All(_receiver.Arrivals, arrival =>
        {
            Assert.Equal(id, arrival.Id);
            Assert.Equal(Sign(secret, arrival), arrival.Signature);
        });
        var body = JsonDocument.Parse(_receiver.Arrivals.First().Body).RootElement;
        Assert.Equal(("order.packed.v1", "w-1"), (body.GetProperty("type").GetString(), body.GetProperty("data").GetProperty("orderId").GetString()));

        var delivery = await DeliveryAsync("log", id, "DELIVERED");
        Assert.Equal([500, 503, 204], delivery.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("statusCode").GetInt32()));

        // Published again it is known; replayed it is sent again, once per key.
        await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "w-1" }, id);
        for (var repeated = 0; repeated < 2; repeated++)
        {
            var replay = await notifications.SendAsync(HttpMethod.Post, $"/v1/staff/webhooks/log/deliveries/{id}/replays", new { }, "replay-1");
            Assert.True(replay.Status == 200, replay.Text);
        }

        await notifications.EventuallyAsync("a fourth attempt", () => _receiver.Arrivals.Count >= 4);
        Assert.Equal(4, (await DeliveryAsync("log", id, "DELIVERED")).GetProperty("attemptCount").GetInt32());
        Assert.Equal(4, _receiver.Arrivals.Count);
    }

    [Fact]
    public async Task A_receiver_that_always_fails_is_disabled_with_a_reason_and_catches_up_once_it_is_put_again()
    {
        await RegisterAsync("failing");
        _receiver.Otherwise = 500;
        List<string> ids = [];
        for (var i = 0; i < 2; i++)
            ids.Add(await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = $"f-{i}" }));
        await notifications.EventuallyAsync("it is disabled", async () => !(await EndpointAsync("failing")).GetProperty("enabled").GetBoolean());
        Assert.Equal("6 attempts in a row failed; the last: answered 500.", (await EndpointAsync("failing")).GetProperty("disabledReason").GetString());

        // It has the log, and what comes meanwhile waits.
        ids.Add(await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "f-2" }));
        await DeliveryAsync("failing", ids[2], "PENDING");
        _receiver.Otherwise = 200;
        await RegisterAsync("failing");
        await DeliveryAsync("failing", ids[2], "DELIVERED");
    }

    [Fact]
    public async Task A_rotated_secret_signs_beside_the_new_one_and_a_restart_forgets_nothing()
    {
        var old = await RegisterAsync("rotating");
        Assert.Equal(old, await RegisterAsync("rotating"));
        var rotated = await notifications.SendAsync(HttpMethod.Post, "/v1/staff/webhooks/rotating/secrets", new { overlapHours = 1 }, "rotation-1");
        Assert.True(rotated.Status == 200, rotated.Text);
        var current = rotated.Json.GetProperty("secret").GetString()!;
        Assert.NotEqual(old, current);
        var again = await notifications.SendAsync(HttpMethod.Post, "/v1/staff/webhooks/rotating/secrets", new { overlapHours = 1 }, "rotation-1");
        Assert.Equal(current, again.Json.GetProperty("secret").GetString());
        await notifications.KillAsync();
        await notifications.StartProgramAsync();

        await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "r-1" });
        await notifications.EventuallyAsync("the webhook", () => !_receiver.Arrivals.IsEmpty);
        var arrival = _receiver.Arrivals.First();
        Assert.Equal($"{Sign(current, arrival)} {Sign(old, arrival)}", arrival.Signature);

        var list = await notifications.SendAsync(HttpMethod.Get, "/v1/staff/webhooks");
        Assert.DoesNotContain("whsec_", list.Text);
        Assert.DoesNotContain(current, notifications.Output);
        Assert.Equal(200, (await notifications.SendAsync(HttpMethod.Delete, "/v1/staff/webhooks/rotating")).Status);
        Assert.Equal(404, (await notifications.SendAsync(HttpMethod.Get, "/v1/staff/webhooks/rotating/deliveries")).Status);
    }

    [Fact]
    public async Task Bad_endpoints_are_refused_by_field()
    {
        var answer = await notifications.SendAsync(HttpMethod.Put, "/v1/staff/webhooks/bad", new { url = "file:///etc/passwd", eventTypes = new[] { "order.*", "order.*" } });
        Assert.Equal(400, answer.Status);
        Assert.All(["url", "eventTypes", "eventTypes[0]"], field => Assert.Contains($"\"{field}\"", answer.Text));
    }

    private async Task<string> RegisterAsync(string endpointId)
    {
        var put = await notifications.SendAsync(HttpMethod.Put, $"/v1/staff/webhooks/{endpointId}", new
        {
            url = _receiver.Url, eventTypes = new[] { "order.packed.v1" }, description = "a test",
        });
        Assert.True(put.Status == 200, put.Text);
        // The router reads the endpoints anew every two seconds: what is published until then may pass by.
        var id = await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "probe" });
        await notifications.EventuallyAsync("the endpoint is known", async () =>
        {
            var log = await notifications.SendAsync(HttpMethod.Get, $"/v1/staff/webhooks/{endpointId}/deliveries?pageSize=100");
            if (log.Text.Contains(id, StringComparison.Ordinal) && log.Json.GetProperty("deliveries").EnumerateArray().All(IsDone))
                return true;
            if (!log.Text.Contains(id, StringComparison.Ordinal))
                id = await notifications.PublishAsync("orders", "order.packed.v1", new { orderId = "probe" });
            await Task.Delay(200);
            return false;
        });
        _receiver.Arrivals.Clear();
        return put.Json.GetProperty("secret").GetString()!;
    }

    private static bool IsDone(JsonElement delivery) => delivery.GetProperty("status").GetString() != "WEBHOOK_DELIVERY_STATUS_PENDING";

    private async Task<JsonElement> EndpointAsync(string endpointId) => (await notifications.SendAsync(HttpMethod.Get, "/v1/staff/webhooks")).Json
        .GetProperty("endpoints").EnumerateArray().Single(endpoint => endpoint.GetProperty("endpointId").GetString() == endpointId);

    private async Task<JsonElement> DeliveryAsync(string endpointId, string id, string status)
    {
        JsonElement found = default;
        await notifications.EventuallyAsync($"{id} is {status}", async () =>
        {
            var log = await notifications.SendAsync(HttpMethod.Get, $"/v1/staff/webhooks/{endpointId}/deliveries?pageSize=100&status=WEBHOOK_DELIVERY_STATUS_{status}");
            found = log.Json.GetProperty("deliveries").EnumerateArray().FirstOrDefault(delivery => delivery.GetProperty("deliveryId").GetString() == id);
            return found.ValueKind is JsonValueKind.Object;
        });
        return found;
    }

    private static string Sign(string secret, Arrival arrival) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{arrival.Id}.{arrival.Timestamp}.{arrival.Body}")));
}
