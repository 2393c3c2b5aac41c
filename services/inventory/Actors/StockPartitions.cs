using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using NexusCart.Inventory.ReadModel;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Actors;

/// <summary>Calls the stock partitions: knows which is whose, and batches per partition.</summary>
public sealed class StockPartitions
{
    /// <summary>Lines in one call: keeps a message below 1 MiB and a turn short.</summary>
    private const int MaxBatchLines = 2048;

    private readonly ActorBatcher<PartitionCommand, PartitionReply> _batcher;
    private readonly PartitionReads _reads;
    private readonly ILogger _logger;
    private readonly TimeSpan _callTimeout;

    /// <param name="execute">Sends a batch to one partition.</param>
    /// <param name="reads">Asks one partition for a page.</param>
    /// <param name="index">Learns at once what this replica changes.</param>
    /// <param name="options">The number of partitions and deadlines.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public StockPartitions(
        ActorBatchCall<PartitionCommand, PartitionReply> execute,
        PartitionReads reads,
        AvailabilityIndex index,
        InventoryOptions options,
        TimeProvider time,
        ILogger<StockPartitions> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _reads = reads;
        _logger = logger;
        _callTimeout = options.CallTimeout;
        Count = options.PartitionCount;
        _batcher = new(
            async (id, batch, token) =>
            {
                var replies = await execute(id, batch, token);
                foreach (var figures in replies.SelectMany(reply => reply.Figures ?? []))
                    index.Put(figures);
                return replies;
            },
            new ActorBatcherOptions { CallTimeout = options.CallTimeout, MaxBatchWeight = MaxBatchLines },
            time,
            command => command.Weight,
            logger);
    }

    /// <summary>Number of partitions.</summary>
    public int Count { get; }

    /// <summary>The partitions as actors behind the sidecar.</summary>
    public static StockPartitions OverDapr(
        IActorProxyFactory proxies, AvailabilityIndex index, InventoryOptions options, TimeProvider time, ILogger<StockPartitions> logger)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentNullException.ThrowIfNull(options);
        var actors = Enumerable.Range(0, options.PartitionCount)
            .Select(partition => proxies.Create(new ActorId(IdOf(partition)), nameof(StockPartitionActor)))
            .ToArray();
        return new StockPartitions(
            async (id, batch, token) => await actors[Number(id)].InvokeMethodAsync<PartitionCommand[], PartitionReply[]>(
                nameof(IStockPartitionActor.ExecuteAsync), [.. batch], token),
            new PartitionReads(
                (id, request, token) => actors[Number(id)].InvokeMethodAsync<AuditRequest, AuditPage>(
                    nameof(IStockPartitionActor.AuditAsync), request, token),
                (id, request, token) => actors[Number(id)].InvokeMethodAsync<AuditRequest, FiguresPage>(
                    nameof(IStockPartitionActor.FiguresAsync), request, token),
                (id, request, token) => actors[Number(id)].InvokeMethodAsync<MovementsRequest, MovementsPage>(
                    nameof(IStockPartitionActor.MovementsAsync), request, token)),
            index,
            options,
            time,
            logger);
    }

    /// <summary>The partition of a key: of a SKU, or the home partition of a reservation.</summary>
    public int Of(string key) => StableHash.Bucket(key, Count);

    /// <summary>Sends one command. The answer comes even when the caller has gone, so that it can be acted upon.</summary>
    /// <exception cref="RpcException">Unavailable: unknown, repeat. ResourceExhausted: too much waits.</exception>
    public async Task<PartitionReply> SendAsync(int partition, PartitionCommand command)
    {
        var reply = await _batcher.SendAsync(IdOf(partition), command);
        return reply.Refused
            ? throw Refusal.Unavailable($"Stock partition {partition} has too many unpublished events; nothing was done.")
            : reply;
    }

    /// <summary>A page of a partition's books.</summary>
    /// <exception cref="RpcException">Unavailable: the partition did not answer.</exception>
    public Task<AuditPage> AuditAsync(int partition, string token, CancellationToken cancellationToken) =>
        ReadAsync(partition, new AuditRequest(token), _reads.Audit, cancellationToken);

    /// <summary>A page of what a partition has for sale.</summary>
    /// <exception cref="RpcException">Unavailable: the partition did not answer.</exception>
    public Task<FiguresPage> FiguresAsync(int partition, string token, CancellationToken cancellationToken) =>
        ReadAsync(partition, new AuditRequest(token), _reads.Figures, cancellationToken);

    /// <summary>Movements of a SKU.</summary>
    /// <exception cref="RpcException">Unavailable: the partition did not answer.</exception>
    public Task<MovementsPage> MovementsAsync(MovementsRequest request, CancellationToken cancellationToken) =>
        ReadAsync(Of(request.Sku), request, _reads.Movements, cancellationToken);

    private async Task<TPage> ReadAsync<TRequest, TPage>(
        int partition, TRequest request, Func<string, TRequest, CancellationToken, Task<TPage>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(IdOf(partition), request, cancellationToken).WaitAsync(_callTimeout, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.LogWarning(failure, "Stock partition {Partition} did not answer a {Request}", partition, typeof(TRequest).Name);
            throw Refusal.Unavailable($"Stock partition {partition} did not answer.");
        }
    }

    private static string IdOf(int partition) => partition.ToString(CultureInfo.InvariantCulture);

    private static int Number(string id) => int.Parse(id, CultureInfo.InvariantCulture);
}

/// <summary>The calls that only read a partition.</summary>
/// <param name="Audit">A page of the books.</param>
/// <param name="Figures">A page of what is for sale.</param>
/// <param name="Movements">Movements of a SKU.</param>
public sealed record PartitionReads(
    Func<string, AuditRequest, CancellationToken, Task<AuditPage>> Audit,
    Func<string, AuditRequest, CancellationToken, Task<FiguresPage>> Figures,
    Func<string, MovementsRequest, CancellationToken, Task<MovementsPage>> Movements);
