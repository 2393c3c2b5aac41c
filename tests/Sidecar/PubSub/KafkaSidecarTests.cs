using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Resources;
using NexusCart.Tests.Sidecar.Infrastructure;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>Apps and sidecars on <c>pubsub.kafka</c>: replicas, broadcast, dead letters, bulk, and brokers that go and come.</summary>
public sealed class KafkaSidecarTests : IAsyncDisposable
{
    private readonly KafkaCluster _cluster = new();
    private readonly SidecarBed _bed = new();

    public KafkaSidecarTests() => _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.kafka", _cluster.Settings));

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Replicas_share_a_topic_and_the_broadcast_component_reaches_each()
    {
        _bed.Resource("broadcast.yaml", SidecarBed.Component("broadcast", "pubsub.kafka", [.. _cluster.Settings, ("consumerID", "{uuid}")]));
        var replicas = new[] { new Subscriber(_ => 200, broadcast: "t"), new Subscriber(_ => 200, broadcast: "t") };
        var sidecars = new List<TestSidecar>();
        foreach (var replica in replicas)
            sidecars.Add(await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(replica.Map("t"))));

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => sidecars[0].Client.PublishEventAsync("pubsub", "t", i)));

        foreach (var replica in replicas)
            Assert.Equal(100, (await replica.WaitAsync("/broadcast", 100)).Count);
        await Eventually.TrueAsync(() => Numbers(replicas, "/t").Distinct().Count() == 100);
        Assert.Equal(Enumerable.Range(0, 100), Numbers(replicas, "/t").Distinct().Order());
    }

    [Fact]
    public async Task What_the_app_refuses_is_dead_lettered_with_its_key_and_its_origin()
    {
        var subscriber = new Subscriber(_ => StatusCodes.Status500InternalServerError, deadLetters: "t-dead");
        var headers = new TaskCompletionSource<Dictionary<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = await _bed.StartAppAsync(app =>
        {
            app.Use(next => context =>
            {
                if (context.Request.Path == "/t-dead")
                    headers.TrySetResult(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
                return next(context);
            });
            subscriber.Map("t")(app);
        });
        var sidecar = await _bed.StartSidecarAsync("orders", app);
        await sidecar.Client.PublishEventAsync("pubsub", "t", "poison", new Dictionary<string, string> { ["partitionKey"] = "k" });

        var dead = Assert.Single(await subscriber.WaitAsync("/t-dead", 1));
        Assert.Equal("t", (string?)dead["topic"]);
        Assert.Single(subscriber.Of("/t"));
        var received = await headers.Task;
        Assert.Equal(("k", "t", "k"), (received["__key"], received["__topic"], received["partitionKey"]));
    }

    [Fact]
    public async Task A_bulk_publish_gives_its_metadata_to_every_entry_and_arrives_as_a_batch()
    {
        _bed.Resource("subscription.yaml", """
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata: { name: bulk }
            spec:
              pubsubname: pubsub
              topic: t
              routes: { default: /bulk }
              bulkSubscribe: { enabled: true, maxMessagesCount: 3, maxAwaitDurationMs: 20000 }
            """);
        var batches = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = await _bed.StartAppAsync(app => app.MapPost("/bulk", async (HttpRequest request) =>
        {
            var batch = (await JsonNode.ParseAsync(request.Body))!;
            batches.TrySetResult(batch);
            return Results.Json(new { statuses = batch["entries"]!.AsArray().Select(entry => new { entryId = (string)entry!["entryId"]!, status = "SUCCESS" }) });
        }));
        var sidecar = await _bed.StartSidecarAsync("orders", app);
        using var body = new StringContent(
            """[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"2","event":2,"contentType":"application/json","metadata":{"partitionKey":"other"}},{"entryId":"3","event":3,"contentType":"application/json"}]""",
            Encoding.UTF8,
            "application/json");
        using var answer = await sidecar.Http.PostAsync("/v1.0/publish/bulk/pubsub/t?metadata.partitionKey=k", body);
        Assert.Equal(204, (int)answer.StatusCode);

        var entries = (await batches.Task.WaitAsync(TimeSpan.FromSeconds(20)))["entries"]!.AsArray();
        Assert.Equal([1, 2, 3], entries.Select(entry => (int)entry!["event"]!["data"]!));
        Assert.All(entries, entry => Assert.Equal("k", (string?)entry!["metadata"]!["__key"]));
    }

    [Fact]
    public async Task Brokers_that_go_and_come_lose_nothing_that_was_acknowledged()
    {
        var subscriber = new Subscriber(_ => 200);
        var sidecar = await _bed.StartSidecarAsync("orders", await _bed.StartAppAsync(subscriber.Map("t")));
        for (var i = 0; i < 20; i++)
            await sidecar.Client.PublishEventAsync("pubsub", "t", i);
        _cluster.Stop();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
            await Assert.ThrowsAnyAsync<Exception>(() => sidecar.Client.PublishEventAsync("pubsub", "t", 1000, limit.Token));
        _cluster.Start();
        for (var i = 20; i < 40; i++)
            await sidecar.Client.PublishEventAsync("pubsub", "t", i);

        await Eventually.TrueAsync(() => Numbers([subscriber], "/t").Where(number => number < 1000).Distinct().Count() == 40);
    }

    [Fact]
    public async Task A_partition_that_is_paused_when_the_brokers_go_goes_on_when_they_are_back()
    {
        await using var drivers = new DriverBed();
        var broker = await drivers.OpenAsync<IPubSub>(new DriverSpec("pubsub.kafka", [.. _cluster.Settings, ("channelBufferSize", "10"), ("initialOffset", "oldest")]));
        for (var i = 0; i < 400; i++)
            await PubSubDriverFixture.PublishAsync(broker, $"{i}");
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbox = new Inbox(_ => release.Task);
        await using var subscription = await broker.SubscribeAsync("t", new Dictionary<string, string>(), inbox.HandleAsync, default);
        // One message of each partition is in hand, ten wait, and the rest is not fetched.
        await inbox.WaitAsync(4);
        await Task.Delay(500);
        _cluster.Stop();
        // Longer than a session, so that the partitions are lost.
        await Task.Delay(4_000);
        release.SetResult();
        _cluster.Start();

        await Eventually.TrueAsync(() => inbox.Received.Distinct().Count() == 400);
    }

    [Fact]
    public async Task A_sidecar_does_not_start_without_its_brokers_and_says_so()
    {
        _cluster.Stop();
        var failure = await Assert.ThrowsAsync<ResourceException>(() => _bed.StartSidecarAsync("orders"));
        Assert.Contains("pubsub.kafka", failure.Message, StringComparison.Ordinal);
        _cluster.Start();
        await _bed.StartSidecarAsync("orders");
    }

    [Fact]
    public async Task An_app_that_becomes_unhealthy_and_healthy_again_gets_the_rest()
    {
        var healthy = true;
        var subscriber = new Subscriber(_ => 200);
        var app = await _bed.StartAppAsync(app =>
        {
            subscriber.Map("t", "u")(app);
            app.MapGet("/healthz", () => healthy ? Results.Ok() : Results.StatusCode(500));
        });
        var sidecar = await _bed.StartSidecarAsync("orders", app, options => options with
        {
            EnableAppHealthCheck = true,
            AppHealthProbeInterval = TimeSpan.FromMilliseconds(20),
            AppHealthProbeTimeout = TimeSpan.FromMilliseconds(500),
            AppHealthThreshold = 2,
        });
        for (var round = 0; round < 3; round++)
        {
            healthy = false;
            await Eventually.TrueAsync(() => !sidecar.Host.Sidecar.App.IsHealthy);
            await sidecar.Client.PublishEventAsync("pubsub", "t", round);
            await sidecar.Client.PublishEventAsync("pubsub", "u", round);
            healthy = true;
            await subscriber.WaitAsync("/t", round + 1);
            await subscriber.WaitAsync("/u", round + 1);
        }
    }

    private static IEnumerable<int> Numbers(IEnumerable<Subscriber> subscribers, string path) =>
        subscribers.SelectMany(subscriber => subscriber.Of(path)).Select(envelope => (int)envelope["data"]!);
}
