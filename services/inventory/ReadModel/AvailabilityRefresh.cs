using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NexusCart.Inventory.Actors;

namespace NexusCart.Inventory.ReadModel;

/// <summary>
/// Fills the read models at start, and compares them with what is stored now and then: an event can pass this replica by while its
/// sidecar is away. A gap in the versions of a SKU says that this may have happened, and has the SKU's partition read again soon.
/// </summary>
public sealed partial class AvailabilityRefresh(
    AvailabilityIndex index,
    WarehouseDirectory warehouses,
    StockPartitions partitions,
    IWarehouseStore warehouseStore,
    InventoryOptions options,
    TimeProvider time,
    ILogger<AvailabilityRefresh> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    // What does not fit is dropped: so many wait only while a storm of events goes over every partition anyway.
    private readonly Channel<int> _suspected = Channel.CreateBounded<int>(new BoundedChannelOptions(1_024) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(index.IsLoaded ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The stock is being read."));

    /// <summary>Has the partition of a SKU read again, since one of its events may be missing.</summary>
    public void Suspect(string sku) => _suspected.Writer.TryWrite(partitions.Of(sku));

    /// <summary>Reads one partition into the index.</summary>
    /// <exception cref="RpcException">Unavailable: the partition did not answer.</exception>
    public async Task ReadPartitionAsync(int partition, CancellationToken cancellationToken)
    {
        for (string? token = ""; token is not null;)
        {
            var page = await partitions.FiguresAsync(partition, token, cancellationToken);
            foreach (var figures in page.Figures)
                index.Put(figures);
            token = page.NextToken.Length > 0 ? page.NextToken : null;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReadAllAsync(stoppingToken);
                // What changed between the first reading and the subscription's start was told to nobody here: read it soon again.
                var first = !index.IsLoaded;
                index.Loaded();
                if (first)
                    LogLoaded(index.Count);
                await ResyncAsync(first ? options.ResyncPause : options.AvailabilityRefresh, stoppingToken);
            }
            catch (RpcException e) when (!stoppingToken.IsCancellationRequested)
            {
                // The actor runtime comes up after the app does, so the first tries at start fail as a rule.
                LogRetry(e.Status.Detail);
                await Task.Delay(RetryPause, time, stoppingToken);
            }
        }
    }

    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        await warehouses.RefreshAsync(warehouseStore, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, partitions.Count).Select(partition => ReadPartitionAsync(partition, cancellationToken)));
    }

    /// <summary>Until the next full reading: reads partitions in which something seems to be missing, each at most once a pause.</summary>
    private async Task ResyncAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var rest = limit - time.GetElapsedTime(started);
            if (rest <= TimeSpan.Zero)
                return;
            using var over = new CancellationTokenSource(rest, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            try
            {
                await _suspected.Reader.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return;
            }

            var suspected = new HashSet<int>();
            while (_suspected.Reader.TryRead(out var partition))
                suspected.Add(partition);
            foreach (var partition in suspected)
                await ReadPartitionAsync(partition, cancellationToken);
            LogResync(suspected.Count);
            await Task.Delay(options.ResyncPause, time, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Information, "The read model is loaded: {Count} SKUs")]
    private partial void LogLoaded(int count);

    [LoggerMessage(LogLevel.Debug, "{Count} partitions were read again, for a gap in their events")]
    private partial void LogResync(int count);

    [LoggerMessage(LogLevel.Debug, "The stock cannot be read yet: {Reason}")]
    private partial void LogRetry(string reason);
}
