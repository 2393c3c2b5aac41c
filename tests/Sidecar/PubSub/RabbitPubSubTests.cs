using System.Text;
using NexusCart.Sidecar.PubSub;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using RabbitMQ.Client;
using static NexusCart.Tests.Sidecar.PubSub.PubSubDriverFixture;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>The contract on <c>pubsub.rabbitmq</c> and a real server, with the settings that a durable shop needs.</summary>
public sealed class RabbitPubSubTests(SharedServer<RabbitServer> server) : PubSubContract, IClassFixture<SharedServer<RabbitServer>>
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    private static readonly (string Name, string Value)[] Durable =
    [
        ("deletedWhenUnused", "false"), ("deliveryMode", "2"), ("publisherConfirm", "true"), ("requeueInFailure", "true"),
        ("prefetchCount", "20"), ("concurrency", "parallel"), ("reconnectWait", "200ms"),
    ];

    protected override bool RedeliversRefused => true;

    [Fact]
    public async Task By_default_what_is_refused_is_thrown_away_and_queues_go_with_their_subscriber_as_in_dapr()
    {
        await SpecAsync();
        var topic = NewTopic();
        await using var bed = new DriverBed();
        var broker = await bed.OpenAsync<IPubSub>(await PlainAsync());
        var inbox = new Inbox(text => text == "bad" ? throw new InvalidOperationException("no") : Task.CompletedTask);
        var subscription = await broker.SubscribeAsync(topic, NoMetadata, inbox.HandleAsync, default);
        await PublishAsync(broker, "bad", topic);
        await PublishAsync(broker, "good", topic);
        Assert.Equal(["bad", "good"], await inbox.WaitAsync(2));
        await subscription.DisposeAsync();

        await PublishAsync(broker, "while away", topic);
        var later = new Inbox(null);
        await using (await broker.SubscribeAsync(topic, NoMetadata, later.HandleAsync, default))
        {
            await PublishAsync(broker, "back", topic);
            Assert.Equal(["back"], await later.WaitAsync(1));
        }
    }

    [Fact]
    public async Task Exchanges_queues_and_messages_are_those_of_dapr()
    {
        var topic = NewTopic();
        await using var bed = new DriverBed();
        await using var client = await (await StartedAsync()).OpenClientAsync();
        await using var channel = await client.CreateChannelAsync();
        // As daprd makes them: with other arguments the server would refuse ours.
        await channel.ExchangeDeclareAsync(topic, "fanout", durable: true, autoDelete: false);
        await channel.QueueDeclareAsync("orders-" + topic, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "classic" });
        await channel.QueueBindAsync("orders-" + topic, topic, "");
        await channel.BasicPublishAsync(topic, "", "by hand"u8.ToArray());
        var broker = await bed.OpenAsync<IPubSub>(await SpecAsync(), "orders");
        var inbox = new Inbox(null);
        await using (await broker.SubscribeAsync(topic, NoMetadata, inbox.HandleAsync, default))
            Assert.Equal(["by hand"], await inbox.WaitAsync(1));

        await broker.PublishAsync(topic, new BrokerMessage("x"u8.ToArray(), "text/plain", new Dictionary<string, string> { ["ttlInSeconds"] = "100" }), default);
        var published = (await channel.BasicGetAsync("orders-" + topic, autoAck: true))!;
        Assert.Equal("x", Encoding.UTF8.GetString(published.Body.Span));
        Assert.Equal((DeliveryModes.Persistent, "100000"), (published.BasicProperties.DeliveryMode, published.BasicProperties.Expiration));
    }

    /// <summary>Dapr writes the time of expiry into envelopes only where the broker does not end messages by itself.</summary>
    [Fact]
    public async Task A_time_to_live_is_the_brokers_business_and_not_the_envelopes()
    {
        var spec = await SpecAsync();
        await using var bed = new SidecarBed();
        bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", spec.Type, spec.Metadata));
        var subscriber = new Subscriber(_ => 200);
        var sidecar = await bed.StartSidecarAsync("orders", await bed.StartAppAsync(subscriber.Map("ttl")));
        await sidecar.Client.PublishEventAsync("pubsub", "ttl", "x", new Dictionary<string, string> { ["ttlInSeconds"] = "100" });
        var envelope = Assert.Single(await subscriber.WaitAsync("/ttl", 1)).AsObject();
        Assert.Equal("x", (string?)envelope["data"]);
        Assert.DoesNotContain("expiration", envelope);
    }

    [Fact]
    public async Task Refused_messages_go_to_the_dead_letter_queue_of_the_component()
    {
        var topic = NewTopic();
        await using var bed = new DriverBed();
        var broker = await bed.OpenAsync<IPubSub>(await PlainAsync(("enableDeadLetter", "true"), ("deletedWhenUnused", "false")));
        var inbox = new Inbox(_ => throw new InvalidOperationException("no"));
        await using var subscription = await broker.SubscribeAsync(topic, NoMetadata, inbox.HandleAsync, default);
        await PublishAsync(broker, "bad", topic);
        await inbox.WaitAsync(1);
        await using var client = await (await StartedAsync()).OpenClientAsync();
        await using var channel = await client.CreateChannelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        BasicGetResult? dead;
        while ((dead = await channel.BasicGetAsync($"dlq-app-{topic}", autoAck: true)) is null)
            await Task.Delay(50, limit.Token);
        Assert.Equal("bad", Encoding.UTF8.GetString(dead.Body.Span));
    }

    [Fact]
    public async Task What_was_confirmed_comes_after_the_server_was_killed_and_subscriptions_go_on()
    {
        var own = await StartedAsync();
        var topic = NewTopic();
        await using var bed = new DriverBed();
        var broker = await bed.OpenAsync<IPubSub>(await SpecAsync());
        await using (await broker.SubscribeAsync(topic, NoMetadata, (_, _) => Task.CompletedTask, default))
        {
        }

        for (var i = 0; i < 20; i++)
            await PublishAsync(broker, $"{i}", topic);
        var living = new Inbox(null);
        await using var subscription = await broker.SubscribeAsync(topic + "-living", NoMetadata, living.HandleAsync, default);
        await own.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => PublishAsync(broker, "lost", topic));
        await own.StartAsync();

        var after = new Inbox(null);
        await using var later = await broker.SubscribeAsync(topic, NoMetadata, after.HandleAsync, default);
        Assert.Equal(Enumerable.Range(0, 20), (await after.WaitAsync(20)).Select(int.Parse).Order());
        await PublishAsync(broker, "alive", topic + "-living");
        Assert.Equal(["alive"], await living.WaitAsync(1));
    }

    internal override async ValueTask<DriverSpec> SpecAsync() => await PlainAsync(Durable);

    private static string NewTopic() => "t-" + Guid.NewGuid().ToString("N");

    private async Task<RabbitServer> StartedAsync()
    {
        Assert.SkipWhen(RabbitServer.Missing is not null, RabbitServer.Missing ?? "");
        return await server.StartedAsync();
    }

    private async Task<DriverSpec> PlainAsync(params (string Name, string Value)[] settings) =>
        new("pubsub.rabbitmq", [("connectionString", (await StartedAsync()).ConnectionString), .. settings]);
}
