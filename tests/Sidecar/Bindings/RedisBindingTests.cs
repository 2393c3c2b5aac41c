using System.Text;
using NexusCart.Sidecar.Bindings;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using StackExchange.Redis;

namespace NexusCart.Tests.Sidecar.Bindings;

/// <summary>The binding to a Redis server.</summary>
public sealed class RedisBindingTests(SharedServer<RedisServer> server) : IClassFixture<SharedServer<RedisServer>>, IAsyncDisposable
{
    private readonly DriverBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task It_sets_reads_counts_and_deletes_keys_as_they_are()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        var host = await server.StartedAsync();
        var binding = await _bed.OpenAsync<IOutputBinding>(new DriverSpec("bindings.redis", ("redisHost", host.Host)));
        await using var client = await host.OpenClientAsync();
        var database = client.GetDatabase();

        Assert.Null(await InvokeAsync(binding, "create", "greeting", "hello"));
        Assert.Equal("hello", await database.StringGetAsync("greeting"));
        Assert.Null(await database.KeyTimeToLiveAsync("greeting"));
        Assert.Equal("hello", Encoding.UTF8.GetString((await InvokeAsync(binding, "get", "greeting"))!.Data.Span));
        Assert.True((await InvokeAsync(binding, "get", "none"))!.Data.IsEmpty);

        await InvokeAsync(binding, "create", "short", "x", ("ttlInSeconds", "60"));
        Assert.InRange((await database.KeyTimeToLiveAsync("short"))!.Value.TotalSeconds, 1, 60);
        await InvokeAsync(binding, "increment", "visits");
        await InvokeAsync(binding, "increment", "visits", "", ("ttlInSeconds", "60"));
        Assert.Equal(2, (int)await database.StringGetAsync("visits"));
        Assert.NotNull(await database.KeyTimeToLiveAsync("visits"));

        Assert.Null(await InvokeAsync(binding, "delete", "greeting"));
        Assert.False(await database.KeyExistsAsync("greeting"));
        await Assert.ThrowsAsync<ArgumentException>(() => InvokeAsync(binding, "get", ""));
        await Assert.ThrowsAsync<RedisServerException>(() => InvokeAsync(binding, "increment", "short"));
    }

    private static Task<BindingResponse?> InvokeAsync(
        IOutputBinding binding, string operation, string key, string data = "", params (string Name, string Value)[] more) =>
        binding.InvokeAsync(
            new BindingRequest(operation, Encoding.UTF8.GetBytes(data), more.Append(("key", key)).ToDictionary(entry => entry.Item1, entry => entry.Item2)),
            CancellationToken.None);
}
