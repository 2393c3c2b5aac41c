using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Actors;

/// <summary>Calls the stock partitions: knows which is whose, and batches per partition.</summary>
public sealed class StockPartitions
{
    /// <summary>Lines in one call: keeps a message below 1 MiB and a turn short.</summary>
    private const int MaxBatchLines = 2048;

    private readonly ActorBatcher<PartitionCommand, PartitionReply> _batcher;
    private readonly Func<string, AuditRequest, CancellationToken, Task<AuditPage>> _audit;
    private readonly ILogger _logger;
    private readonly TimeSpan _callTimeout;

    /// <param name="execute">Sends a batch to one partition.</param>
    /// <param name="audit">Asks one partition for a page of its books.</param>
    /// <param name="options">The number of partitions and deadlines.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public StockPartitions(
        ActorBatchCall<PartitionCommand, PartitionReply> execute,
        Func<string, AuditRequest, CancellationToken, Task<AuditPage>> audit,
        InventoryOptions options,
        TimeProvider time,
        ILogger<StockPartitions> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _audit = audit;
        _logger = logger;
        _callTimeout = options.CallTimeout;
        Count = options.PartitionCount;
        _batcher = new(
            execute,
            new ActorBatcherOptions { CallTimeout = options.CallTimeout, MaxBatchWeight = MaxBatchLines },
            time,
            command => command.Weight,
            logger);
    }

    /// <summary>Number of partitions.</summary>
    public int Count { get; }

    /// <summary>The partitions as actors behind the sidecar.</summary>
    public static StockPartitions OverDapr(
        IActorProxyFactory proxies, InventoryOptions options, TimeProvider time, ILogger<StockPartitions> logger)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        ArgumentNullException.ThrowIfNull(options);
        var actors = Enumerable.Range(0, options.PartitionCount)
            .Select(partition => proxies.Create(new ActorId(IdOf(partition)), nameof(StockPartitionActor)))
            .ToArray();
        return new StockPartitions(
            async (id, batch, token) => await actors[Number(id)].InvokeMethodAsync<PartitionCommand[], PartitionReply[]>(
                nameof(IStockPartitionActor.ExecuteAsync), [.. batch], token),
            (id, request, token) => actors[Number(id)].InvokeMethodAsync<AuditRequest, AuditPage>(
                nameof(IStockPartitionActor.AuditAsync), request, token),
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
    public async Task<AuditPage> AuditAsync(int partition, string token, CancellationToken cancellationToken)
    {
        try
        {
            return await _audit(IdOf(partition), new AuditRequest(token), cancellationToken).WaitAsync(_callTimeout, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.LogWarning(failure, "Stock partition {Partition} did not show its books", partition);
            throw Refusal.Unavailable($"Stock partition {partition} did not answer.");
        }
    }

    private static string IdOf(int partition) => partition.ToString(CultureInfo.InvariantCulture);

    private static int Number(string id) => int.Parse(id, CultureInfo.InvariantCulture);
}
