using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>Publish and subscribe as apps see it, on the durable broker.</summary>
public sealed class PubSubApiTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public PubSubApiTests() => _bed.Resource(
        "pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.embedded", ("redeliverInterval", "10ms")));

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task The_official_client_and_middleware_work_together()
    {
        var received = new TaskCompletionSource<Order>();
        var app = await _bed.StartAppAsync(
            app =>
            {
                app.UseCloudEvents();
                app.MapSubscribeHandler();
                app.MapPost("/orders", (Order order) =>
                {
                    received.TrySetResult(order);
                    return Results.Ok();
                }).WithTopic("pubsub", "orders");
            },
            services => services.AddDaprClient());
        var sidecar = await _bed.StartSidecarAsync("orders", app);

        await sidecar.Client.PublishEventAsync("pubsub", "orders", new Order("o-1", 5));

        Assert.Equal(new Order("o-1", 5), await received.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task What_the_app_refuses_comes_again_until_it_is_handled()
    {
        var subscriber = new Subscriber(attempt => attempt < 3 ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK);
        var sidecar = await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(subscriber.Map("t")));

        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("o-1", 1));
        await subscriber.WaitAsync("/t", 3);
        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("o-2", 1));
        await subscriber.WaitAsync("/t", 4);

        var ids = subscriber.Of("/t").Select(envelope => (string)envelope["id"]!).ToArray();
        Assert.Single(ids[..3].Distinct());
    }

    [Fact]
    public async Task After_the_policy_gives_up_the_unchanged_event_is_dead_lettered()
    {
        Retry("two", maxRetries: 2);
        var subscriber = new Subscriber(_ => StatusCodes.Status500InternalServerError, deadLetters: "t-dead");
        var sidecar = await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(subscriber.Map("t")));

        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("o-1", 1));

        var dead = Assert.Single(await subscriber.WaitAsync("/t-dead", 1));
        Assert.Equal(3, subscriber.Of("/t").Count);
        Assert.Equal((string?)subscriber.Of("/t")[0]["id"], (string?)dead["id"]);
        Assert.Equal("t", (string?)dead["topic"]);
    }

    [Fact]
    public async Task An_app_that_was_away_gets_everything_when_it_is_back()
    {
        var subscriber = new Subscriber(_ => StatusCodes.Status200OK);
        var app = await _bed.StartAppAsync(subscriber.Map("t"));
        var sidecar = await _bed.StartSidecarAsync("orders", app);
        await app.DisposeAsync();
        for (var i = 0; i < 20; i++)
            await sidecar.Client.PublishEventAsync("pubsub", "t", new Order($"o-{i}", 1));

        await _bed.StartAppAsync(subscriber.Map("t"), port: app.Port);

        var received = await subscriber.WaitAsync("/t", 20);
        Assert.Equal(20, received.Select(envelope => (string)envelope["data"]!["id"]!).Distinct().Count());
    }

    [Fact]
    public async Task An_unhealthy_app_is_left_alone()
    {
        var healthy = true;
        var subscriber = new Subscriber(_ => StatusCodes.Status200OK);
        var app = await _bed.StartAppAsync(app =>
        {
            subscriber.Map("t")(app);
            app.MapGet("/healthz", () => healthy ? Results.Ok() : Results.StatusCode(500));
        });
        var sidecar = await _bed.StartSidecarAsync("orders", app, options => options with
        {
            EnableAppHealthCheck = true,
            AppHealthProbeInterval = TimeSpan.FromMilliseconds(20),
            AppHealthProbeTimeout = TimeSpan.FromMilliseconds(500),
            AppHealthThreshold = 2,
        });
        healthy = false;
        await Eventually.TrueAsync(() => !sidecar.Host.Sidecar.App.IsHealthy);
        // The subscriptions end a moment after the verdict; what is published then waits for the app.
        await Task.Delay(2_000);
        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("o-1", 1));
        await Task.Delay(200);
        Assert.Empty(subscriber.Of("/t"));

        healthy = true;

        Assert.Single(await subscriber.WaitAsync("/t", 1));
    }

    [Fact]
    public async Task Replicas_share_a_topic_and_the_broadcast_component_reaches_each()
    {
        _bed.Resource("broadcast.yaml", SidecarBed.Component("broadcast", "pubsub.embedded", ("consumerID", "{uuid}")));
        var replicas = new[] { new Subscriber(_ => 200, broadcast: "t"), new Subscriber(_ => 200, broadcast: "t") };
        var sidecars = new List<TestSidecar>();
        foreach (var replica in replicas)
            sidecars.Add(await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(replica.Map("t"))));

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => sidecars[0].Client.PublishEventAsync("pubsub", "t", new Order($"{i}", 1))));

        foreach (var replica in replicas)
            Assert.Equal(100, (await replica.WaitAsync("/broadcast", 100)).Count);
        await Eventually.TrueAsync(() => replicas.Sum(replica => replica.Of("/t").Count) == 100);
        Assert.Equal(100, replicas.SelectMany(replica => replica.Of("/t")).Select(envelope => (string)envelope["data"]!["id"]!).Distinct().Count());
    }

    [Fact]
    public async Task Events_wait_for_a_subscriber_over_a_restart()
    {
        var subscriber = new Subscriber(_ => StatusCodes.Status200OK);
        await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(subscriber.Map("t")));
        await _bed.RestartAsync();
        var publisher = await _bed.StartSidecarAsync("payments");
        await publisher.Client.PublishEventAsync("pubsub", "t", new Order("o-1", 1));
        await _bed.RestartAsync();

        await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(subscriber.Map("t")));

        Assert.Equal("o-1", (string?)Assert.Single(await subscriber.WaitAsync("/t", 1))["data"]!["id"]);
    }

    [Fact]
    public async Task Rules_choose_the_route_and_what_no_rule_understands_is_dead_lettered()
    {
        _bed.Resource("subscription.yaml", """
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata: { name: rules }
            spec:
              pubsubname: pubsub
              topic: t
              deadLetterTopic: t-dead
              routes:
                default: /small
                rules:
                  - { match: "event.data.amount > 100", path: /big }
            """);
        var subscriber = new Subscriber(_ => StatusCodes.Status200OK, deadLetters: "t-dead");
        var sidecar = await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(app =>
        {
            subscriber.Map()(app);
            subscriber.MapPost(app, "/big");
            subscriber.MapPost(app, "/small");
        }));

        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("big", 101));
        await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("small", 1));
        await sidecar.Client.PublishEventAsync("pubsub", "t", new { unknown = true });

        Assert.Equal("big", (string?)Assert.Single(await subscriber.WaitAsync("/big", 1))["data"]!["id"]);
        Assert.Equal("small", (string?)Assert.Single(await subscriber.WaitAsync("/small", 1))["data"]!["id"]);
        Assert.NotNull(Assert.Single(await subscriber.WaitAsync("/t-dead", 1))["data"]!["unknown"]);
    }

    [Fact]
    public async Task Of_a_bulk_delivery_only_what_failed_comes_again()
    {
        var batches = new ConcurrentQueue<JsonArray>();
        var refused = false;
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/dapr/subscribe", () => Results.Json(new[]
            {
                new { pubsubname = "pubsub", topic = "t", route = "bulk", bulkSubscribe = new { enabled = true, maxMessagesCount = 10, maxAwaitDurationMs = 300 } },
            }));
            app.MapPost("/bulk", async (HttpRequest request) =>
            {
                var entries = (JsonArray)(await JsonNode.ParseAsync(request.Body))!["entries"]!;
                batches.Enqueue(entries);
                return Results.Json(new
                {
                    statuses = entries.Select(entry =>
                    {
                        var retry = !refused && (string)entry!["event"]!["data"]!["id"]! == "bad";
                        refused |= retry;
                        return new { entryId = (string)entry!["entryId"]!, status = retry ? "RETRY" : "SUCCESS" };
                    }).ToArray(),
                });
            });
        });
        var sidecar = await _bed.StartSidecarAsync("orders", app);

        await Task.WhenAll(new[] { "a", "bad", "b" }.Select(id => sidecar.Client.PublishEventAsync("pubsub", "t", new Order(id, 1))));

        await Eventually.TrueAsync(() => batches.Sum(batch => batch.Count) == 4);
        Assert.Equal(["a", "b", "bad", "bad"], batches.SelectMany(batch => batch).Select(entry => (string?)entry!["event"]!["data"]!["id"]).Order());
    }

    [Fact]
    public async Task A_stream_that_ends_without_an_answer_leaves_the_event_to_the_next()
    {
        var sidecar = await _bed.StartSidecarAsync("orders");
        await using (var first = await EventStream.OpenAsync(sidecar, "t"))
        {
            await sidecar.Client.PublishEventAsync("pubsub", "t", new Order("o-1", 1));
            Assert.Equal("t", (await first.NextAsync()).Topic);
        }

        await using var second = await EventStream.OpenAsync(sidecar, "t");
        Assert.Contains("o-1", (await second.NextAsync()).Data.ToStringUtf8(), StringComparison.Ordinal);
    }

    private void Retry(string name, int maxRetries) => _bed.Resource("resiliency.yaml", $$"""
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: { name: resiliency }
        spec:
          policies:
            retries:
              {{name}}: { policy: constant, duration: 10ms, maxRetries: {{maxRetries}} }
          targets:
            components:
              pubsub:
                inbound: { retry: {{name}} }
        """);

    private sealed record Order(string Id, int Amount);
}
