using System.Collections.Immutable;
using Dapr.Client.Autogen.Grpc.v1;
using NexusCart.Sidecar.Cel;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Metadata;
using NexusCart.Sidecar.PubSub.Delivery;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub.Subscriptions;

/// <summary>
/// The subscribing half of the pub/sub building block: starts what files and the app declare once the app is ready, pauses it
/// while the app is unhealthy, and keeps the streams that apps open.
/// </summary>
internal sealed class SubscriptionManager : IAppLifecycle, IMetadataContributor, IComponentListener, IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(3);
    private readonly ComponentRegistry _components;
    private readonly SidecarOptions _options;
    private readonly AppSubscriptions _app;
    private readonly IEventSender _sender;
    private readonly DeliveryServices _services;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changing = new(1);
    private IReadOnlyList<SubscriptionSpec> _declared;
    private ImmutableList<TopicSubscription> _running = [];
    private ImmutableList<(TopicSubscription Subscription, StreamEventSender Sender)> _streams = [];
    private IReadOnlyList<SubscriptionSpec> _programmatic = [];
    private CancellationTokenSource? _retrying;
    private bool _active;
    private bool _stopping;

    public SubscriptionManager(
        Hosting.Sidecar sidecar,
        AppSubscriptions app,
        IAppChannel channel,
        PubSubService publisher,
        IResiliencyPolicies policies,
        TimeProvider time,
        ILogger<SubscriptionManager> logger)
    {
        (_components, _options, _app, _logger) = (sidecar.Components, sidecar.Options, app, logger);
        _declared = sidecar.Resources.Subscriptions;
        _services = new DeliveryServices(publisher, policies, time, logger, sidecar.Metrics?.Components);
        _sender = _options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs
            ? new GrpcEventSender(channel, sidecar.Tracing, logger)
            : new HttpEventSender(channel, sidecar.Tracing, logger);
    }

    /// <inheritdoc/>
    public async Task OnAppReadyAsync(CancellationToken cancellation)
    {
        if (_options.AppPort is null)
            return;
        _programmatic = await _app.AskAsync(cancellation);
        await StartAllAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task OnAppHealthChangedAsync(bool healthy, CancellationToken cancellation) =>
        healthy ? StartAllAsync(cancellation) : StopAllAsync(cancellation);

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        _stopping = true;
        await StopAllAsync(cancellation);
        foreach (var (subscription, sender) in _streams)
        {
            await subscription.StopAsync(cancellation);
            sender.Close();
        }
    }

    /// <summary>Starts a subscription whose events go into a stream that the app has opened.</summary>
    /// <exception cref="Api.DaprApiException">There is no such component.</exception>
    /// <exception cref="SubscriptionException">The app may not subscribe there.</exception>
    public async Task OpenStreamAsync(SubscriptionSpec spec, StreamEventSender stream, CancellationToken cancellation)
    {
        if (!_components.TryGet<IPubSub>(spec.PubSubName, out _, out _))
            throw PubSubErrors.NotFound(spec.PubSubName);
        try
        {
            var subscription = await StartAsync(spec, stream, cancellation);
            ImmutableInterlocked.Update(ref _streams, streams => streams.Add((subscription, stream)));
        }
        catch (SubscriptionException e)
        {
            throw new SubscriptionException($"failed to create subscription for {spec.PubSubName}: {e.Message}");
        }
    }

    /// <summary>Ends a stream's subscription; what the app has not answered goes back to the broker.</summary>
    public async Task CloseStreamAsync(StreamEventSender stream)
    {
        TopicSubscription? subscription = null;
        ImmutableInterlocked.Update(ref _streams, streams =>
        {
            subscription = streams.Find(open => open.Sender == stream).Subscription;
            return streams.RemoveAll(open => open.Sender == stream);
        });
        var ending = subscription?.DisposeAsync() ?? ValueTask.CompletedTask;
        stream.Close();
        await ending;
    }

    /// <summary>Puts other declarations in force: what they do not ask for any more ends, what is new begins, the rest goes on.</summary>
    public async Task DeclareAsync(IReadOnlyList<SubscriptionSpec> declared, CancellationToken cancellation)
    {
        _declared = declared;
        await SyncAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task OnComponentLeavingAsync(string name, CancellationToken patience)
    {
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            await EndRetriesAsync();
            await StopAsync(subscription => subscription.Spec.PubSubName == name, patience);
            // Streams stay open and go on at the component that comes.
            foreach (var (subscription, _) in _streams.Where(stream => stream.Subscription.Spec.PubSubName == name))
                await subscription.StopAsync(patience);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public async Task OnComponentChangedAsync(string name, CancellationToken cancellation)
    {
        await SyncAsync(cancellation);
        foreach (var (subscription, sender) in _streams.Where(stream => stream.Subscription.Spec.PubSubName == name))
            await ResumeAsync(subscription, sender, cancellation);
    }

    /// <inheritdoc/>
    public void Contribute(GetMetadataResponse metadata)
    {
        var programmatic = _programmatic.ToHashSet();
        foreach (var spec in Effective())
            metadata.Subscriptions.Add(Describe(spec, programmatic.Contains(spec) ? PubsubSubscriptionType.Programmatic : PubsubSubscriptionType.Declarative));
        foreach (var (stream, _) in _streams)
            metadata.Subscriptions.Add(Describe(stream.Spec, PubsubSubscriptionType.Streaming));
    }

    public void Dispose()
    {
        _retrying?.Dispose();
        _changing.Dispose();
    }

    private async Task StartAllAsync(CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            _active = true;
            await StartMissingAsync(cancellation);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task SyncAsync(CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            var wanted = Effective();
            await StopAsync(subscription => !IsUpToDate(subscription, wanted), cancellation);
            await StartMissingAsync(cancellation);
        }
        finally
        {
            _changing.Release();
        }
    }

    private bool IsUpToDate(TopicSubscription subscription, List<SubscriptionSpec> wanted) =>
        wanted.Exists(spec => ResourceDiff.AreSame(spec, subscription.Spec))
        && _components.TryGet<IPubSub>(subscription.Spec.PubSubName, out var broker, out _)
        && broker == subscription.Broker;

    /// <summary>Starts what should run and does not; what fails is tried again in the background. The lock is held.</summary>
    private async Task StartMissingAsync(CancellationToken cancellation)
    {
        if (_stopping || !_active)
            return;
        await EndRetriesAsync();
        var missing = Effective().Where(spec => !_running.Exists(running => ResourceDiff.AreSame(spec, running.Spec)));
        var failed = await StartManyAsync(missing, cancellation);
        if (failed.Count == 0)
            return;
        _retrying = new CancellationTokenSource();
        _ = RetryAsync(failed, _retrying.Token);
    }

    private async Task EndRetriesAsync()
    {
        if (Interlocked.Exchange(ref _retrying, null) is not { } retrying)
            return;
        await retrying.CancelAsync();
        retrying.Dispose();
    }

    private async Task StopAsync(Predicate<TopicSubscription> which, CancellationToken patience)
    {
        var stopped = _running.FindAll(which);
        ImmutableInterlocked.Update(ref _running, running => running.RemoveRange(stopped));
        await Task.WhenAll(stopped.Select(async subscription =>
        {
            await subscription.StopAsync(patience);
            await subscription.DisposeAsync();
        }));
    }

    private async Task ResumeAsync(TopicSubscription former, StreamEventSender sender, CancellationToken cancellation)
    {
        try
        {
            var subscription = await StartAsync(former.Spec, sender, cancellation);
            var isOpen = false;
            ImmutableInterlocked.Update(ref _streams, streams =>
            {
                isOpen = streams.Contains((former, sender));
                return isOpen ? streams.Replace((former, sender), (subscription, sender)) : streams;
            });
            await (isOpen ? former : subscription).DisposeAsync();
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // The app sees its stream end, and opens it again when it likes.
            _logger.LogError("topic {Topic} of pubsub {PubSub} is not subscribed any more: {Error}", former.Spec.Topic, former.Spec.PubSubName, e.Message);
            sender.Close();
        }
    }

    /// <summary>Starts subscriptions side by side: some brokers take a while over each.</summary>
    /// <returns>Those that may succeed later.</returns>
    private async Task<List<SubscriptionSpec>> StartManyAsync(IEnumerable<SubscriptionSpec> specs, CancellationToken cancellation)
    {
        var failed = await Task.WhenAll(specs.Select(async spec => await TryStartAsync(spec, cancellation) ? null : spec));
        return [.. failed.OfType<SubscriptionSpec>()];
    }

    /// <summary>A broker that is away when the app is ready must not leave it without its events for ever.</summary>
    private async Task RetryAsync(List<SubscriptionSpec> failed, CancellationToken end)
    {
        try
        {
            while (failed.Count > 0)
            {
                await Task.Delay(RetryPause, _services.Time, end);
                await _changing.WaitAsync(end);
                try
                {
                    failed = await StartManyAsync(failed, end);
                }
                finally
                {
                    _changing.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // All are stopped meanwhile.
        }
    }

    /// <returns>False when it failed and may succeed later.</returns>
    private async Task<bool> TryStartAsync(SubscriptionSpec spec, CancellationToken cancellation)
    {
        try
        {
            var subscription = await StartAsync(spec, _sender, cancellation);
            ImmutableInterlocked.Update(ref _running, running => running.Add(subscription));
            return true;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // The others must not suffer from one that cannot be.
            _logger.LogError("topic {Topic} of pubsub {PubSub} is not subscribed: {Error}", spec.Topic, spec.PubSubName, e.Message);
            return e is SubscriptionException or ArgumentException or CelException;
        }
    }

    private async Task<TopicSubscription> StartAsync(SubscriptionSpec spec, IEventSender sender, CancellationToken cancellation)
    {
        if (!_components.TryGet<IPubSub>(spec.PubSubName, out var broker, out var component))
            throw new SubscriptionException($"pubsub {spec.PubSubName} is not found");
        if (!new TopicScopes(component, _options.AppId).MaySubscribe(spec.Topic))
            throw new SubscriptionException($"subscription to topic '{spec.Topic}' on pubsub '{spec.PubSubName}' is not allowed");
        TopicSubscription subscription = spec.Bulk is { } bulk
            ? new BulkTopicSubscription(spec, bulk, sender, _services)
            : new SingleTopicSubscription(spec, sender, _services);
        try
        {
            await subscription.StartAsync(broker, cancellation);
            return subscription;
        }
        catch
        {
            await subscription.DisposeAsync();
            throw;
        }
    }

    private async Task StopAllAsync(CancellationToken patience)
    {
        await EndRetriesAsync();
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            _active = false;
            await StopAsync(_ => true, patience);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Declared ones first; what the app says itself about the same topic replaces them. Those that lead nowhere are left out.</summary>
    private List<SubscriptionSpec> Effective()
    {
        var byTopic = new Dictionary<(string, string), int>();
        var effective = new List<SubscriptionSpec>();
        foreach (var spec in _declared.Concat(_programmatic))
        {
            if (spec.Routes.Rules.Count == 0 && spec.Routes.DefaultPath is null)
                continue;
            if (byTopic.TryGetValue((spec.PubSubName, spec.Topic), out var index))
            {
                if (_programmatic.Contains(spec))
                    effective[index] = spec;
                continue;
            }

            byTopic[(spec.PubSubName, spec.Topic)] = effective.Count;
            effective.Add(spec);
        }

        return effective;
    }

    private static PubsubSubscription Describe(SubscriptionSpec spec, PubsubSubscriptionType type)
    {
        var described = new PubsubSubscription
        {
            PubsubName = spec.PubSubName,
            Topic = spec.Topic,
            DeadLetterTopic = spec.DeadLetterTopic ?? "",
            Type = type,
            Rules = new PubsubSubscriptionRules(),
        };
        foreach (var (name, value) in spec.Metadata)
            described.Metadata[name] = value;
        foreach (var rule in spec.Routes.Rules)
            described.Rules.Rules.Add(new PubsubSubscriptionRule { Match = rule.Match, Path = rule.Path });
        if (spec.Routes.DefaultPath is { } path)
            described.Rules.Rules.Add(new PubsubSubscriptionRule { Path = path });
        return described;
    }
}

/// <summary>A subscription that cannot be made.</summary>
internal sealed class SubscriptionException(string message) : Exception(message);
