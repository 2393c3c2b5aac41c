using Dapr;
using Dapr.Client;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Actors;

/// <summary>A number of shards or partitions that stored data depends on.</summary>
/// <param name="ActorType">The actor type.</param>
/// <param name="Count">How many actors the data is spread over.</param>
public sealed record ActorTopology(string ActorType, int Count);

/// <summary>
/// Refuses to start a service whose configured number of shards differs from the number its stored data was laid out
/// with: with another number, keys would be looked for, and written, in the wrong actor.
/// </summary>
public sealed class ActorTopologyGuard(
    DaprClient dapr, IEnumerable<ActorTopology> topologies, TimeProvider time, ILogger<ActorTopologyGuard> logger,
    string stateStore = Components.StateStore) : IHostedService
{
    private static readonly TimeSpan SidecarPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Checks every topology; waits up to a minute for the sidecar.</summary>
    /// <exception cref="InvalidOperationException">A stored number differs from the configured one.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var topology in topologies)
            await CheckAsync(topology, cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CheckAsync(ActorTopology topology, CancellationToken cancellationToken)
    {
        var key = $"topology-{topology.ActorType}";
        var stored = await WithPatienceAsync(token => dapr.GetStateAsync<int?>(stateStore, key, cancellationToken: token), cancellationToken);
        if (stored is null)
        {
            await WithPatienceAsync(token => ClaimAsync(key, topology.Count, token), cancellationToken);
            stored = await WithPatienceAsync(token => dapr.GetStateAsync<int?>(stateStore, key, cancellationToken: token), cancellationToken);
        }

        if (stored != topology.Count)
        {
            throw new InvalidOperationException(
                $"The data of {topology.ActorType} is laid out over {stored} actors, but {topology.Count} are configured. " +
                "The number cannot change once data exists; configure the stored one.");
        }
    }

    /// <summary>Writes the number unless somebody else just did; the caller reads what holds.</summary>
    private async Task<bool> ClaimAsync(string key, int count, CancellationToken cancellationToken)
    {
        try
        {
            await dapr.SaveStateAsync(
                stateStore, key, count, new StateOptions { Concurrency = ConcurrencyMode.FirstWrite }, cancellationToken: cancellationToken);
            return true;
        }
        catch (DaprException refused) when (refused.InnerException is RpcException { StatusCode: StatusCode.Aborted or StatusCode.Internal })
        {
            // Stores differ in how they say 'exists'; what matters is what is read afterwards.
            logger.LogInformation("Another instance has written {Key} first", key);
            return false;
        }
    }

    /// <summary>The sidecar may start after the service.</summary>
    private async Task<T> WithPatienceAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = Min(pause * 2, TimeSpan.FromSeconds(1)))
        {
            try
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                deadline.CancelAfter(CallTimeout);
                return await call(deadline.Token);
            }
            catch (Exception failure) when (
                failure is DaprException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
                && time.GetElapsedTime(started) < SidecarPatience)
            {
                logger.LogDebug(failure, "The sidecar is not ready yet");
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
