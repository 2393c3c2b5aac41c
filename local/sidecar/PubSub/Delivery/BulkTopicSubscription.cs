using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>
/// Gathers messages until there are enough or the first has waited long enough, where the broker does not do that by itself, and
/// delivers them in one request per route. Each message is then acknowledged, dead-lettered or given back by itself; only what failed is
/// tried again.
/// </summary>
internal sealed class BulkTopicSubscription : TopicSubscription
{
    private readonly BulkSubscribe _bulk;
    private readonly Channel<Waiting> _queue;
    private readonly Task _delivering;

    public BulkTopicSubscription(SubscriptionSpec spec, BulkSubscribe bulk, IEventSender sender, DeliveryServices services)
        : base(spec, sender, services)
    {
        _bulk = bulk;
        _queue = Channel.CreateBounded<Waiting>(bulk.MaxMessagesCount);
        _delivering = Task.Run(DeliverAsync);
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _queue.Writer.TryComplete();
        await _delivering;
        await base.DisposeAsync();
    }

    protected override Task<IAsyncDisposable> SubscribeAsync(IPubSub broker, CancellationToken cancellation) => broker is IBulkPubSub native
        ? native.SubscribeBulkAsync(Spec.Topic, Spec.Metadata, HandleAsync, _bulk.MaxMessagesCount, _bulk.MaxAwaitDuration, cancellation)
        : broker.SubscribeAsync(Spec.Topic, Spec.Metadata, HandleAsync, _bulk.MaxMessagesCount, cancellation);

    protected override async Task HandleAsync(BrokerDelivery delivery, CancellationToken cancellation)
    {
        var waiting = new Waiting(delivery.Message);
        await _queue.Writer.WriteAsync(waiting, cancellation);
        await waiting.Done.Task;
    }

    private async Task<IReadOnlyList<Exception?>> HandleAsync(IReadOnlyList<BrokerDelivery> deliveries, CancellationToken cancellation)
    {
        var batch = deliveries.Select(delivery => new Waiting(delivery.Message)).ToList();
        await DeliverAsync(batch);
        return [.. batch.Select(waiting => waiting.Done.Task.Exception?.InnerException)];
    }

    // The rules of a raw bulk subscription see its text.
    protected override object Subject(InboundEvent inbound) =>
        IsRaw ? Encoding.UTF8.GetString(inbound.Message.Data.Span) : base.Subject(inbound);

    private async Task DeliverAsync()
    {
        var batch = new List<Waiting>(_bulk.MaxMessagesCount);
        while (await _queue.Reader.WaitToReadAsync())
        {
            await FillAsync(batch);
            await DeliverAsync(batch);
            batch.Clear();
        }
    }

    private async Task FillAsync(List<Waiting> batch)
    {
        using var limit = new CancellationTokenSource(_bulk.MaxAwaitDuration, Services.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Cut);
        try
        {
            while (batch.Count < _bulk.MaxMessagesCount)
                batch.Add(await _queue.Reader.ReadAsync(end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // Full enough.
        }
    }

    private async Task DeliverAsync(List<Waiting> batch)
    {
        var routed = new List<(string Path, BulkDeliveryEntry Entry, Waiting Waiting)>();
        foreach (var waiting in batch)
        {
            try
            {
                if (await RouteAsync(waiting.Message) is var (inbound, path))
                    routed.Add((path, new BulkDeliveryEntry(Guid.NewGuid().ToString(), inbound), waiting));
                else
                    waiting.Done.TrySetResult();
            }
            catch (Exception e)
            {
                waiting.Done.TrySetException(e);
            }
        }

        foreach (var group in routed.GroupBy(each => each.Path))
            await DeliverAsync(group.Key, group.ToDictionary(each => each.Entry.EntryId, each => (each.Entry, each.Waiting)));
    }

    private async Task DeliverAsync(string path, Dictionary<string, (BulkDeliveryEntry Entry, Waiting Waiting)> remaining)
    {
        try
        {
            await Policy.RunAsync(async token => await TryAsync(path, remaining, token), Cut);
        }
        catch (Exception e)
        {
            Services.Logger.LogWarning("bulk delivery of topic {Topic}: {Error}", Spec.Topic, e.Message);
            foreach (var (_, waiting) in remaining.Values)
                await FailAsync(waiting, e);
        }
    }

    private async Task TryAsync(
        string path, Dictionary<string, (BulkDeliveryEntry Entry, Waiting Waiting)> remaining, CancellationToken cancellation)
    {
        var delivery = new BulkDelivery(Spec.PubSubName, Spec.Topic, path, IsRaw, [.. remaining.Values.Select(each => each.Entry)]);
        var verdicts = await SendAsync(delivery, cancellation);
        foreach (var (entryId, outcome) in verdicts)
        {
            remaining.Remove(entryId, out var handled);
            if (outcome == DeliveryOutcome.Drop)
                await TryDeadLetterAsync(handled.Waiting.Message);
            handled.Waiting.Done.TrySetResult();
        }

        if (remaining.Count > 0)
            throw new DeliveryFailedException("few message(s) have failed during bulk subscribe operation");
    }

    private async Task<IReadOnlyDictionary<string, DeliveryOutcome>> SendAsync(BulkDelivery delivery, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        IReadOnlyDictionary<string, DeliveryOutcome> verdicts = new Dictionary<string, DeliveryOutcome>();
        try
        {
            return verdicts = await Sender.SendBulkAsync(delivery, cancellation);
        }
        finally
        {
            Metrics?.DeliveredBulk(started);
            Metrics?.Entries(DeliveryMetrics.Success, verdicts.Values.Count(outcome => outcome == DeliveryOutcome.Success));
            Metrics?.Entries(DeliveryMetrics.Drop, verdicts.Values.Count(outcome => outcome == DeliveryOutcome.Drop));
            Metrics?.Entries(DeliveryMetrics.Retry, delivery.Entries.Count - verdicts.Count);
        }
    }

    private async Task FailAsync(Waiting waiting, Exception cause)
    {
        try
        {
            await GiveUpAsync(waiting.Message, cause);
            waiting.Done.TrySetResult();
        }
        catch (Exception e)
        {
            waiting.Done.TrySetException(e);
        }
    }

    private sealed class Waiting(BrokerMessage message)
    {
        public BrokerMessage Message => message;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
