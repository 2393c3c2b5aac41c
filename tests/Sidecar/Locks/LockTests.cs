using System.Net;
using System.Net.Http.Json;
using Dapr.Client;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Locks;

/// <summary>Locks as apps use them.</summary>
public sealed class LockTests : IAsyncDisposable
{
    private const int Lease = 60;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2026-11-24T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
    private readonly SidecarBed _bed;

    public LockTests()
    {
        _bed = new SidecarBed(_time);
        _bed.Resource("lock.yaml", SidecarBed.Component("locks", "lock.embedded"));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task One_owner_at_a_time_and_not_even_the_same_one_twice()
    {
        var api = await StartAsync("shop");
        Assert.True(await TryLockAsync(api, "till", "a"));
        Assert.False(await TryLockAsync(api, "till", "b"));
        Assert.False(await TryLockAsync(api, "till", "a"));
        Assert.True(await TryLockAsync(api, "other", "b"));

        Assert.Equal(Rt.UnlockResponse.Types.Status.LockBelongsToOthers, await UnlockAsync(api, "till", "b"));
        Assert.Equal(Rt.UnlockResponse.Types.Status.Success, await UnlockAsync(api, "till", "a"));
        Assert.Equal(Rt.UnlockResponse.Types.Status.LockDoesNotExist, await UnlockAsync(api, "till", "a"));
        Assert.True(await TryLockAsync(api, "till", "b"));
    }

    [Fact]
    public async Task A_lease_that_ends_frees_the_lock_and_the_late_owner_cannot_take_it_from_the_next()
    {
        var api = await StartAsync("shop");
        Assert.True(await TryLockAsync(api, "till", "a"));
        _time.Advance(TimeSpan.FromSeconds(Lease) - TimeSpan.FromTicks(1));
        Assert.False(await TryLockAsync(api, "till", "b"));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(Rt.UnlockResponse.Types.Status.LockDoesNotExist, await UnlockAsync(api, "till", "a"));
        Assert.True(await TryLockAsync(api, "till", "b"));
        Assert.Equal(Rt.UnlockResponse.Types.Status.LockBelongsToOthers, await UnlockAsync(api, "till", "a"));
        Assert.False(await TryLockAsync(api, "till", "c"));
    }

    [Fact]
    public async Task A_lock_outlives_a_restart_until_its_lease_ends()
    {
        Assert.True(await TryLockAsync(await StartAsync("shop"), "till", "a"));
        await _bed.RestartAsync();
        var api = await StartAsync("shop");
        Assert.False(await TryLockAsync(api, "till", "b"));

        _time.Advance(TimeSpan.FromSeconds(Lease));
        await _bed.RestartAsync();
        Assert.True(await TryLockAsync(await StartAsync("shop"), "till", "b"));
    }

    [Fact]
    public async Task Of_many_at_once_one_gets_it()
    {
        var api = await StartAsync("shop");
        var wins = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => TryLockAsync(api, "till", $"owner-{i}")));
        Assert.Single(wins, won => won);
    }

    [Fact]
    public async Task Apps_share_a_lock_only_when_the_prefix_says_so()
    {
        _bed.Resource("shared.yaml", SidecarBed.Component("shared", "lock.embedded", ("keyPrefix", "name")));
        var (a, b) = (await StartAsync("a"), await StartAsync("b"));
        Assert.True(await TryLockAsync(a, "till", "x"));
        Assert.True(await TryLockAsync(b, "till", "y"));
        Assert.True(await TryLockAsync(a, "till", "x", "shared"));
        Assert.False(await TryLockAsync(b, "till", "y", "shared"));
    }

    [Fact]
    public async Task Over_HTTP_a_lock_that_is_held_is_an_answer_and_no_error()
    {
        var api = await StartAsync("shop");
        var request = new { resourceId = "till", lockOwner = "a", expiryInSeconds = Lease };
        Assert.Equal("""{"success":true}""", await PostAsync(api, "lock", request));
        Assert.Equal("""{"success":false}""", await PostAsync(api, "lock", request));
        Assert.Equal("""{"status":2}""", await PostAsync(api, "unlock", new { resourceId = "till", lockOwner = "b" }));
        Assert.Equal("""{"status":0}""", await PostAsync(api, "unlock", new { resourceId = "till", lockOwner = "a" }));
        Assert.Equal("""{"status":1}""", await PostAsync(api, "unlock", new { resourceId = "till", lockOwner = "a" }));
    }

    [Fact]
    public async Task The_official_client_locks_and_unlocks()
    {
        var client = (await StartAsync("shop")).Client;
#pragma warning disable DAPR_DISTRIBUTEDLOCK // The API is a preview of Dapr's.
        Assert.True((await client.Lock("locks", "till", "a", Lease)).Success);
        Assert.False((await client.Lock("locks", "till", "b", Lease)).Success);
        Assert.Equal(LockStatus.LockBelongsToOthers, (await client.Unlock("locks", "till", "b")).status);
        Assert.Equal(LockStatus.Success, (await client.Unlock("locks", "till", "a")).status);
        Assert.True((await client.Lock("locks", "till", "b", Lease)).Success);
#pragma warning restore DAPR_DISTRIBUTEDLOCK
    }

    [Fact]
    public async Task A_prefix_that_no_key_may_have_stops_the_start()
    {
        _bed.Resource("bad.yaml", SidecarBed.Component("bad", "lock.embedded", ("keyPrefix", "a||b")));
        await Assert.ThrowsAnyAsync<Exception>(() => StartAsync("shop"));
    }

    private async Task<TestSidecar> StartAsync(string appId) => await _bed.StartSidecarAsync(appId);

    private static async Task<bool> TryLockAsync(TestSidecar api, string resource, string owner, string store = "locks")
    {
        var client = new Rt.Dapr.DaprClient(api.Grpc);
        var request = new Rt.TryLockRequest { StoreName = store, ResourceId = resource, LockOwner = owner, ExpiryInSeconds = Lease };
        return (await client.TryLockAlpha1Async(request)).Success;
    }

    private static async Task<Rt.UnlockResponse.Types.Status> UnlockAsync(TestSidecar api, string resource, string owner)
    {
        var client = new Rt.Dapr.DaprClient(api.Grpc);
        return (await client.UnlockAlpha1Async(new Rt.UnlockRequest { StoreName = "locks", ResourceId = resource, LockOwner = owner })).Status;
    }

    private static async Task<string> PostAsync(TestSidecar api, string what, object body)
    {
        using var answer = await api.Http.PostAsJsonAsync($"/v1.0-alpha1/{what}/locks", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
