namespace NexusCart.Tests.Services.Notifications;

/// <summary>Whoever was erased is in no log any more.</summary>
public sealed class ErasureTests(NotificationsFixture notifications) : IClassFixture<NotificationsFixture>, IAsyncLifetime
{
    private WebhookReceiver _receiver = null!;

    public async ValueTask InitializeAsync() => _receiver = await WebhookReceiver.StartAsync();

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task Dead_letters_and_deliveries_of_an_erased_account_and_its_closed_orders_say_nothing_of_it()
    {
        await RegisterAsync("forgetful", "order.packed.v1", "user.erased.v1");
        var delivered = await PublishOrderAsync("gone-1");
        await notifications.EventuallyAsync("the webhook", () => _receiver.Arrivals.Any(arrival => arrival.Id == delivered && arrival.Body.Contains("erika@", StringComparison.Ordinal)));
        // Events that cannot be read end here with all they say.
        var ofOrder = await notifications.PublishAsync("orders", "order.paid.v1", new { orderId = "gone-1", email = "erika@example.com", lines = 7 });
        var ofUser = await notifications.PublishAsync("users", "user.password_changed.v1", new { userId = "erika", email = "erika@example.com", displayName = 7 });
        await notifications.EventuallyAsync("both dead letters", async () =>
            await notifications.DeadLetterAsync(ofOrder) is not null && await notifications.DeadLetterAsync(ofUser) is not null);

        var erased = await notifications.PublishAsync("users", "user.erased.v1", new { userId = "erika", email = "", displayName = "" });
        await notifications.PublishAsync("orders", "order.contact_erased.v1", new { orderId = "gone-1", customerId = "erika" });
        await notifications.EventuallyAsync("nobody is in the dead letters", async () =>
            !(await PayloadAsync(ofUser)).Contains("erika@", StringComparison.Ordinal) && !(await PayloadAsync(ofOrder)).Contains("erika@", StringComparison.Ordinal));
        Assert.Contains("gone-1", await PayloadAsync(ofOrder));

        // Receivers are told, so that they can do the same; a replay tells them no more than that.
        await notifications.EventuallyAsync("the news of it", () => _receiver.Arrivals.Any(arrival => arrival.Id == erased));
        Assert.Equal(200, (await notifications.SendAsync(HttpMethod.Post, $"/v1/staff/webhooks/forgetful/deliveries/{delivered}/replays", new { }, "replay-gone")).Status);
        await notifications.EventuallyAsync("the replay", () => _receiver.Arrivals.Count(arrival => arrival.Id == delivered) == 2);
        Assert.Contains("\"email\":\"\"", _receiver.Arrivals.Last(arrival => arrival.Id == delivered).Body);
        // What of it comes late is taken in without him.
        var late = await PublishOrderAsync("gone-1");
        await notifications.EventuallyAsync("the late one", () => _receiver.Arrivals.Any(arrival => arrival.Id == late));
        Assert.DoesNotContain("erika@", _receiver.Arrivals.Single(arrival => arrival.Id == late).Body);
    }

    [Fact]
    public async Task Products_and_stock_are_offered_and_what_is_published_nowhere_is_not()
    {
        await RegisterAsync("curious", "order.packed.v1", "stock.low.v1", "product.changed.v1");
        var low = await notifications.PublishAsync("stock", "stock.low.v1", new { sku = "A", available = 1 });
        var changed = await notifications.PublishAsync("products", "product.changed.v1", new { sku = "A" });
        await notifications.EventuallyAsync("both", () => _receiver.Arrivals.Any(arrival => arrival.Id == low) && _receiver.Arrivals.Any(arrival => arrival.Id == changed));
        var refused = await notifications.SendAsync(HttpMethod.Put, "/v1/staff/webhooks/odd", new { url = _receiver.Url, eventTypes = new[] { "weather.changed.v1" } });
        Assert.Equal(400, refused.Status);
        Assert.Contains("eventTypes[0]", refused.Text);
    }

    private Task<string> PublishOrderAsync(string orderId) =>
        notifications.PublishAsync("orders", "order.packed.v1", new { orderId, customerId = "erika", email = "erika@example.com" });

    private async Task<string> PayloadAsync(string eventId)
    {
        var letter = (await notifications.DeadLetterAsync(eventId))!.Value;
        return (await notifications.SendAsync(HttpMethod.Get, $"/v1/staff/dead-letters/{letter.GetProperty("deadLetterId").GetString()}")).Json.GetProperty("payload").GetString()!;
    }

    private async Task RegisterAsync(string endpointId, params string[] eventTypes)
    {
        var put = await notifications.SendAsync(HttpMethod.Put, $"/v1/staff/webhooks/{endpointId}", new { url = _receiver.Url, eventTypes });
        Assert.True(put.Status == 200, put.Text);
        // The router reads the endpoints anew every two seconds: what is published until then may pass by.
        await notifications.EventuallyAsync("the endpoint is known", async () =>
        {
            if (!_receiver.Arrivals.IsEmpty)
                return true;
            await notifications.PublishAsync("orders", eventTypes[0], new { orderId = "probe" });
            await Task.Delay(200);
            return false;
        });
    }
}
