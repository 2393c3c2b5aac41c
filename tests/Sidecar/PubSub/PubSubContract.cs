using System.Collections.Concurrent;
using System.Text;
using NexusCart.Sidecar.PubSub;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>What every durable broker driver must do, against the real thing; each driver has a class that runs it.</summary>
public abstract class PubSubContract : IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DriverBed _bed = new();
    private readonly List<IAsyncDisposable> _subscriptions = [];
    private readonly string _topic = "t-" + Guid.NewGuid().ToString("N");

    /// <summary>Whether a message that the app refused comes again without anything being restarted.</summary>
    protected abstract bool RedeliversRefused { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
            await subscription.DisposeAsync();
        await _bed.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_app_gets_its_copy()
    {
        var publisher = await OpenAsync("publisher");
        var orders = await SubscribeAsync(await OpenAsync("orders"));
        var carts = await SubscribeAsync(await OpenAsync("carts"));
        await PublishAsync(publisher, "1");
        await PublishAsync(publisher, "elsewhere", _topic + "-other");
        await PublishAsync(publisher, "2");

        Assert.Equal(["1", "2"], (await orders.WaitAsync(2)).Order());
        Assert.Equal(["1", "2"], (await carts.WaitAsync(2)).Order());
    }

    [Fact]
    public async Task Replicas_of_one_app_share_its_messages()
    {
        var first = await OpenAsync();
        // By message: a broker may give one again that a busy machine kept too long.
        var handled = new ConcurrentDictionary<string, bool>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task Handle(string text)
        {
            handled[text] = true;
            if (handled.Count == 300)
                done.TrySetResult();
            return Task.Delay(2);
        }

        var one = await SubscribeAsync(first, handle: Handle);
        var other = await SubscribeAsync(await OpenAsync(), handle: Handle);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => PublishAsync(first, $"{i}")));
        await done.Task.WaitAsync(Patience);

        Assert.NotEmpty(one.Received);
        Assert.NotEmpty(other.Received);
    }

    [Fact]
    public async Task What_was_published_while_the_app_was_away_comes_when_it_is_back()
    {
        var publisher = await OpenAsync("publisher");
        var subscriber = await OpenAsync("orders");
        var before = await SubscribeAsync(subscriber);
        await PublishAsync(publisher, "0");
        await before.WaitAsync(1);
        await before.Subscription.DisposeAsync();
        for (var i = 1; i <= 60; i++)
            await PublishAsync(publisher, $"{i}");

        var after = await SubscribeAsync(subscriber);
        await Eventually.TrueAsync(() => after.Received.Distinct().Count() == 60);
        Assert.Equal(Enumerable.Range(1, 60), after.Received.Distinct().Select(int.Parse).Order());
        Assert.Equal(["0"], before.Received);
    }

    [Fact]
    public async Task Bytes_arrive_as_they_were_also_many()
    {
        var broker = await OpenAsync();
        var arrived = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await KeepAsync(broker.SubscribeAsync(
            _topic,
            NoMetadata,
            (delivery, _) =>
            {
                Assert.Equal(_topic, delivery.Topic);
                arrived.TrySetResult(delivery.Message.Data.ToArray());
                return Task.CompletedTask;
            },
            default));
        var bytes = new byte[900_000];
        Random.Shared.NextBytes(bytes);
        await broker.PublishAsync(_topic, new BrokerMessage(bytes, "application/octet-stream", NoMetadata), default);
        Assert.Equal(bytes, await arrived.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Messages_of_one_subscription_are_handled_side_by_side()
    {
        var broker = await OpenAsync();
        using var both = new CountdownEvent(2);
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SubscribeAsync(broker, handle: async _ =>
        {
            if (both.Signal())
                met.SetResult();
            await met.Task.WaitAsync(Patience);
        });
        // A broker with partitions handles only those side by side.
        for (var partition = 0; partition < 2; partition++)
        {
            var metadata = new Dictionary<string, string> { ["partitionNumber"] = $"{partition}" };
            await broker.PublishAsync(_topic, new BrokerMessage("x"u8.ToArray(), "text/plain", metadata), default);
        }

        await met.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_refused_message_comes_again_where_dapr_does_that()
    {
        var broker = await OpenAsync();
        var failures = 0;
        var inbox = await SubscribeAsync(broker, handle: text =>
            text == "bad" && Interlocked.Increment(ref failures) <= 2 ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        await PublishAsync(broker, "bad");
        await inbox.WaitAsync(1);
        if (RedeliversRefused)
        {
            Assert.Equal(["bad", "bad", "bad"], await inbox.WaitAsync(3));
        }

        await PublishAsync(broker, "good");
        await inbox.WaitAsync(RedeliversRefused ? 4 : 2);
        // Whoever comes later finds nothing left over.
        await inbox.Subscription.DisposeAsync();
        var later = await SubscribeAsync(broker);
        await PublishAsync(broker, "last");
        Assert.Equal(["last"], await later.WaitAsync(1));
    }

    [Fact]
    public async Task A_message_whose_handling_was_cut_comes_again()
    {
        var broker = await OpenAsync();
        var cut = 0;
        var inbox = await SubscribeAsync(broker, handle: _ =>
            Interlocked.Increment(ref cut) == 1 ? throw new OperationCanceledException() : Task.CompletedTask);
        await PublishAsync(broker, "1");
        if (!RedeliversCut)
        {
            await inbox.WaitAsync(1);
            return;
        }

        Assert.Equal(["1", "1"], await inbox.WaitAsync(2));
    }

    [Fact]
    public async Task Leaving_waits_for_the_deliveries_under_way()
    {
        var broker = await OpenAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbox = await SubscribeAsync(broker, handle: _ => release.Task);
        await PublishAsync(broker, "1");
        await inbox.WaitAsync(1);
        var leaving = inbox.Subscription.DisposeAsync().AsTask();
        Assert.False(leaving.IsCompleted);
        release.SetResult();
        await leaving.WaitAsync(Patience);

        var later = await SubscribeAsync(broker);
        await PublishAsync(broker, "2");
        Assert.Equal(["2"], await later.WaitAsync(1));
    }

    internal abstract ValueTask<DriverSpec> SpecAsync();

    /// <summary>Whether a message comes again whose handling was cut, by a stop or a stream that closed.</summary>
    protected virtual bool RedeliversCut => true;

    protected async Task<IPubSub> OpenAsync(string appId = "app") => await _bed.OpenAsync<IPubSub>(await SpecAsync(), appId);

    internal async Task<Inbox> SubscribeAsync(IPubSub broker, Func<string, Task>? handle = null)
    {
        var inbox = new Inbox(handle);
        inbox.Subscription = await KeepAsync(broker.SubscribeAsync(_topic, NoMetadata, inbox.HandleAsync, default));
        return inbox;
    }

    protected Task PublishAsync(IPubSub broker, string text, string? topic = null) =>
        broker.PublishAsync(topic ?? _topic, new BrokerMessage(Encoding.UTF8.GetBytes(text), "text/plain", NoMetadata), default);

    private async Task<IAsyncDisposable> KeepAsync(Task<IAsyncDisposable> subscribing)
    {
        var subscription = await subscribing;
        _subscriptions.Add(subscription);
        return subscription;
    }
}
