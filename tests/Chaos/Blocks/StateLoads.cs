using Dapr;
using Dapr.Client;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Saves of one key each.</summary>
internal sealed class StateSaves : IBlockLoad
{
    public Task ActAsync(SidecarClients sidecar, int number) => sidecar.Dapr.SaveStateAsync("statestore", $"save-{number}", number);

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered)
    {
        foreach (var some in acknowledged.Chunk(200))
        {
            var entries = await sidecar.Dapr.GetBulkStateAsync<int?>("statestore", [.. some.Select(number => $"save-{number}")], parallelism: 10);
            Assert.Equal(some.ToDictionary(number => $"save-{number}", number => (int?)number), entries.ToDictionary(entry => entry.Key, entry => entry.Value));
        }
    }
}

/// <summary>Transactions that write two keys and delete a third.</summary>
internal sealed class StateTransactions : IBlockLoad
{
    public async Task ActAsync(SidecarClients sidecar, int number)
    {
        await sidecar.Dapr.SaveStateAsync("statestore", $"old-{number}", number);
        await sidecar.Dapr.ExecuteStateTransactionAsync("statestore",
        [
            new StateTransactionRequest($"left-{number}", [1], StateOperationType.Upsert),
            new StateTransactionRequest($"old-{number}", null, StateOperationType.Delete),
            new StateTransactionRequest($"right-{number}", [2], StateOperationType.Upsert),
        ]);
    }

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered)
    {
        foreach (var some in acknowledged.Concat(unanswered).Chunk(100))
        {
            var keys = some.SelectMany(number => new[] { $"left-{number}", $"old-{number}", $"right-{number}" }).ToList();
            var found = (await sidecar.Dapr.GetBulkStateAsync("statestore", keys, parallelism: 10))
                .Where(entry => entry.Value.Length > 0).Select(entry => entry.Key).ToHashSet();
            foreach (var number in some)
            {
                var done = found.Contains($"left-{number}");
                Assert.True(done || !acknowledged.Contains(number), $"Transaction {number} was acknowledged and is lost.");
                Assert.True(done == found.Contains($"right-{number}"), $"Transaction {number} wrote one key and not the other.");
                Assert.False(done && found.Contains($"old-{number}"), $"Transaction {number} wrote its keys and did not delete.");
            }
        }
    }
}

/// <summary>Numbers that many add to few lists, each time to the list as it was read, or not at all.</summary>
internal sealed class StateEtags : IBlockLoad
{
    private const int Lists = 16;
    private static readonly StateOptions FirstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite };

    public async Task ActAsync(SidecarClients sidecar, int number)
    {
        while (true)
        {
            var (list, etag) = await sidecar.Dapr.GetStateAndETagAsync<List<int>?>("statestore", Key(number));
            // The client takes no empty etag. Who creates a list cannot tell whether he was first, so nobody adds while creating.
            if (list is null)
                await CreateAsync(sidecar, Key(number));
            else if (await sidecar.Dapr.TrySaveStateAsync("statestore", Key(number), (int[])[.. list, number], etag, FirstWrite))
                return;
        }
    }

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered)
    {
        var added = new List<int>();
        foreach (var key in acknowledged.Select(Key).Distinct())
            added.AddRange(await sidecar.Dapr.GetStateAsync<List<int>>("statestore", key));
        Assert.Equal(added.Count, added.Distinct().Count());
        Assert.Empty(acknowledged.Except(added));
    }

    private static string Key(int number) => $"list-{number % Lists}";

    private static async Task CreateAsync(SidecarClients sidecar, string key)
    {
        try
        {
            await sidecar.Dapr.SaveStateAsync("statestore", key, Array.Empty<int>(), FirstWrite);
        }
        catch (DaprException)
        {
            // Somebody else was first, or it will be tried again.
        }
    }
}
