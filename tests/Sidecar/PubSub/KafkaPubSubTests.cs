using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using NexusCart.Sidecar.PubSub;
using NexusCart.Tests.Sidecar.Infrastructure;
using NexusCart.Tests.Servers;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>The contract on <c>pubsub.kafka</c> with the native client's mock cluster.</summary>
public sealed class KafkaPubSubContractTests(KafkaCluster cluster) : PubSubContract, IClassFixture<KafkaCluster>
{
    protected override bool RedeliversRefused => true;

    internal override ValueTask<DriverSpec> SpecAsync() => ValueTask.FromResult(new DriverSpec("pubsub.kafka", cluster.Settings));
}

/// <summary>The contract on <c>pubsub.kafka</c> with the settings of a durable shop, as strict as Dapr.</summary>
public sealed class StrictKafkaPubSubContractTests(KafkaCluster cluster) : PubSubContract, IClassFixture<KafkaCluster>
{
    protected override bool RedeliversRefused => true;

    internal override ValueTask<DriverSpec> SpecAsync() => ValueTask.FromResult(
        new DriverSpec("pubsub.kafka", [.. cluster.Settings, ("initialOffset", "oldest")]) { Strict = true });
}

/// <summary>What only Kafka has: partitions, keys, headers, positions, batches, and brokers that go and come.</summary>
public sealed class KafkaPubSubTests(KafkaCluster cluster) : IClassFixture<KafkaCluster>, IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DriverBed _bed = new();
    private readonly List<IAsyncDisposable> _subscriptions = [];
    private readonly string _topic = "t-" + Guid.NewGuid().ToString("N");
    private readonly string _group = "g-" + Guid.NewGuid().ToString("N");

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
            await subscription.DisposeAsync();
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task Publish_metadata_are_headers_and_come_back_with_where_the_record_was()
    {
        var broker = await OpenAsync();
        var deliveries = await CollectAsync(broker);
        await broker.PublishAsync(_topic, Message("x", ("partitionKey", "blue green"), ("foo", "ä b")), default);
        var delivery = (await deliveries.TakeAsync(1))[0];
        Assert.Equal(_topic, delivery.Topic);
        var metadata = delivery.Message.Metadata;
        Assert.Equal(
            ["__key", "__offset", "__partition", "__timestamp", "__topic", "foo", "partitionKey"],
            metadata.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("blue green", "0", _topic), (metadata["__key"], metadata["__offset"], metadata["__topic"]));
        Assert.Equal(("ä b", "blue green"), (metadata["foo"], metadata["partitionKey"]));
        var sent = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(metadata["__timestamp"], CultureInfo.InvariantCulture));
        Assert.InRange(sent, DateTimeOffset.UtcNow - Patience, DateTimeOffset.UtcNow + Patience);
    }

    [Fact]
    public async Task Headers_are_escaped_and_left_out_where_the_settings_say_so()
    {
        var broker = await OpenAsync(("escapeHeaders", "true"), ("excludeHeaderMetaRegex", "^secret-"));
        var deliveries = await CollectAsync(broker);
        await broker.PublishAsync(_topic, Message("x", ("__key", "a b"), ("foo", "ä/~ "), ("secret-x", "1")), default);
        var metadata = (await deliveries.TakeAsync(1))[0].Message.Metadata;
        Assert.Equal(("a+b", "%C3%A4%2F~+"), (metadata["__key"], metadata["foo"]));
        Assert.DoesNotContain("secret-x", metadata.Keys);
    }

    /// <summary>FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv) of the key, the way Dapr's client takes it: both runtimes keep one order.</summary>
    [Fact]
    public async Task A_key_goes_to_the_partition_that_dapr_would_choose()
    {
        var broker = await OpenAsync();
        var deliveries = await CollectAsync(broker);
        var keys = Enumerable.Range(0, 40).Select(i => $"order-{i}").Append("").ToList();
        foreach (var key in keys)
            await broker.PublishAsync(_topic, Message(key, ("partitionKey", key)), default);
        foreach (var delivery in await deliveries.TakeAsync(keys.Count))
        {
            var key = Encoding.UTF8.GetString(delivery.Message.Data.Span);
            var hash = Encoding.UTF8.GetBytes(key).Aggregate(2_166_136_261u, (hash, b) => unchecked((hash ^ b) * 16_777_619));
            Assert.Equal(Math.Abs(unchecked((int)hash) % 4), int.Parse(delivery.Message.Metadata["__partition"], CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task A_partition_can_be_asked_for_by_its_number()
    {
        var broker = await OpenAsync();
        var deliveries = await CollectAsync(broker);
        for (var i = 0; i < 3; i++)
            await broker.PublishAsync(_topic, Message($"{i}", ("partitionNumber", "3")), default);
        Assert.All(await deliveries.TakeAsync(3), delivery => Assert.Equal("3", delivery.Message.Metadata["__partition"]));
        foreach (var wrong in (string[])["-1", "x", "4"])
            await Assert.ThrowsAnyAsync<Exception>(() => broker.PublishAsync(_topic, Message("x", ("partitionNumber", wrong)), default));
    }

    [Fact]
    public async Task A_null_is_a_record_without_a_value()
    {
        var broker = await OpenAsync();
        var deliveries = await CollectAsync(broker);
        await broker.PublishAsync(_topic, Message("null"), default);
        Assert.Equal("null", Encoding.UTF8.GetString((await deliveries.TakeAsync(1))[0].Message.Data.Span));
        await Assert.ThrowsAsync<ArgumentException>(() => broker.PublishAsync(_topic, Message("{}", ("valueSchemaType", "Avro")), default));
    }

    [Fact]
    public async Task Order_is_kept_by_key_with_two_replicas_one_of_which_comes_later()
    {
        var handled = new ConcurrentQueue<(string Key, int Number)>();
        async Task Handle(string text)
        {
            await Task.Delay(Random.Shared.Next(8));
            var parts = text.Split(':');
            handled.Enqueue((parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture)));
        }

        var first = await OpenAsync();
        await SubscribeAsync(first, Handle);
        var publishing = Task.Run(async () =>
        {
            for (var number = 0; number < 60; number++)
                await Task.WhenAll(Enumerable.Range(0, 6).Select(key => first.PublishAsync(_topic, Message($"{key}:{number}", ("partitionKey", $"{key}")), default)));
        });
        var later = await SubscribeAsync(await OpenAsync(), Handle);
        await publishing;
        await Eventually.TrueAsync(() => handled.Distinct().Count() == 360);
        // What a member did and could not mark in time may come again; nothing comes before its turn.
        foreach (var key in handled.Distinct().GroupBy(item => item.Key, item => item.Number))
            Assert.Equal(Enumerable.Range(0, 60), key);
        Assert.NotEmpty(later.Received);
    }

    [Fact]
    public async Task A_group_begins_where_it_is_told_to()
    {
        var broker = await OpenAsync();
        await PublishAsync(broker, "before");
        var newest = await SubscribeAsync(broker);
        await PublishAsync(broker, "after");
        Assert.Equal(["after"], await newest.WaitAsync(1));

        var oldest = await SubscribeAsync(await OpenAsync(("consumerGroup", _group + "-2"), ("initialOffset", "oldest")));
        Assert.Equal(["after", "before"], (await oldest.WaitAsync(2)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_new_group_misses_nothing_while_it_is_away_though_it_has_handled_nothing_yet()
    {
        var broker = await OpenAsync();
        var before = await SubscribeAsync(broker);
        await before.Subscription.DisposeAsync();
        for (var i = 0; i < 20; i++)
            await PublishAsync(broker, $"{i}");
        var after = await SubscribeAsync(broker);
        Assert.Equal(Enumerable.Range(0, 20), (await after.WaitAsync(20)).Select(int.Parse).Order());
    }

    [Theory]
    [InlineData("consumeRetryEnabled", "false", 1)]
    [InlineData("backOffMaxRetries", "2", 3)]
    public async Task What_may_not_be_tried_again_is_passed_over_as_in_dapr_when_strict_only(string setting, string value, int tries)
    {
        Task Handle(string text) => text == "bad" ? throw new InvalidOperationException("no") : Task.CompletedTask;
        cluster.CreateTopic(_topic, 1);
        var strict = await OpenAsync(strict: true, (setting, value), ("consumerGroup", _group + "-strict"), ("initialOffset", "oldest"));
        await PublishAsync(strict, "bad");
        await PublishAsync(strict, "good");
        var inbox = await SubscribeAsync(strict, Handle);
        Assert.Equal([.. Enumerable.Repeat("bad", tries), "good"], await inbox.WaitAsync(tries + 1));

        var careful = await OpenAsync((setting, value), ("initialOffset", "oldest"));
        var patient = await SubscribeAsync(careful, Handle);
        Assert.Equal(Enumerable.Repeat("bad", tries + 2), await patient.WaitAsync(tries + 2));
    }

    [Fact]
    public async Task Batches_are_those_of_a_partition_and_come_again_as_a_whole()
    {
        cluster.CreateTopic(_topic, 1);
        var broker = (IBulkPubSub)await OpenAsync(("initialOffset", "oldest"));
        for (var i = 0; i < 5; i++)
            await PublishAsync(broker, $"{i}");
        var batches = new ConcurrentQueue<string>();
        await using (await broker.SubscribeBulkAsync(
            _topic,
            NoMetadata,
            (deliveries, _) =>
            {
                var texts = deliveries.Select(delivery => Encoding.UTF8.GetString(delivery.Message.Data.Span)).ToList();
                batches.Enqueue(string.Join(',', texts));
                var refuses = batches.Count is 2 or 3;
                return Task.FromResult<IReadOnlyList<Exception?>>([.. texts.Select(text => refuses && text == "4" ? new InvalidOperationException("no") : null)]);
            },
            mostMessages: 3,
            TimeSpan.FromMilliseconds(300),
            default))
            await Eventually.TrueAsync(() => batches.Count == 4);
        Assert.Equal(["0,1,2", "3,4", "3,4", "3,4"], batches);
    }

    [Fact]
    public async Task What_of_a_batch_was_done_before_the_first_refusal_does_not_come_after_a_restart()
    {
        cluster.CreateTopic(_topic, 1);
        var broker = (IBulkPubSub)await OpenAsync(("initialOffset", "oldest"));
        for (var i = 0; i < 4; i++)
            await PublishAsync(broker, $"{i}");
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (await broker.SubscribeBulkAsync(
            _topic,
            NoMetadata,
            (deliveries, _) =>
            {
                refused.TrySetResult();
                return Task.FromResult<IReadOnlyList<Exception?>>([.. deliveries.Select((_, i) => i == 2 ? new InvalidOperationException("no") : null)]);
            },
            mostMessages: 4,
            TimeSpan.FromSeconds(2),
            default))
            await refused.Task.WaitAsync(Patience);
        var after = await SubscribeAsync(broker);
        Assert.Equal(["2", "3"], await after.WaitAsync(2));
    }

    [Fact]
    public async Task A_slow_partition_holds_up_no_other_and_only_so_much_waits_in_memory()
    {
        var broker = await OpenAsync(("channelBufferSize", "10"));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbox = await SubscribeAsync(broker, text => text.StartsWith("slow", StringComparison.Ordinal) ? release.Task : Task.CompletedTask);
        for (var i = 0; i < 60; i++)
        {
            await broker.PublishAsync(_topic, Message($"slow-{i}", ("partitionNumber", "0")), default);
            await broker.PublishAsync(_topic, Message($"quick-{i}", ("partitionNumber", "1")), default);
        }

        Assert.Equal(60, (await inbox.WaitAsync(61)).Count(text => text.StartsWith("quick", StringComparison.Ordinal)));
        release.SetResult();
        Assert.Equal(
            Enumerable.Range(0, 60).Select(i => $"slow-{i}"),
            (await inbox.WaitAsync(120)).Where(text => text.StartsWith("slow", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_second_subscription_to_a_topic_takes_the_place_of_the_first_until_it_ends()
    {
        var broker = await OpenAsync();
        var first = await SubscribeAsync(broker);
        var second = await SubscribeAsync(broker);
        await PublishAsync(broker, "1");
        Assert.Equal(["1"], await second.WaitAsync(1));
        await second.Subscription.DisposeAsync();
        await PublishAsync(broker, "2");
        Assert.Equal(["2"], await first.WaitAsync(1));
    }

    [Fact]
    public async Task Topics_come_and_go_without_disturbing_the_others()
    {
        var broker = await OpenAsync();
        var lasting = await SubscribeAsync(broker);
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            var inbox = new Inbox(null);
            inbox.Subscription = await broker.SubscribeAsync($"{_topic}-{i}", NoMetadata, inbox.HandleAsync, default);
            return inbox;
        }));
        for (var i = 0; i < 5; i++)
        {
            await broker.PublishAsync($"{_topic}-{i}", Message($"other {i}"), default);
            Assert.Equal([$"other {i}"], await others[i].WaitAsync(1));
        }

        await Task.WhenAll(others.Select(inbox => inbox.Subscription.DisposeAsync().AsTask()));
        await PublishAsync(broker, "still here");
        Assert.Equal(["still here"], await lasting.WaitAsync(1));
    }

    private static BrokerMessage Message(string text, params (string Name, string Value)[] metadata) =>
        new(Encoding.UTF8.GetBytes(text), "text/plain", metadata.ToDictionary(item => item.Name, item => item.Value));

    private Task<IPubSub> OpenAsync(params (string Name, string Value)[] settings) => OpenAsync(strict: false, settings);

    private Task<IPubSub> OpenAsync(bool strict, params (string Name, string Value)[] settings)
    {
        var all = cluster.Settings.Prepend(("consumerGroup", _group)).Concat(settings).GroupBy(item => item.Item1).Select(item => item.Last());
        return _bed.OpenAsync<IPubSub>(new DriverSpec("pubsub.kafka", [.. all]) { Strict = strict });
    }

    private Task PublishAsync(IPubSub broker, string text) => broker.PublishAsync(_topic, Message(text), default);

    private async Task<Inbox> SubscribeAsync(IPubSub broker, Func<string, Task>? handle = null)
    {
        var inbox = new Inbox(handle);
        inbox.Subscription = await broker.SubscribeAsync(_topic, NoMetadata, inbox.HandleAsync, default);
        _subscriptions.Add(inbox.Subscription);
        return inbox;
    }

    private async Task<Deliveries> CollectAsync(IPubSub broker)
    {
        var deliveries = new Deliveries();
        _subscriptions.Add(await broker.SubscribeAsync(_topic, NoMetadata, deliveries.HandleAsync, default));
        return deliveries;
    }

    /// <summary>Whole deliveries, where an <see cref="Inbox"/> keeps their text.</summary>
    private sealed class Deliveries
    {
        private readonly ConcurrentQueue<BrokerDelivery> _all = new();

        public Task HandleAsync(BrokerDelivery delivery, CancellationToken cancellation)
        {
            _all.Enqueue(delivery);
            return Task.CompletedTask;
        }

        public async Task<IReadOnlyList<BrokerDelivery>> TakeAsync(int count)
        {
            await Eventually.TrueAsync(() => _all.Count >= count);
            return [.. _all];
        }
    }
}
