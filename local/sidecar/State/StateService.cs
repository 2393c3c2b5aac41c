using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.State.Outbox;

namespace NexusCart.Sidecar.State;

/// <summary>
/// The state building block: stores by name, keys kept apart by prefix, errors in daprd's words. Actors and workflows do not come
/// through here: they use <see cref="IStateStore"/> with keys of their own.
/// </summary>
internal sealed class StateService(Hosting.Sidecar sidecar, IResiliencyPolicies policies, OutboxDispatcher outbox)
{
    private readonly SidecarOptions _options = sidecar.Options;
    private readonly ComponentRegistry _components = sidecar.Components;
    private readonly ConcurrentDictionary<string, Target> _targets = new(StringComparer.Ordinal);

    /// <summary>The store the sidecar keeps actors in: the one whose metadata says <c>actorStateStore: true</c>.</summary>
    public (string Name, IStateStore Store)? ActorStore
    {
        get
        {
            foreach (var (spec, store) in _components.OfKind<IStateStore>())
            {
                if (spec.Flag("actorStateStore"))
                    return (spec.Name, store);
            }

            return null;
        }
    }

    /// <summary>Whether an empty value reads as absent over HTTP, as it does with Dapr's in-memory store.</summary>
    public bool HidesEmptyValues(string store) => Open(store).Type == "state.in-memory";

    /// <summary>Makes sure the store is there, as every call does before it looks at the rest of the request.</summary>
    /// <exception cref="DaprApiException">It is not.</exception>
    public void Require(string store) => Open(store);

    /// <summary>Refuses a key that contains the separator.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">The app's key.</param>
    /// <param name="isNamed">Whether the error's details name the key.</param>
    /// <exception cref="DaprApiException">It does.</exception>
    public void CheckKey(string store, string key, bool isNamed = true) => Open(store).StoredKey(key, isNamed);

