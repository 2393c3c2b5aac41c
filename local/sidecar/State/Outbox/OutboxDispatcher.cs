using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.State.Outbox;

/// <summary>
/// The outbox of state stores: the events of a transaction are stored in that same transaction, published once it has succeeded, and
/// then removed. So nothing is published of a transaction that failed, and nothing is lost of one that did not: what a crash
/// leaves behind is published after the next start. Every event comes at least once, with one id.
/// </summary>
/// <remarks>
/// daprd publishes to a topic of its own before the transaction and looks the outcome up later; with that a failed transaction
/// never ends, and two operations wait for each other.
/// </remarks>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class OutboxDispatcher(
    Hosting.Sidecar sidecar, PubSubService publisher, TimeProvider time, ILogger<OutboxDispatcher> logger) : IAppLifecycle, IDisposable
{
    private const string KeyPrefix = "dapr-outbox";
    private const int ScanPage = 256;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>A transaction and its events.</summary>
    public OutboxBatch Prepare(OutboxTarget target, string store, IReadOnlyList<StateTransactionItem> operations, string traceParent)
    {
        var origin = new OutboxOrigin(target, sidecar.Options.AppId, traceParent, time.GetUtcNow(), sidecar.Options.Strict);
        return OutboxBatch.Create(operations, id => PrefixOf(store) + id, origin);
    }

    /// <summary>Publishes the events of a transaction that has succeeded, in the background.</summary>
    public void Dispatch(OutboxTarget target, IStateStore store, OutboxBatch batch) => Run(token => PublishAsync(target, store, batch.Events, token));

    /// <summary>
    /// Looks at what became of a transaction that failed: its events are published if they were stored all the same, because nobody
    /// can tell a failure from a lost answer. Those of a refused one are removed, where a store knows no all or nothing.
    /// </summary>
    public void Settle(OutboxTarget target, IStateStore store, OutboxBatch batch, bool refused) => Run(async token =>
    {
        var hits = await store.GetManyAsync([.. batch.Events.Select(pending => pending.Key)], token);
        var left = hits.Where(hit => hit.Entry is not null).Select(hit => new StateUpsert(hit.Key, hit.Entry!.Value)).ToList();
        if (left.Count == 0)
            return;
        if (refused)
            await store.TransactAsync([.. left.Select(pending => new StateDelete(pending.Key))], token);
        else
            await PublishAsync(target, store, left, token);
    });

    /// <inheritdoc/>
    public Task OnAppReadyAsync(CancellationToken cancellation)
    {
        foreach (var (spec, store) in sidecar.Components.OfKind<IStateStore>())
        {
            if (OutboxTarget.Of(spec) is { } target && store is IStateKeyScanner scanner)
                Run(token => RecoverAsync(spec, target, store, scanner, token));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        // Under way is at most a publish or a pause before the next; what is left waits in the store.
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Keys).WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    // No key of an app has the separator in it, so none can look like this.
    private string PrefixOf(string store) => string.Join(StateKeyPrefix.Separator, KeyPrefix, sidecar.Options.AppId, store, "");

    private void Run(Func<CancellationToken, Task> work)
    {
        var task = Task.Run(() => GuardAsync(work));
        _running[task] = true;
        task.ContinueWith(ended => _running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The rest is published after the next start.
        }
        catch (Exception e)
        {
            logger.LogError(e, "the outbox could not look after a transaction; its events are published after the next start");
        }
    }

    private async Task RecoverAsync(ComponentSpec spec, OutboxTarget target, IStateStore store, IStateKeyScanner scanner, CancellationToken cancellation)
    {
        string? after = null;
        while (await scanner.ScanKeysAsync(PrefixOf(spec.Name), after, ScanPage, cancellation) is { Count: > 0 } keys)
        {
            after = keys[^1];
            logger.LogInformation("{Count} events of {Store} were left from before and are published now", keys.Count, spec.Name);
            var hits = await store.GetManyAsync(keys, cancellation);
            await PublishAsync(
                target, store, [.. hits.Where(hit => hit.Entry is not null).Select(hit => new StateUpsert(hit.Key, hit.Entry!.Value))], cancellation);
        }
    }

    private async Task PublishAsync(OutboxTarget target, IStateStore store, IReadOnlyList<StateUpsert> events, CancellationToken cancellation)
    {
        foreach (var pending in events)
        {
            var message = new BrokerMessage(pending.Value, ContentTypes.CloudEvent, NoMetadata);
            await UntilItWorksAsync($"publishing to {target.PubSub}/{target.Topic}", token => publisher.SendAsync(target.PubSub, target.Topic, message, token), cancellation);
        }

        if (events.Count > 0)
        {
            StateOperation[] deletes = [.. events.Select(pending => new StateDelete(pending.Key))];
            await UntilItWorksAsync("clearing published events", async token => await store.TransactAsync(deletes, token), cancellation);
        }
    }

    private async Task UntilItWorksAsync(string what, Func<CancellationToken, Task> action, CancellationToken cancellation)
    {
        for (var pause = FirstRetry; ; pause = pause * 2 < LongestRetry ? pause * 2 : LongestRetry)
        {
            try
            {
                await action(cancellation);
                return;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                logger.LogWarning("outbox: {What} failed and is tried again: {Error}", what, e.Message);
            }

            await Task.Delay(pause, time, cancellation);
        }
    }
}
