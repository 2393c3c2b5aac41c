using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Bench.Load;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// State in a durable store: saves and transactions of three writes, each answered after it is on the disk, and reads. Over gRPC, as
/// Dapr's clients do.
/// </summary>
public static class StateScenario
{
    private const double AimPerSecond = 20_000;
    private const string AppId = "keeper";
    private const string Store = "statestore";
    private const int ValueBytes = 256;
    private const int TransactionWrites = 3;

    /// <summary>Measures the three.</summary>
    /// <param name="store">What the data is kept in: one of <see cref="Backend.StateStores"/>.</param>
    /// <param name="keys">How many keys they are spread over.</param>
    /// <param name="plan">How much load.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public static async Task<IReadOnlyList<LoadResult>> RunAsync(string store, int keys, LoadPlan plan, CancellationToken cancellation)
    {
        await using var backend = await Backend.StateStoreAsync(store, Store);
        await using var sidecar = await BenchSidecar.StartAsync([new BenchApp(AppId)], backend.Components, cancellation: cancellation);
        using var channel = Clients.Grpc(sidecar.Grpc(AppId));
        var client = new Rt.Dapr.DaprClient(channel);
        var bench = new SidecarBench(sidecar, app: null, plan);
        var value = UnsafeByteOperations.UnsafeWrap(Enumerable.Range(0, ValueBytes).Select(i => (byte)('a' + (i % 26))).ToArray());
        string KeyOf(int index) => $"key-{(uint)HashCode.Combine(index) % keys}";

        var save = new Operation($"{store}: state save", AimPerSecond, async (index, stop) =>
        {
            var request = new SaveStateRequest { StoreName = Store, States = { new StateItem { Key = KeyOf(index), Value = value } } };
            await client.SaveStateAsync(request, new CallOptions(cancellationToken: stop));
            return true;
        });
        var transact = new Operation($"{store}: state transaction of {TransactionWrites}", AimPerSecond, async (index, stop) =>
        {
            var request = new ExecuteStateTransactionRequest { StoreName = Store };
            for (var i = 0; i < TransactionWrites; i++)
            {
                var item = new StateItem { Key = KeyOf((index * TransactionWrites) + i), Value = value };
                request.Operations.Add(new TransactionalStateOperation { OperationType = "upsert", Request = item });
            }

            await client.ExecuteStateTransactionAsync(request, new CallOptions(cancellationToken: stop));
            return true;
        });
        var get = new Operation($"{store}: state get", AimPerSecond, async (index, stop) =>
        {
            var answer = await client.GetStateAsync(new GetStateRequest { StoreName = Store, Key = KeyOf(index) }, new CallOptions(cancellationToken: stop));
            return answer.Data.Length is ValueBytes or 0;
        });

        return
        [
            .. await bench.MeasureAsync(save, cancellation),
            .. await bench.MeasureAsync(transact, cancellation),
            .. await bench.MeasureAsync(get, cancellation),
        ];
    }
}
