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
