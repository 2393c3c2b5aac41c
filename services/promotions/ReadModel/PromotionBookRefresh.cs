using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NexusCart.Promotions.Actors;

namespace NexusCart.Promotions.ReadModel;

/// <summary>
/// Fills the read model from the shards at start, and reads them again now and then, or at once when an event shows that one before it
/// did not come: events can pass this replica by while its sidecar is away, and nothing else would tell.
/// </summary>
public sealed partial class PromotionBookRefresh(
    PromotionBook book, DefinitionStore store, TimeProvider time, ILogger<PromotionBookRefresh> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);
    private readonly SemaphoreSlim _gap = new(0, 1);

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(book.IsLoaded ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The promotions are being read."));

    /// <summary>Has everything read again soon.</summary>
    public void Resync()
    {
        try
        {
            _gap.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will be read anyway.
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _gap.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.WhenAll(Enumerable.Range(0, store.ShardCount).Select(shard => ReadShardAsync(shard, stoppingToken)));
                if (!book.IsLoaded)
                    LogLoaded(book.Count);
                book.Loaded();
                await _gap.WaitAsync(Interval, stoppingToken);
            }
            catch (RpcException e) when (!stoppingToken.IsCancellationRequested)
            {
                // The actor runtime comes up after the app does, so the first tries at start fail as a rule.
                LogRetry(e.Status.Detail);
                await Task.Delay(RetryPause, time, stoppingToken);
            }
        }
    }

    private async Task ReadShardAsync(int shard, CancellationToken cancellation)
    {
        var token = "";
        do
        {
            var page = await store.ReadPageAsync(shard, token, cancellation);
            foreach (var definition in page.Entities)
                book.Put(definition);
            token = page.NextToken;
        }
        while (token.Length > 0);
    }

    [LoggerMessage(LogLevel.Information, "The read model is loaded: {Count} promotions, campaigns and batches")]
    private partial void LogLoaded(int count);

    [LoggerMessage(LogLevel.Debug, "The promotions cannot be read yet: {Reason}")]
    private partial void LogRetry(string reason);
}
