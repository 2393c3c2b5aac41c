using System.Threading.Channels;
using Microsoft.AspNetCore.OutputCaching;
using NexusCart.Platform.Caching;

namespace NexusCart.Gateway.Proxy;

/// <summary>
/// Takes pages out of the cache by their keys: at once, and once more half a second later. In between a page can come in that was made
/// by a replica of the catalog that hears of the change later than this gateway. What was asked for before the change is not kept at all,
/// and what was asked for soon after it not for long.
/// </summary>
internal sealed class PageEvictions(IOutputCacheStore store, TimeProvider time) : BackgroundService
{
    /// <summary>How long a page is kept while a replica of the catalog may still be behind.</summary>
    public static readonly TimeSpan SettlingLife = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    // The oldest are forgotten: no request is under way that long.
    private readonly GenerationalCache<string, long> _told = new(50_000);
    private readonly Channel<(long Told, IReadOnlyList<string> Keys)> _later =
        Channel.CreateUnbounded<(long, IReadOnlyList<string>)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Whether the pages of a key were taken out after a moment, a timestamp.</summary>
    public bool IsLaterThan(long moment, string key) => _told.TryGet(key, out var told) && told >= moment;

    /// <summary>Whether the pages of a key were taken out so lately that a replica of the catalog may not have heard of it.</summary>
    public bool IsSettling(string key) => _told.TryGet(key, out var told) && time.GetElapsedTime(told) < Settling;

    /// <summary>Takes the pages of these keys out, now and later.</summary>
    public async Task EvictAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var now = time.GetTimestamp();
        foreach (var key in keys)
            _told.Set(key, now);
        await TakeOutAsync(keys, cancellation);
        _later.Writer.TryWrite((now, keys));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // In order of their time: all wait equally long.
        await foreach (var (told, keys) in _later.Reader.ReadAllAsync(stoppingToken))
        {
            if (Again - time.GetElapsedTime(told) is { } left && left > TimeSpan.Zero)
                await Task.Delay(left, time, stoppingToken);
            await TakeOutAsync(keys, stoppingToken);
        }
    }

    private async Task TakeOutAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        foreach (var key in keys)
            await store.EvictByTagAsync(key, cancellation);
    }
}
