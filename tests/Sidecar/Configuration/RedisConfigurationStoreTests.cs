using NexusCart.Sidecar.Configuration;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using StackExchange.Redis;

namespace NexusCart.Tests.Sidecar.Configuration;

/// <summary>The contract on <c>configuration.redis</c> and a real server, and what only that has.</summary>
public sealed class RedisConfigurationStoreTests(SharedServer<RedisServer> server) : ConfigurationStoreContract, IClassFixture<SharedServer<RedisServer>>
{
    private const int Database = 1;

    protected override (string Value, string Version) Deleted => ("", "");

    [Fact]
    public async Task All_keys_are_all_strings_of_its_own_database()
    {
        var spec = await SpecAsync();
        await using var client = await OpenClientAsync();
        await client.GetDatabase(0).StringSetAsync("elsewhere", "1");
        await client.GetDatabase(Database).HashSetAsync("a-hash", "data", "1");
        await client.GetDatabase(Database).StringSetAsync("a-string", "blue||2||3");
        await using var bed = new DriverBed();
        var all = await (await bed.OpenAsync<IConfigurationStore>(spec)).GetAsync([], new Dictionary<string, string>(), default);
        Assert.Equal(("blue", "2"), (all["a-string"].Value, all["a-string"].Version));
        Assert.DoesNotContain("a-hash", all.Keys);
        Assert.DoesNotContain("elsewhere", all.Keys);
    }

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec("configuration.redis", ("redisHost", (await server.StartedAsync()).Host), ("redisDB", $"{Database}"));
    }

    protected override async Task SetAsync(string key, string value, string version)
    {
        await using var client = await OpenClientAsync();
        await client.GetDatabase(Database).StringSetAsync(key, version.Length == 0 ? value : $"{value}||{version}");
    }

    protected override async Task DeleteAsync(string key)
    {
        await using var client = await OpenClientAsync();
        await client.GetDatabase(Database).KeyDeleteAsync(key);
    }

    private async Task<ConnectionMultiplexer> OpenClientAsync() => await (await server.StartedAsync()).OpenClientAsync();
}
