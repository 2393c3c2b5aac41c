using Dapr.Client;

namespace NexusCart.Tests.Sidecar.Sdk.DotNet;

/// <summary>The smaller building blocks as Dapr.Client asks for them.</summary>
public sealed class ComponentTests : DotNetBed
{
    [Fact]
    [Trait("block", "secrets")]
    public async Task Secrets_are_read_one_and_all()
    {
        var client = await StartAsync();
        Assert.Equal("not-a-secret", (await client.GetSecretAsync("secretstore", "apiKey"))["apiKey"]);
        Assert.Equal("nor-this", (await client.GetBulkSecretAsync("secretstore"))["other"]["other"]);
        await Assert.ThrowsAsync<Dapr.DaprException>(() => client.GetSecretAsync("secretstore", "missing"));
    }

    [Fact]
    [Trait("block", "configuration")]
    public async Task Items_are_read_some_or_all()
    {
        var client = await StartAsync();
        var some = (await client.GetConfiguration("configuration", ["limit"])).Items;
        Assert.Equal(("5", "2"), (some["limit"].Value, some["limit"].Version));
        Assert.Equal(["limit", "theme"], (await client.GetConfiguration("configuration", [])).Items.Keys.Order());
    }

    [Fact]
    [Trait("block", "configuration")]
    public async Task A_subscriber_is_told_of_changes_until_it_stops()
    {
        var client = await StartAsync();
        var subscription = await client.SubscribeConfiguration("configuration", ["limit"]);
        await using var changes = subscription.Source.GetAsyncEnumerator();
        // The first answer only names the subscription.
        Assert.True(await changes.MoveNextAsync());
        Assert.Empty(changes.Current);
        await File.WriteAllTextAsync(ConfigurationFile, """{ "theme": "red", "limit": "6" }""");
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(("limit", "6"), (changes.Current.Single().Key, changes.Current.Single().Value.Value));
        Assert.True((await client.UnsubscribeConfiguration("configuration", subscription.Id)).Ok);
    }

    [Fact]
    [Trait("block", "locks")]
    public async Task One_holds_a_lock_at_a_time()
    {
        var client = await StartAsync();
#pragma warning disable DAPR_DISTRIBUTEDLOCK // Locks are alpha in Dapr.
        var held = await client.Lock("lockstore", "till", "a", 60);
        Assert.True(held.Success);
        Assert.False((await client.Lock("lockstore", "till", "b", 60)).Success);
        Assert.Equal(LockStatus.LockBelongsToOthers, (await client.Unlock("lockstore", "till", "b")).status);
        Assert.Equal(LockStatus.Success, (await client.Unlock("lockstore", "till", "a")).status);
        Assert.Equal(LockStatus.LockDoesNotExist, (await client.Unlock("lockstore", "till", "a")).status);
#pragma warning restore DAPR_DISTRIBUTEDLOCK
    }

    [Fact]
    [Trait("block", "metadata")]
    public async Task A_sidecar_tells_its_app_id_components_and_labels()
    {
        var client = await StartAsync();
        await client.SetMetadataAsync("colour", "green");
        var metadata = await client.GetMetadataAsync();
        Assert.Equal("shop", metadata.Id);
        Assert.Equal("green", metadata.Extended["colour"]);
        Assert.Contains(metadata.Components, component => (component.Name, component.Type) == ("statestore", "state.sqlite"));
    }

    [Fact]
    [Trait("block", "health")]
    public async Task A_sidecar_is_healthy()
    {
        var client = await StartAsync();
        await client.WaitForSidecarAsync();
        Assert.True(await client.CheckHealthAsync());
        Assert.True(await client.CheckOutboundHealthAsync());
    }

    [Fact]
    [Trait("block", "shutdown")]
    public async Task A_sidecar_is_told_to_end()
    {
        var sidecar = await StartAsync(_ => { });
        await sidecar.Client.ShutdownSidecarAsync();
        Assert.False(await sidecar.Host.ShutdownRequested.WaitAsync(TimeSpan.FromSeconds(20)));
    }
}
