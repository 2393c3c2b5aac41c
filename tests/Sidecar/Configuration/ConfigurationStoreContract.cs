using System.Collections.Concurrent;
using NexusCart.Sidecar.Configuration;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Configuration;

/// <summary>What every configuration store driver must do against a real server; each driver has a class that runs it.</summary>
public abstract class ConfigurationStoreContract : IAsyncDisposable
{
    private readonly DriverBed _bed = new();
    private readonly List<IAsyncDisposable> _subscriptions = [];
    private readonly string _prefix = Guid.NewGuid().ToString("N") + "_";

    /// <summary>Metadata that a subscription needs.</summary>
    protected virtual IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>What a subscriber gets for a key that was deleted when it had <c>last||9</c>.</summary>
    protected abstract (string Value, string Version) Deleted { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
            await subscription.DisposeAsync();
        await _bed.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Values_and_versions_are_read_one_by_one_and_all_together()
    {
        var store = await OpenAsync();
        await SetAsync(Key("a"), "blue", "2");
        await SetAsync(Key("b"), "red", "");
        var found = await store.GetAsync([Key("a"), Key("none"), Key("b")], new Dictionary<string, string>(), default);
        Assert.Equal([Key("a"), Key("b")], found.Keys.Order());
        Assert.Equal(("blue", "2"), (found[Key("a")].Value, found[Key("a")].Version));
        Assert.Equal(("red", ""), (found[Key("b")].Value, found[Key("b")].Version));
        var all = await store.GetAsync([], new Dictionary<string, string>(), default);
        Assert.Equal([Key("a"), Key("b")], all.Keys.Where(key => key.StartsWith(_prefix, StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Subscribers_hear_of_their_keys_in_order_until_they_leave()
    {
        var store = await OpenAsync();
        var heard = new ConcurrentQueue<(string Key, string Value, string Version)>();
        var subscription = await SubscribeAsync(store, heard, Key("a"), Key("b"));
        await SetAsync(Key("other"), "x", "1");
        for (var i = 1; i <= 20; i++)
        {
            await SetAsync(Key("a"), $"v{i}", $"{i}");
            // The store reads the value after it has heard of the change.
            await Eventually.TrueAsync(() => heard.Count == i);
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (Key("a"), $"v{i}", $"{i}")), heard);
        await SetAsync(Key("b"), "last", "9");
        await Eventually.TrueAsync(() => heard.Count == 21);
        await DeleteAsync(Key("b"));
        await Eventually.TrueAsync(() => heard.Count == 22);
        Assert.Equal((Key("b"), Deleted.Value, Deleted.Version), heard.Last());

        await subscription.DisposeAsync();
        var witness = new ConcurrentQueue<(string Key, string Value, string Version)>();
        await SubscribeAsync(store, witness, Key("a"));
        await SetAsync(Key("a"), "after", "99");
        await Eventually.TrueAsync(() => !witness.IsEmpty);
        Assert.Equal(22, heard.Count);
    }

    [Fact]
    public async Task A_subscription_without_keys_hears_of_all()
    {
        var store = await OpenAsync();
        var heard = new ConcurrentQueue<(string Key, string Value, string Version)>();
        await SubscribeAsync(store, heard);
        await SetAsync(Key("a"), "1", "1");
        await SetAsync(Key("b"), "2", "1");
        await Eventually.TrueAsync(() => heard.Any(item => item.Key == Key("a")) && heard.Any(item => item.Key == Key("b")));
    }

    internal abstract ValueTask<DriverSpec> SpecAsync();

    protected abstract Task SetAsync(string key, string value, string version);

    protected abstract Task DeleteAsync(string key);

    private string Key(string key) => _prefix + key;

    private async Task<IConfigurationStore> OpenAsync() => await _bed.OpenAsync<IConfigurationStore>(await SpecAsync());

    private async Task<IAsyncDisposable> SubscribeAsync(
        IConfigurationStore store, ConcurrentQueue<(string Key, string Value, string Version)> heard, params string[] keys)
    {
        var subscription = await store.SubscribeAsync(
            keys,
            Metadata,
            changes =>
            {
                foreach (var (key, item) in changes)
                    heard.Enqueue((key, item.Value, item.Version));
            },
            default);
        _subscriptions.Add(subscription);
        return subscription;
    }
}
