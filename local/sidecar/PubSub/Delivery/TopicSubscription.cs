using System.Diagnostics;
using System.Text.Json;
using NexusCart.Sidecar.Cel;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>What the subscriptions of a sidecar work with.</summary>
/// <param name="Publisher">Where dead letters go through.</param>
/// <param name="Policies">The inbound policies.</param>
/// <param name="Time">The clock that expires events.</param>
/// <param name="Logger">Where failures are reported.</param>
/// <param name="Metrics">Where deliveries are counted; null: nowhere.</param>
internal sealed record DeliveryServices(
    PubSubService Publisher, IResiliencyPolicies Policies, TimeProvider Time, ILogger Logger, ComponentMetrics? Metrics);

/// <summary>
/// The way of a topic's messages to the app: expiry, routing, the app's verdict under the component's inbound policy, dead letters.
/// What is neither handled nor dead-lettered goes back to the broker.
/// </summary>
internal abstract class TopicSubscription : IAsyncDisposable
{
    private static readonly TimeSpan DeadLetterTimeout = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _cut = new();
    private volatile bool _closing;
    private IAsyncDisposable? _source;

    /// <exception cref="CelException">A routing rule is no expression.</exception>
    protected TopicSubscription(SubscriptionSpec spec, IEventSender sender, DeliveryServices services)
    {
        (Spec, Sender, Services) = (spec, sender, services);
        Routes = new TopicRoutes(spec.Routes);
        Metrics = services.Metrics?.Delivery(spec.PubSubName, spec.Topic);
        if (!CloudEventEnvelope.TryReadRawPayload(spec.Metadata, out var isRaw))
            throw new ArgumentException($"rawPayload value must be a valid boolean: actual is '{spec.Metadata["rawPayload"]}'");
        IsRaw = isRaw;
    }

    /// <summary>What the app asked for.</summary>
    public SubscriptionSpec Spec { get; }

    /// <summary>Where its messages come from; null before it begins.</summary>
    public IPubSub? Broker { get; private set; }

    protected IEventSender Sender { get; }

    protected DeliveryServices Services { get; }

    protected TopicRoutes Routes { get; }

    /// <summary>What is measured of it; null for nothing.</summary>
    protected DeliveryMetrics? Metrics { get; }

    /// <summary>Whether its messages are bytes without an envelope.</summary>
    protected bool IsRaw { get; }

    protected ResiliencyPolicy Policy => Services.Policies.Inbound(Spec.PubSubName, ComponentKind.Pubsub);

    /// <summary>Ended deliveries must end as well, when the patience with them is over.</summary>
    protected CancellationToken Cut => _cut.Token;

    /// <summary>Begins to receive.</summary>
    public async Task StartAsync(IPubSub broker, CancellationToken cancellation)
    {
        Broker = broker;
        _source = await SubscribeAsync(broker, cancellation);
    }

    /// <summary>Ends receiving after the deliveries under way, which are cut when <paramref name="patience"/> ends.</summary>
    public async Task StopAsync(CancellationToken patience)
    {
        _closing = true;
        await using var cut = patience.Register(() => _cut.Cancel());
        if (Interlocked.Exchange(ref _source, null) is { } source)
            await source.DisposeAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _cut.Dispose();
    }

    /// <summary>Asks the broker for the topic's messages.</summary>
    protected virtual Task<IAsyncDisposable> SubscribeAsync(IPubSub broker, CancellationToken cancellation) =>
        broker.SubscribeAsync(Spec.Topic, Spec.Metadata, HandleAsync, cancellation);

    /// <summary>Handles one message of the broker; throwing gives it back.</summary>
    protected abstract Task HandleAsync(BrokerDelivery delivery, CancellationToken cancellation);