    /// <summary>Reads one key; null when it is absent or has expired.</summary>
    public async ValueTask<StateEntry?> GetAsync(string store, string key, CancellationToken cancellation)
    {
        var target = Open(store);
        var storedKey = target.StoredKey(key);
        var meter = target.Series?.Get.Begin();
        var success = false;
        try
        {
            var entry = await RunAsync(target, token => target.Driver.GetAsync(storedKey, token), cancellation);
            success = true;
            return entry;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw StateErrors.Get(store, key, e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Reads many keys, in the order asked; the hits carry the app's keys.</summary>
    public async ValueTask<IReadOnlyList<StateHit>> GetBulkAsync(
        string store, IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        var target = Open(store);
        if (keys.Count == 0)
            return [];
        var storedKeys = keys.Select(key => target.StoredKey(key)).ToArray();
        var meter = target.Series?.BulkGet.Begin();
        var success = false;
        try
        {
            var hits = await RunAsync(target, token => target.Driver.GetManyAsync(storedKeys, token), cancellation);
            success = true;
            return [.. hits.Select(hit => hit with { Key = StateKeyPrefix.Remove(hit.Key) })];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw StateErrors.BulkGet(e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Saves items, each on its own: when one fails the others are saved all the same.</summary>
    public async ValueTask SaveAsync(string store, IReadOnlyList<StateItem> items, CancellationToken cancellation)
    {
        var target = Open(store);
        var keys = items.Select(item => target.StoredKey(item.Key)).ToArray();
        var meter = target.Series?.Set.Begin();
        var success = false;
        try
        {
            await WriteEachAsync(items.Count, i => WriteAsync(target, items[i].ToUpsert(keys[i], target.Type), cancellation));
            success = true;
        }
        catch (Exception e) when (e is not (OperationCanceledException or DaprApiException))
        {
            throw StateErrors.Save(store, e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Deletes a key; an absent one is no error unless an etag is given.</summary>
    public async ValueTask DeleteAsync(string store, StateItem item, CancellationToken cancellation)
    {
        var target = Open(store);
        var key = target.StoredKey(item.Key);
        var meter = target.Series?.Delete.Begin();
        var success = false;
        try
        {
            await WriteAsync(target, item.ToDelete(key), cancellation);
            success = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw StateErrors.Delete(item.Key, e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>Deletes items, each on its own.</summary>
    public async ValueTask DeleteBulkAsync(string store, IReadOnlyList<StateItem> items, CancellationToken cancellation)
    {
        var target = Open(store);
        var keys = items.Select(item => target.StoredKey(item.Key)).ToArray();
        var meter = target.Series?.BulkDelete.Begin();
        var success = false;
        try
        {
            await WriteEachAsync(items.Count, i => WriteAsync(target, items[i].ToDelete(keys[i]), cancellation));
            success = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw StateErrors.BulkDelete(store, e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>All or nothing.</summary>
    /// <param name="store">The store.</param>
    /// <param name="operations">In order; the last one to name a key wins.</param>
    /// <param name="traceParent">Trace of the call, for the events of a store with an outbox.</param>
    /// <param name="cancellation">Ends the wait, not a write that has begun.</param>
    public async ValueTask TransactAsync(
        string store,
        IReadOnlyList<StateTransactionItem> operations,
        string traceParent,
        CancellationToken cancellation)
    {
        var target = Open(store);
        var meter = target.Series?.Transaction.Begin();
        var success = false;
        try
        {
            if (target.Outbox is { } publishing)
                await TransactAndPublishAsync(target, publishing, operations, traceParent, cancellation);
            else
                await RunTransactionAsync(target, [.. operations.Select(operation => ToWrite(target, operation))], cancellation);
            success = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw StateErrors.Transaction(e);
        }
        finally
        {
            meter?.End(success);
        }
    }

    /// <summary>The query API, which none of these stores has.</summary>
    public void Query(string store)
    {
        Open(store);
        throw StateErrors.QueryUnsupported(store);
    }

    private Target Open(string store)
    {
        if (_components.TryGet<IStateStore>(store, out var driver, out var spec))
        {
            // A reloaded component is another driver under the same name.
            if (!_targets.TryGetValue(store, out var target) || target.Driver != driver)
            {
                var series = sidecar.Metrics is { } metrics ? new StateSeries(metrics.Components, store) : null;
                _targets[store] = target = new Target(store, driver, spec.Type, StateKeyPrefix.Of(spec, _options), OutboxTarget.Of(spec), series);
            }

            return target;
        }

        throw _components.OfKind<IStateStore>().Any()
            ? StateErrors.NotFound(store, _options.AppId)
            : StateErrors.NotConfigured(store, _options.AppId);
    }

    private static StateOperation ToWrite(Target target, StateTransactionItem operation)
    {
        var key = target.StoredKey(operation.Item.Key);
        return operation.Delete ? operation.Item.ToDelete(key) : operation.Item.ToUpsert(key, target.Type);
    }

    private ValueTask RunTransactionAsync(Target target, IReadOnlyList<StateOperation> writes, CancellationToken cancellation) =>
        RunWriteAsync(target, token => target.Driver.TransactAsync(writes, token), cancellation);

    private async ValueTask TransactAndPublishAsync(
        Target target,
        OutboxTarget publishing,
        IReadOnlyList<StateTransactionItem> operations,
        string traceParent,
        CancellationToken cancellation)
    {
        var batch = outbox.Prepare(publishing, target.Name, operations, traceParent);
        List<StateOperation> writes = [.. batch.Operations.Select(operation => ToWrite(target, operation)), .. batch.Events];
        try
        {
            await RunTransactionAsync(target, writes, cancellation);
        }
        catch (Exception e)
        {
            outbox.Settle(publishing, target.Driver, batch, refused: e is ETagMismatchException or InvalidETagException);
            throw;
        }

        outbox.Dispatch(publishing, target.Driver, batch);
    }

    private ValueTask WriteAsync(Target target, StateOperation operation, CancellationToken cancellation) =>
        RunWriteAsync(target, token => target.Driver.WriteAsync(operation, token), cancellation);

    private ValueTask<T> RunAsync<T>(Target target, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellation)
    {
        var policy = policies.Outbound(target.Name, ComponentKind.Statestore);
        return policy.IsEmpty ? call(cancellation) : policy.RunAsync(call, cancellation);
    }

    private ValueTask RunWriteAsync(Target target, Func<CancellationToken, ValueTask> call, CancellationToken cancellation)
    {
        var policy = policies.Outbound(target.Name, ComponentKind.Statestore);
        return policy.IsEmpty ? call(cancellation) : UnderPolicyAsync(policy, call, cancellation);

        static async ValueTask UnderPolicyAsync(ResiliencyPolicy policy, Func<CancellationToken, ValueTask> call, CancellationToken cancellation)
        {
            try
            {
                await policy.RunAsync(token => MarkPermanentAsync(call, token), cancellation);
            }
            catch (PermanentFailureException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerException!);
            }
        }
    }

    // Trying again does not make an etag right.
    private static async ValueTask MarkPermanentAsync(Func<CancellationToken, ValueTask> call, CancellationToken cancellation)
    {
        try
        {
            await call(cancellation);
        }
        catch (Exception e) when (e is ETagMismatchException or InvalidETagException)
        {
            throw new PermanentFailureException(e);
        }
    }

    /// <summary>Runs all writes at once, so that they share a commit, and joins what fails into one error.</summary>
    private static async ValueTask WriteEachAsync(int count, Func<int, ValueTask> write)
    {
        if (count == 1)
        {
            await write(0);
            return;
        }

        var writes = new Task[count];
        for (var i = 0; i < count; i++)
            writes[i] = Start(write, i);
        var errors = new List<Exception>();
        foreach (var each in writes)
        {
            try
            {
                await each;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                errors.Add(e);
            }
        }

        if (errors.Count > 0)
            throw Joined(errors);

        static async Task Start(Func<int, ValueTask> write, int i) => await write(i);
    }

    /// <summary>One error of the kind that weighs most: when only etags failed the caller learns that.</summary>
    private static Exception Joined(List<Exception> errors)
    {
        var text = string.Join('\n', errors.OrderBy(e => e is not InvalidETagException).Select(e => e.Message));
        if (errors.TrueForAll(e => e is ETagMismatchException))
            return new ETagMismatchException(((ETagMismatchException)errors[0]).Key, text);
        if (errors.Find(e => e is InvalidETagException) is not null)
            return new InvalidETagException("invalid etag value: " + text);
        if (errors.Find(e => e is ETagMismatchException) is ETagMismatchException mismatch)
            return new ETagMismatchException(mismatch.Key, text);
        return errors.Count == 1 ? errors[0] : new InvalidOperationException(text, errors[0]);
    }

    private sealed record Target(string Name, IStateStore Driver, string Type, StateKeyPrefix Prefix, OutboxTarget? Outbox, StateSeries? Series)
    {
        public string StoredKey(string key, bool namedInErrors = true) =>
            key.Contains(StateKeyPrefix.Separator, StringComparison.Ordinal)
                ? throw StateErrors.IllegalKey(Name, key, namedInErrors)
                : Prefix.Add(key);
    }
}
