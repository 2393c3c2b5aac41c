using System.Collections.Immutable;
using NexusCart.Sidecar.Configuration;

namespace NexusCart.Sidecar.Components.Configuration;

/// <summary>
/// <c>configuration.embedded</c>: configuration without a server, in a JSON file that people edit. A change of the file reaches
/// subscribers within a moment; a file that cannot be read changes nothing until it can.
/// </summary>
/// <remarks>
/// Settings: <c>path</c> (configuration.json). The file is an object; a member is a value (<c>"blue"</c>, <c>5</c>, <c>true</c>), a
/// value with a version as Dapr's Redis store writes it (<c>"blue||2"</c>), or both in full
/// (<c>{"value": "blue", "version": "2", "metadata": {}}</c>). While somebody is subscribed the file is looked at four times a
/// second: that works on every file system, and costs nothing when nobody is.
/// </remarks>
internal sealed class EmbeddedConfigurationStore : IConfigurationStore
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConfigurationFile _file;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _gate = new(1);
    private ImmutableDictionary<string, ConfigurationItem> _items = ImmutableDictionary<string, ConfigurationItem>.Empty;
    private ImmutableList<Subscription> _subscriptions = [];

    public EmbeddedConfigurationStore(ComponentContext context)
    {
        _file = new ConfigurationFile(context.InputPath(context.Spec.Find("path") ?? "configuration.json"), context.Cluster.Time);
        _logger = context.Logger;
        _timer = context.Cluster.Time.CreateTimer(_ => _ = LookAsync(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation) => _items = await _file.ReadAsync(cancellation) ?? _items;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        var items = _items;
        if (keys.Count == 0)
            return items;
        var found = new Dictionary<string, ConfigurationItem>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (items.TryGetValue(key, out var item))
                found[key] = item;
        }

        return found;
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationListener listener, CancellationToken cancellation)
    {
        // What is in the file now is no change.
        await RefreshAsync(cancellation);
        var subscription = new Subscription(this, keys.ToHashSet(StringComparer.Ordinal), listener);
        ImmutableInterlocked.Update(ref _subscriptions, all => all.Add(subscription));
        _timer.Change(LookInterval, LookInterval);
        return subscription;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _timer.DisposeAsync();

    private async Task LookAsync()
    {
        if (!await _gate.WaitAsync(0))
            return;
        try
        {
            await RefreshLockedAsync(CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await RefreshLockedAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RefreshLockedAsync(CancellationToken cancellation)
    {
        try
        {
            if (await _file.ReadAsync(cancellation) is not { } items)
                return;
            var before = Interlocked.Exchange(ref _items, items);
            foreach (var key in before.Keys.Union(items.Keys, StringComparer.Ordinal))
            {
                var item = items.GetValueOrDefault(key);
                if (!ConfigurationFile.AreEqual(before.GetValueOrDefault(key), item))
                    Report(key, item ?? ConfigurationItem.Deleted);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            // Most likely somebody is writing it just now.
            _logger.LogWarning("{Path} cannot be read, the values before hold on: {Error}", _file.Path, e.Message);
        }
    }

    private void Report(string key, ConfigurationItem item)
    {
        foreach (var subscription in _subscriptions)
        {
            if (subscription.Keys.Count == 0 || subscription.Keys.Contains(key))
                subscription.Listener(new Dictionary<string, ConfigurationItem> { [key] = item });
        }
    }

    private sealed record Subscription(EmbeddedConfigurationStore Store, HashSet<string> Keys, ConfigurationListener Listener) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            ImmutableInterlocked.Update(ref Store._subscriptions, all => all.Remove(this));
            if (Store._subscriptions.IsEmpty)
                Store._timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return ValueTask.CompletedTask;
        }
    }
}
