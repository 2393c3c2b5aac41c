using Dapr.Client;

namespace NexusCart.Tests.Sidecar.Sdk.DotNet;

/// <summary>State as Dapr.Client asks for it.</summary>
[Trait("block", "state")]
public sealed class StateTests : DotNetBed
{
    private const string Store = "statestore";
    private static readonly StateOptions FirstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite, Consistency = ConsistencyMode.Strong };

    private sealed record Widget(string Size, int Count);

    [Fact]
    public async Task What_is_saved_comes_back()
    {
        var client = await StartAsync();
        await client.SaveStateAsync(Store, "object", new Widget("small", 17));
        await client.SaveByteStateAsync(Store, "bytes", new byte[] { 0, 1, 255 });
        Assert.Equal(new Widget("small", 17), await client.GetStateAsync<Widget>(Store, "object"));
        Assert.Equal([0, 1, 255], (await client.GetByteStateAsync(Store, "bytes")).ToArray());
        Assert.Null(await client.GetStateAsync<Widget?>(Store, "missing"));
    }

    [Fact]
    public async Task Many_are_saved_read_and_deleted_at_once()
    {
        var client = await StartAsync();
        string[] keys = ["a", "b", "c"];
        await client.SaveBulkStateAsync(Store, [.. keys.Select((key, number) => new SaveStateItem<int>(key, number, ""))]);
        var found = await client.GetBulkStateAsync<int>(Store, keys, parallelism: 2);
        Assert.Equal(keys, found.Select(entry => entry.Key).Order());
        Assert.Equal([0, 1, 2], found.OrderBy(entry => entry.Key).Select(entry => entry.Value));
        Assert.All(found, entry => Assert.NotEmpty(entry.ETag));
        await client.DeleteBulkStateAsync(Store, [.. found.Select(entry => new BulkDeleteStateItem(entry.Key, entry.ETag, FirstWrite))]);
        Assert.All(await client.GetBulkStateAsync(Store, keys, parallelism: null), entry => Assert.Empty(entry.Value));
    }

    [Fact]
    public async Task A_stale_etag_saves_and_deletes_nothing()
    {
        var client = await StartAsync();
        await client.SaveStateAsync(Store, "k", "first");
        var (_, etag) = await client.GetStateAndETagAsync<string>(Store, "k");
        Assert.True(await client.TrySaveStateAsync(Store, "k", "second", etag, FirstWrite));
        Assert.False(await client.TrySaveStateAsync(Store, "k", "third", etag, FirstWrite));
        Assert.False(await client.TrySaveByteStateAsync(Store, "k", "third"u8.ToArray(), etag, FirstWrite));
        Assert.False(await client.TryDeleteStateAsync(Store, "k", etag, FirstWrite));
        Assert.Equal("second", await client.GetStateAsync<string>(Store, "k"));
    }

    [Fact]
    public async Task An_entry_is_changed_and_saved()
    {
        var client = await StartAsync();
        var entry = await client.GetStateEntryAsync<Widget?>(Store, "w");
        Assert.Null(entry.Value);
        entry.Value = new Widget("large", 1);
        await entry.SaveAsync();
        var again = await client.GetStateEntryAsync<Widget>(Store, "w");
        Assert.Equal("large", again.Value.Size);
        Assert.True(await again.TryDeleteAsync());
        Assert.Null((await client.GetStateEntryAsync<Widget?>(Store, "w")).Value);
    }

    [Fact]
    public async Task A_transaction_saves_and_deletes()
    {
        var client = await StartAsync();
        await client.SaveStateAsync(Store, "gone", 1);
        await client.ExecuteStateTransactionAsync(Store,
        [
            new StateTransactionRequest("kept", "2"u8.ToArray(), StateOperationType.Upsert),
            new StateTransactionRequest("gone", null, StateOperationType.Delete),
        ]);
        Assert.Equal(2, await client.GetStateAsync<int>(Store, "kept"));
        Assert.Null(await client.GetStateAsync<int?>(Store, "gone"));
    }

    [Fact]
    public async Task A_time_to_live_ends()
    {
        var client = await StartAsync();
        await client.SaveStateAsync(Store, "short", "x", metadata: new Dictionary<string, string> { ["ttlInSeconds"] = "1" });
        await Eventually.TrueAsync(() => client.GetStateAsync<string?>(Store, "short").Result is null);
    }
}
