using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Inventory;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.ReadModel;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>What happens to a call on its way to a partition.</summary>
public enum Fault
{
    None,

    /// <summary>It never arrives.</summary>
    Lost,

    /// <summary>It is executed, but the answer is lost.</summary>
    AnswerLost,

    /// <summary>The caller hears of a failure; it is executed later, out of order.</summary>
    Late,
}

/// <summary>All partitions in memory, one turn at a time each, with faults between them and their callers.</summary>
public sealed class PartitionCluster
{
    private readonly StockPartitionActor[] _actors;
    private readonly SemaphoreSlim[] _turns;
    private readonly List<(int Partition, PartitionCommand[] Batch)> _late = [];

    public PartitionCluster(int partitions = 8)
    {
        Options = new InventoryOptions { PartitionCount = partitions };
        _turns = [.. Enumerable.Range(0, partitions).Select(_ => new SemaphoreSlim(1))];
        _actors = [.. Enumerable.Range(0, partitions).Select(partition => new ActorHarness<StockPartitionActor>(
            host => new StockPartitionActor(host, Options, new RecordingPublisher(), Warehouses, Time), $"{partition}", InventoryJson.Default).Activate())];
        Partitions = PartitionsFor(Index);
    }

    /// <summary>The partitions as the replica sees them that has this memory.</summary>
    public StockPartitions PartitionsFor(AvailabilityIndex index) => new(
            ExecuteAsync,
            new PartitionReads(
                (id, request, _) => TurnAsync(int.Parse(id, null), actor => actor.AuditAsync(request)),
                (id, request, _) => TurnAsync(int.Parse(id, null), actor => actor.FiguresAsync(request)),
                (id, request, _) => TurnAsync(int.Parse(id, null), actor => actor.MovementsAsync(request))),
            index, Options, Time, NullLogger<StockPartitions>.Instance);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public InventoryOptions Options { get; }

    public WarehouseDirectory Warehouses { get; } = new();

    public AvailabilityIndex Index { get; } = new();

    /// <summary>Calls that reached a partition.</summary>
    public int Turns { get; private set; }

    public StockPartitions Partitions { get; }

    /// <summary>Says what happens to a call; by default nothing.</summary>
    public Func<int, IReadOnlyList<PartitionCommand>, Fault> Faults { get; set; } = (_, _) => Fault.None;

    /// <summary>Lets late calls arrive now.</summary>
    public async Task ArriveAsync()
    {
        List<(int Partition, PartitionCommand[] Batch)> late;
        lock (_late)
        {
            late = [.. _late];
            _late.Clear();
        }

        foreach (var (partition, batch) in late)
            await TurnAsync(partition, actor => actor.ExecuteAsync(batch));
    }

    /// <summary>Ticks every expiry reminder.</summary>
    public async Task TickAsync()
    {
        for (var partition = 0; partition < _actors.Length; partition++)
        {
            await TurnAsync(partition, async actor =>
            {
                await actor.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
                return true;
            });
        }
    }

    /// <summary>The books of every SKU.</summary>
    public async Task<Dictionary<string, AuditedSku>> AuditAsync()
    {
        var books = new Dictionary<string, AuditedSku>();
        for (var partition = 0; partition < _actors.Length; partition++)
        {
            for (var token = (string?)""; token is not null;)
            {
                var page = await Partitions.AuditAsync(partition, token, CancellationToken.None);
                foreach (var sku in page.Skus)
                    books.Add(sku.Level.Sku, sku);
                token = page.NextToken.Length == 0 ? null : page.NextToken;
            }
        }

        return books;
    }

    private async Task<IReadOnlyList<PartitionReply>> ExecuteAsync(
        string id, IReadOnlyList<PartitionCommand> batch, CancellationToken cancellationToken)
    {
        var partition = int.Parse(id, null);
        var fault = Faults(partition, batch);
        if (fault is Fault.Late)
        {
            lock (_late)
                _late.Add((partition, [.. batch]));
        }

        if (fault is Fault.Lost or Fault.Late)
            throw new IOException("The call did not arrive in time.");
        var replies = await TurnAsync(partition, actor => actor.ExecuteAsync([.. batch]));
        return fault is Fault.AnswerLost ? throw new IOException("The answer was lost.") : replies;
    }

    private async Task<T> TurnAsync<T>(int partition, Func<StockPartitionActor, Task<T>> turn)
    {
        await _turns[partition].WaitAsync();
        Turns++;
        try
        {
            return await turn(_actors[partition]);
        }
        finally
        {
            _turns[partition].Release();
        }
    }
}
