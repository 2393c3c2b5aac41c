using System.Threading.Channels;

namespace NexusCart.Sidecar.Configuration;

/// <summary>Hands changes to a subscriber, one after the other.</summary>
internal delegate Task ConfigurationSink(string id, IReadOnlyDictionary<string, ConfigurationItem> changes, CancellationToken cancellation);

/// <summary>One subscription: what the store reports queues up here, so that a slow subscriber holds nobody back.</summary>
internal sealed class ConfigurationSubscription : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly Channel<IReadOnlyDictionary<string, ConfigurationItem>> _changes =
        Channel.CreateUnbounded<IReadOnlyDictionary<string, ConfigurationItem>>(new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _cut = new();
    private readonly CancellationToken _closed;
    private IAsyncDisposable? _source;
    private IReadOnlyList<string> _keys = [];
    private IReadOnlyDictionary<string, string> _metadata = new Dictionary<string, string>();

    public ConfigurationSubscription(string store, ILogger logger) => (Store, _logger, _closed) = (store, logger, _cut.Token);

    /// <summary>Name of the store.</summary>
    public string Store { get; }

    /// <summary>What the subscriber knows it by.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>Subscribes at the store.</summary>
    public async Task OpenAsync(
        IConfigurationStore driver, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        (_keys, _metadata) = (keys, metadata);
        _source = await driver.SubscribeAsync(keys, metadata, changes => _changes.Writer.TryWrite(changes), cancellation);
    }

    /// <summary>Goes on at a store that took the place of the one before.</summary>
    public async Task ReopenAsync(IConfigurationStore driver, CancellationToken cancellation)
    {
        var former = _source;
        await OpenAsync(driver, _keys, _metadata, cancellation);
        if (former is not null)
            await former.DisposeAsync();
    }

    /// <summary>Hands changes to the sink until the subscription is closed. What the sink does not take is lost to it, not to the next.</summary>
    public async Task PumpAsync(ConfigurationSink sink)
    {
        await foreach (var changes in _changes.Reader.ReadAllAsync())
        {
            try
            {
                await sink(Id, changes, _closed);
            }
            catch (OperationCanceledException) when (_closed.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _logger.LogError("error sending configuration item of {Store} to the application: {Error}", Store, e.Message);
            }
        }
    }

    /// <summary>Ends it: nothing more comes from the store, and what is under way is cut.</summary>
    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        if (_source is not null)
            await _source.DisposeAsync();
        await _cut.CancelAsync();
        _cut.Dispose();
    }
}
