using System.Collections.Concurrent;
using Dapr;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Testing;

namespace NexusCart.Tests.Sidecar.Testing;

/// <summary>The fixture as somebody uses it who tests an app of his own: the official client, an in-process host, no ports.</summary>
public sealed class SidecarFixtureTests
{
    private const string RetryPolicy = """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: { name: retry }
        spec:
          policies:
            retries:
              deliver: { policy: constant, duration: 10ms, maxRetries: 5 }
          targets:
            components:
              pubsub: { inbound: { retry: deliver } }
        """;

    [Fact]
    public async Task An_app_saves_publishes_and_is_delivered_to()
    {
        await using var dapr = await SidecarFixture.StartAsync();
        await using var shop = await Shop.StartAsync(dapr);

        await shop.Client.SaveStateAsync("statestore", "greeting", "hello");
        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("o-1"));

        Assert.Equal("hello", await shop.Client.GetStateAsync<string>("statestore", "greeting"));
        await shop.SeenAsync("o-1");
        var captured = await dapr.Events.WaitForAsync("orders");
        Assert.Equal(new Order("o-1"), captured.ReadData<Order>());
        Assert.Equal("com.dapr.event.sent", captured.Type);
    }

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.H2c)]
    public async Task Apps_call_each_other(AppProtocol protocol)
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options.AppProtocol = protocol);
        await using var shop = await Shop.StartAsync(dapr);
        var caller = await dapr.AddAppAsync("caller");
        using var http = new HttpClient { BaseAddress = new Uri(caller.HttpEndpoint) };

        Assert.Equal("pong", await http.GetStringAsync("/v1.0/invoke/app/method/ping"));
    }

    [Fact]
    public async Task Time_passes_when_the_test_says_so()
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options.FakeTime = true);
        await using var shop = await Shop.StartAsync(dapr);
        await shop.Client.SaveStateAsync("statestore", "offer", "half price", metadata: new Dictionary<string, string> { ["ttlInSeconds"] = "3600" });

        dapr.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("half price", await shop.Client.GetStateAsync<string>("statestore", "offer"));
        dapr.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await shop.Client.GetStateAsync<string>("statestore", "offer"));
    }

    [Fact]
    public async Task Without_fake_time_there_is_none_to_move()
    {
        await using var dapr = await SidecarFixture.StartAsync();

        Assert.Contains("FakeTime", Assert.Throws<InvalidOperationException>(() => dapr.Time).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishing_fails_as_often_as_planned()
    {
        await using var dapr = await SidecarFixture.StartAsync();
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Publish("orders").FailNext(2);

        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<DaprException>(() => shop.Client.PublishEventAsync("pubsub", "orders", new Order("lost")));
        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("o-1"));

        await shop.SeenAsync("o-1");
        Assert.Equal(["o-1"], shop.Seen);
        Assert.Single(dapr.Events.On("orders"));
    }

    [Fact]
    public async Task A_dropped_message_is_acknowledged_and_never_comes()
    {
        await using var dapr = await SidecarFixture.StartAsync();
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Publish("orders").DropNext();

        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("dropped"));
        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("o-2"));

        await shop.SeenAsync("o-2");
        Assert.Equal(["o-2"], shop.Seen);
        Assert.Equal(2, dapr.Events.On("orders").Count);
    }

    [Fact]
    public async Task A_duplicated_delivery_comes_twice()
    {
        await using var dapr = await SidecarFixture.StartAsync();
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Delivery("orders").DuplicateNext();

        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("twice"));

        await shop.SeenAsync("twice", times: 2);
    }

    [Fact]
    public async Task A_delivery_whose_answer_is_lost_comes_again()
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options
            .AddComponent("pubsub", "pubsub.embedded")
            .AddResource(RetryPolicy));
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Delivery("orders").LoseAnswerOfNext();

        await shop.Client.PublishEventAsync("pubsub", "orders", new Order("again"));

        await shop.SeenAsync("again", times: 2);
        Assert.Equal(0, dapr.Faults.Delivery("orders").Left);
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_has_happened()
    {
        await using var dapr = await SidecarFixture.StartAsync();
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Writes("statestore").LoseAnswerOfNext();

        await Assert.ThrowsAsync<DaprException>(() => shop.Client.SaveStateAsync("statestore", "key", "value"));

        Assert.Equal("value", await shop.Client.GetStateAsync<string>("statestore", "key"));
        dapr.Faults.Reads("statestore").FailNext();
        await Assert.ThrowsAsync<DaprException>(() => shop.Client.GetStateAsync<string>("statestore", "key"));
    }

    [Fact]
    public async Task A_delayed_write_waits_for_the_clock()
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options.FakeTime = true);
        await using var shop = await Shop.StartAsync(dapr);
        dapr.Faults.Writes("statestore").DelayNext(TimeSpan.FromHours(1));

        var save = shop.Client.SaveStateAsync("statestore", "key", "value");
        await Eventually.TrueAsync(() => dapr.Faults.Writes("statestore").Left == 0);
        Assert.Null(await shop.Client.GetStateAsync<string>("statestore", "key"));
        dapr.Time.Advance(TimeSpan.FromHours(1));
        await save;

        Assert.Equal("value", await shop.Client.GetStateAsync<string>("statestore", "key"));
    }

    [Fact]
    public async Task A_restart_keeps_what_is_durable_and_the_ports()
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options.AddComponent("durable", "state.sqlite", ("connectionString", "state.db")));
        await using var shop = await Shop.StartAsync(dapr);
        await shop.Client.SaveStateAsync("durable", "key", "kept");
        await shop.Client.SaveStateAsync("statestore", "key", "gone");

        await dapr.RestartAsync();
        await dapr.App.AppReadyAsync();
        using var client = Shop.ClientOf(dapr.App);

        Assert.Equal("kept", await client.GetStateAsync<string>("durable", "key"));
        Assert.Null(await client.GetStateAsync<string>("statestore", "key"));
    }

    [Fact]
    public async Task A_component_that_cannot_be_loaded_is_named()
    {
        var error = await Assert.ThrowsAsync<ResourceException>(() => SidecarFixture.StartAsync(options => options.AddComponent("wrong", "state.sqlite")));

        Assert.Contains("wrong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_does_not_come_is_named_with_its_address()
    {
        await using var dapr = await SidecarFixture.StartAsync(options => options.AppId = "late");

        var error = await Assert.ThrowsAsync<TimeoutException>(() => dapr.App.AppReadyAsync(TimeSpan.FromMilliseconds(50)));

        Assert.Contains("'late'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{dapr.App.AppPort}", error.Message, StringComparison.Ordinal);
    }

    public sealed record Order(string Id);

    private sealed class Shop(WebApplication app, DaprClient client) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _seen = new();

        public DaprClient Client => client;

        public IReadOnlyCollection<string> Seen => _seen;

        public static async Task<Shop> StartAsync(SidecarFixture dapr)
        {
            var builder = WebApplication.CreateSlimBuilder().UseSidecar(dapr.App);
            builder.Logging.ClearProviders();
            builder.Services.AddDaprClient();
            var app = builder.Build();
            var shop = new Shop(app, app.Services.GetRequiredService<DaprClient>());
            app.UseCloudEvents();
            app.MapSubscribeHandler();
            app.MapGet("/ping", () => "pong");
            app.MapPost("/orders", (Order order) =>
            {
                shop._seen.Enqueue(order.Id);
                return Results.Ok();
            }).WithTopic("pubsub", "orders");
            await app.StartAsync();
            await dapr.App.AppReadyAsync();
            return shop;
        }

        public static DaprClient ClientOf(AppSidecar sidecar) =>
            new DaprClientBuilder().UseHttpEndpoint(sidecar.HttpEndpoint).UseGrpcEndpoint(sidecar.GrpcEndpoint).Build();

        public Task SeenAsync(string id, int times = 1) => Eventually.TrueAsync(() => _seen.Count(seen => seen == id) >= times);

        public async ValueTask DisposeAsync() => await app.DisposeAsync();
    }
}
