using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.ReadModel;

/// <summary>
/// Fills the read model from the shards at start, and reads them again now and then: an event can pass this replica by while its
/// sidecar is away, and nothing else would tell.
/// </summary>
internal sealed partial class ProductIndexRefresh(
    ProductIndex index,
    StructureIndex structure,
    ShardClient<Product, ProductCommand, ProductAnswer> products,
    ShardClient<CatalogEntry, EntryCommand, EntryAnswer> entries,
    TimeProvider time,
    ILogger<ProductIndexRefresh> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(index.IsLoaded ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The products are being read."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var changed = false;
                await ReadAsync(entries, entry =>
                {
                    if (structure.Put(entry))
                        changed = true;
                }, stoppingToken);
                await ReadAsync(products, index.Put, stoppingToken);
                if (changed)
                    index.ShowAll();
                if (!index.IsLoaded)
                    LogLoaded(index.Count);
                index.Loaded();
                await Task.Delay(Interval, time, stoppingToken);
            }
            catch (RpcException e) when (!stoppingToken.IsCancellationRequested)
            {
                // The actor runtime comes up after the app does, so the first tries at start fail as a rule.
                LogRetry(e.Status.Detail);
                await Task.Delay(RetryPause, time, stoppingToken);
            }
        }
    }

    private static Task ReadAsync<TEntity, TCommand, TAnswer>(
        ShardClient<TEntity, TCommand, TAnswer> shards, Action<TEntity> take, CancellationToken cancellation)
        where TEntity : class =>
        Task.WhenAll(Enumerable.Range(0, shards.ShardCount).Select(shard => ReadShardAsync(shards, shard, take, cancellation)));

    private static async Task ReadShardAsync<TEntity, TCommand, TAnswer>(
        ShardClient<TEntity, TCommand, TAnswer> shards, int shard, Action<TEntity> take, CancellationToken cancellation)
        where TEntity : class
    {
        var token = "";
        do
        {
            var page = await shards.ReadPageAsync(shard, token, cancellation);
            foreach (var entity in page.Entities)
                take(entity);
            token = page.NextToken;
        }
        while (token.Length > 0);
    }

    [LoggerMessage(LogLevel.Information, "The read model is loaded: {Count} products")]
    private partial void LogLoaded(int count);

    [LoggerMessage(LogLevel.Debug, "The products cannot be read yet: {Reason}")]
    private partial void LogRetry(string reason);
}
