using System.Collections.Concurrent;
using System.Globalization;
using NexusCart.Sidecar.PubSub;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// <c>pubsub.rabbitmq</c>: an exchange per topic, a queue <c>{consumerID}-{topic}</c> per app and topic; either runtime delivers what
/// the other published. Publish metadata do not travel.
/// </summary>
/// <remarks>
/// By default, as in Dapr, queues vanish with their last subscriber, messages with the server, and what the app refuses is thrown
/// away: <c>deletedWhenUnused: false</c>, <c>deliveryMode: 2</c>, <c>publisherConfirm</c> and <c>requeueInFailure: true</c> keep them. Unlike
/// Dapr, a publish while the server is away fails rather than hangs, and a confirmation that does not come is an error.
/// </remarks>
internal sealed class RabbitPubSub(ComponentContext context) : IPubSub
{
    private readonly RabbitSettings _settings = new(context);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentDictionary<string, bool> _declared = new(StringComparer.Ordinal);
    private IConnection? _connection;
    private IChannel? _publishing;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["MESSAGE_TTL"];

    internal RabbitSettings Settings => _settings;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation) => await PublishingChannelAsync(cancellation);

    /// <inheritdoc/>
    public async Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(topic, message, cancellation);
        }
        catch (AlreadyClosedException)
        {
            // It was found broken before anything was sent: the next channel may be whole.
            await SendAsync(topic, message, cancellation);
        }
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, CancellationToken cancellation)
    {
        var subscription = new RabbitSubscription(this, topic, metadata, handler, context.Logger);
        await subscription.StartAsync(cancellation);
        return subscription;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_publishing is not null)
            await _publishing.DisposeAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
        _gate.Dispose();
    }

    /// <summary>A channel for one subscription.</summary>
    internal async Task<IChannel> OpenChannelAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await (await ConnectionAsync(cancellation)).CreateChannelAsync(cancellationToken: cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Makes a topic's exchange where it is not there yet.</summary>
    internal Task DeclareExchangeAsync(IChannel channel, string topic, CancellationToken cancellation) => channel.ExchangeDeclareAsync(
        topic, _settings.ExchangeKind, _settings.IsDurable, _settings.IsDeletedWhenUnused, cancellationToken: cancellation);

    private async Task SendAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        var channel = await PublishingChannelAsync(cancellation);
        if (!_declared.ContainsKey(topic))
        {
            await DeclareExchangeAsync(channel, topic, cancellation);
            _declared[topic] = true;
        }

        var routingKey = message.Metadata.GetValueOrDefault("routingKey") ?? "";
        await channel.BasicPublishAsync(topic, routingKey, mandatory: false, Properties(message), message.Data, cancellation);
    }

    private BasicProperties Properties(BrokerMessage message)
    {
        var properties = new BasicProperties { ContentType = "text/plain" };
        if (_settings.IsPersistent)
            properties.DeliveryMode = DeliveryModes.Persistent;
        var ttl = message.Metadata.FirstOrDefault(item => item.Key.Equals("ttlInSeconds", StringComparison.OrdinalIgnoreCase)).Value;
        if ((long.TryParse(ttl, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(seconds)
                : _settings.DefaultTtl) is { } expiration)
            properties.Expiration = ((long)expiration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (byte.TryParse(message.Metadata.GetValueOrDefault("priority"), NumberStyles.None, CultureInfo.InvariantCulture, out var priority))
            properties.Priority = priority;
        return properties;
    }

    private async Task<IChannel> PublishingChannelAsync(CancellationToken cancellation)
    {
        if (_publishing is { IsOpen: true } open)
            return open;
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_publishing is { IsOpen: true } reopened)
                return reopened;
            if (_publishing is not null)
                await _publishing.DisposeAsync();
            _publishing = null;
            // What vanishes when unused may be gone by now.
            _declared.Clear();
            var options = new CreateChannelOptions(_settings.ConfirmsPublishing, _settings.ConfirmsPublishing);
            _publishing = await (await ConnectionAsync(cancellation)).CreateChannelAsync(options, cancellation);
            return _publishing;
        }
        finally
        {
            _gate.Release();
        }
    }

    // Under the gate.
    private async Task<IConnection> ConnectionAsync(CancellationToken cancellation)
    {
        if (_connection is { IsOpen: true } open)
            return open;
        if (_connection is not null)
            await _connection.DisposeAsync();
        _connection = null;
        var factory = new ConnectionFactory
        {
            Uri = _settings.Address,
            ClientProvidedName = _settings.ClientName,
            RequestedHeartbeat = _settings.HeartBeat,
            // Whoever needs a channel opens it again, with all that belongs to it.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
        };
        _connection = await factory.CreateConnectionAsync(cancellation);
        return _connection;
    }
}
