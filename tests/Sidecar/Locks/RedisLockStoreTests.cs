using NexusCart.Sidecar.Locks;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Locks;

/// <summary>What every lock store driver must do; each driver has a class that runs it.</summary>
public abstract class LockStoreContract : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private readonly DriverBed _bed = new();

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task One_owner_at_a_time_and_not_even_the_same_one_twice()
    {
        var store = await OpenAsync();
        var key = NewKey();
        Assert.Equal(UnlockOutcome.NotHeld, await store.UnlockAsync(key, "a", default));
        Assert.True(await store.TryLockAsync(key, "a", Lease, default));
        Assert.False(await store.TryLockAsync(key, "b", Lease, default));
        Assert.False(await store.TryLockAsync(key, "a", Lease, default));
        Assert.True(await store.TryLockAsync(NewKey(), "b", Lease, default));
        Assert.Equal(UnlockOutcome.HeldByOther, await store.UnlockAsync(key, "b", default));
        Assert.Equal(UnlockOutcome.Unlocked, await store.UnlockAsync(key, "a", default));
        Assert.Equal(UnlockOutcome.NotHeld, await store.UnlockAsync(key, "a", default));
        Assert.True(await store.TryLockAsync(key, "b", Lease, default));
    }

    [Fact]
    public async Task A_lease_that_ends_frees_the_lock_and_the_late_owner_cannot_take_it_from_the_next()
    {
        var store = await OpenAsync();
        var key = NewKey();
        Assert.True(await store.TryLockAsync(key, "a", TimeSpan.FromSeconds(1), default));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await store.TryLockAsync(key, "b", Lease, default))
            await Task.Delay(50, limit.Token);
        Assert.Equal(UnlockOutcome.HeldByOther, await store.UnlockAsync(key, "a", default));
        Assert.False(await store.TryLockAsync(key, "c", Lease, default));
    }

    [Fact]
    public async Task One_of_many_takers_wins()
    {
        var (one, other) = (await OpenAsync(), await OpenAsync());
        var key = NewKey();
        var taken = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(
            async () => await (i % 2 == 0 ? one : other).TryLockAsync(key, $"{i}", Lease, default))));
        Assert.Single(taken, won => won);
    }

    internal abstract ValueTask<DriverSpec> SpecAsync();

    private static string NewKey() => $"lock||app||{Guid.NewGuid():N}";

    private async Task<ILockStore> OpenAsync() => await _bed.OpenAsync<ILockStore>(await SpecAsync());
}

/// <summary>The contract on <c>lock.embedded</c>.</summary>
public sealed class EmbeddedLockStoreContractTests : LockStoreContract
{
    internal override ValueTask<DriverSpec> SpecAsync() => new(new DriverSpec("lock.embedded"));
}

/// <summary>The contract on <c>lock.redis</c> and a real server, and what only that has.</summary>
public sealed class RedisLockStoreTests(SharedServer<RedisServer> server) : LockStoreContract, IClassFixture<SharedServer<RedisServer>>
{
    [Fact]
    public async Task Locks_are_those_of_dapr_and_outlive_the_server()
    {
        var spec = await SpecAsync();
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var bed = new DriverBed();
        var store = await bed.OpenAsync<ILockStore>(spec with { Metadata = [("redisHost", own.Host)] });
        await using (var client = await own.OpenClientAsync())
        {
            await client.GetDatabase().ExecuteAsync("SET", "lock||app||by-hand", "somebody", "PX", "60000");
            Assert.False(await store.TryLockAsync("lock||app||by-hand", "me", TimeSpan.FromSeconds(5), default));
            Assert.True(await store.TryLockAsync("lock||app||mine", "me", TimeSpan.FromMinutes(1), default));
            Assert.Equal("me", await client.GetDatabase().StringGetAsync("lock||app||mine"));
            Assert.InRange((await client.GetDatabase().KeyTimeToLiveAsync("lock||app||mine"))!.Value.TotalSeconds, 1, 60);
        }

        await own.KillAsync();
        await own.StartAsync();
        await using var after = new DriverBed();
        var again = await after.OpenAsync<ILockStore>(spec with { Metadata = [("redisHost", own.Host)] });
        Assert.False(await again.TryLockAsync("lock||app||mine", "other", TimeSpan.FromSeconds(5), default));
        Assert.Equal(UnlockOutcome.Unlocked, await again.UnlockAsync("lock||app||mine", "me", default));
    }

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(RedisServer.Missing is not null, RedisServer.Missing ?? "");
        return new DriverSpec("lock.redis", ("redisHost", (await server.StartedAsync()).Host));
    }
}