    /// <summary>
    /// Reads a message and finds its route; null when it is done with already: expired, unwanted, or dead-lettered because it
    /// could not be read.
    /// </summary>
    protected async Task<(InboundEvent Event, string Path)?> RouteAsync(BrokerMessage message)
    {
        try
        {
            var inbound = IsRaw
                ? InboundEvent.OfRaw(Spec.Topic, Spec.PubSubName, message)
                : InboundEvent.OfCloudEvent(Spec.Topic, message);
            if (inbound.HasExpired(Services.Time.GetUtcNow()))
            {
                Services.Logger.LogWarning("dropping expired pub/sub event {Id} of topic {Topic}", inbound.Id, Spec.Topic);
                await SkipAsync(message);
                return null;
            }

            if (Routes.Find(() => Subject(inbound)) is { } path)
                return (inbound, path);
            Services.Logger.LogDebug("no matching route for event {Id} of topic {Topic}; skipping", inbound.Id, Spec.Topic);
            await SkipAsync(message);
            return null;
        }
        catch (Exception e) when (e is JsonException or CelException)
        {
            Services.Logger.LogError("a message of pubsub {PubSub}, topic {Topic} cannot be routed: {Error}", Spec.PubSubName, Spec.Topic, e.Message);
            if (await TryDeadLetterAsync(message))
            {
                Metrics?.Skipped(DeliveryMetrics.Drop);
                return null;
            }

            Metrics?.Skipped(DeliveryMetrics.Retry);
            throw;
        }
    }

    /// <summary>What routing rules see as <c>event</c>.</summary>
    protected virtual object Subject(InboundEvent inbound) => inbound.Members;

    private async Task SkipAsync(BrokerMessage message)
    {
        var isKept = await TryDeadLetterAsync(message);
        Metrics?.Skipped(DeliveryMetrics.Drop, isKept ? DeliveryMetrics.Success : null);
    }

    /// <summary>Publishes to the dead letter topic; false when there is none or it failed.</summary>
    protected async Task<bool> TryDeadLetterAsync(BrokerMessage message)
    {
        if (Spec.DeadLetterTopic is not { Length: > 0 } topic)
            return false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cut);
        limit.CancelAfter(DeadLetterTimeout);
        try
        {
            await Services.Publisher.SendAsync(Spec.PubSubName, topic, message, limit.Token);
            return true;
        }
        catch (Exception e)
        {
            Services.Logger.LogError(
                "error sending message to dead letter, origin topic: {Topic} dead letter topic {DeadLetterTopic} err: {Error}",
                Spec.Topic, topic, e.Message);
            return false;
        }
    }

    /// <summary>After the last try failed: dead letters where there are any; else the broker gets it back.</summary>
    protected async Task GiveUpAsync(BrokerMessage message, Exception cause)
    {
        // A delivery that a stop or a closed stream interrupted was not refused: the broker keeps it, and no dead letter comes of it.
        if (_closing || cause is OperationCanceledException)
            throw new OperationCanceledException("the subscription is closed", cause);
        if (await TryDeadLetterAsync(message))
            return;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
    }
}

/// <summary>Delivers each message by itself.</summary>
internal sealed class SingleTopicSubscription(SubscriptionSpec spec, IEventSender sender, DeliveryServices services)
    : TopicSubscription(spec, sender, services)
{
    protected override async Task HandleAsync(BrokerDelivery delivery, CancellationToken cancellation)
    {
        if (await RouteAsync(delivery.Message) is not var (inbound, path))
            return;
        try
        {
            await Policy.RunAsync(async token => await TryAsync(inbound, path, token), Cut);
        }
        catch (Exception e)
        {
            Services.Logger.LogWarning("topic {Topic}: {Error}", Spec.Topic, e.Message);
            await GiveUpAsync(delivery.Message, e);
        }
    }

    private async Task TryAsync(InboundEvent inbound, string path, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        DeliveryOutcome? outcome = null;
        try
        {
            outcome = await Sender.SendAsync(Spec.PubSubName, path, inbound, cancellation);
        }
        finally
        {
            Metrics?.Delivered(StatusOf(outcome), null, started);
        }

        // A dropped message that does not reach its dead letters counts as a failure, so that it is not lost.
        if (outcome == DeliveryOutcome.Drop && Spec.DeadLetterTopic is not null && !await TryDeadLetterAsync(inbound.Message))
            throw new DeliveryFailedException("pubsub message dropped");
    }

    private static string StatusOf(DeliveryOutcome? outcome) => outcome switch
    {
        DeliveryOutcome.Success => DeliveryMetrics.Success,
        DeliveryOutcome.Drop => DeliveryMetrics.Drop,
        _ => DeliveryMetrics.Retry,
    };
}
