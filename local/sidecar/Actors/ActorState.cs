using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Actors;

/// <summary>One operation of an actor's state transaction, as it came over either protocol.</summary>
/// <param name="Operation"><c>upsert</c> or <c>delete</c>.</param>
/// <param name="Item">What it is about; null when the request has no such part or it cannot be read.</param>
/// <param name="Fault">What is wrong with the request part; null when nothing is.</param>
public readonly record struct ActorStateOperation(string Operation, StateItem? Item, string? Fault = null);

/// <summary>The state of a sidecar's actors, in the store that is marked for it.</summary>
internal sealed class ActorState(Hosting.Sidecar sidecar, RuntimeConfiguration configuration, IResiliencyPolicies policies)
{
    private const string StoreFlag = "actorStateStore";
    private const string TtlName = "ttlInSeconds";
    private const string TtlFeature = "ActorStateTTL";

    private readonly bool _ttlEnabled = configuration.IsEnabled(TtlFeature);
    private (ComponentSpec Spec, IStateStore Driver)? _store;

    /// <summary>Whether there is a store for actors.</summary>
    public bool HasStore => Store is not null;

    private (ComponentSpec Spec, IStateStore Driver)? Store => _store ??= FindStore();

    /// <summary>Reads one key of an actor; null when it is absent.</summary>
    /// <exception cref="DaprApiException">There is no store, or it failed.</exception>
    public async ValueTask<StateEntry?> GetAsync(string type, string id, string key, CancellationToken cancellation)
    {
        var (spec, driver) = Store ?? throw ActorErrors.NoStateStore();
        try
        {
            var storedKey = PrefixOf(type, id) + key;
            var policy = policies.Outbound(spec.Name, ComponentKind.Statestore);
            return policy.IsEmpty
                ? await driver.GetAsync(storedKey, cancellation)
                : await policy.RunAsync(token => driver.GetAsync(storedKey, token), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ActorErrors.StateGet(e.Message);
        }
    }

    /// <summary>Writes and deletes keys of an actor, all or nothing; returns when that is durable.</summary>
    /// <exception cref="DaprApiException">There is no store, an operation is wrong, or the store failed.</exception>
    public async ValueTask TransactAsync(
        string type, string id, IReadOnlyList<ActorStateOperation> operations, CancellationToken cancellation)
    {
        var (spec, driver) = Store ?? throw ActorErrors.NoStateStore();
        try
        {
            var prefix = PrefixOf(type, id);
            var writes = new StateOperation[operations.Count];
            for (var i = 0; i < writes.Length; i++)
                writes[i] = ToStateOperation(operations[i], prefix, spec.Type);
            if (writes.Length > 0)
                await policies.Outbound(spec.Name, ComponentKind.Statestore).RunAsync(token => driver.TransactAsync(writes, token), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ActorErrors.StateTransaction(e.Message);
        }
    }

    private StateOperation ToStateOperation(ActorStateOperation operation, string prefix, string storeType)
    {
        if (operation.Item is null && operation.Fault is null)
            throw new ArgumentException("request data is empty");
        if (operation.Operation.Length == 0)
            throw new ArgumentException("operation is empty");
        if (operation.Operation is not ("upsert" or "delete"))
            throw new ArgumentException($"operation type {operation.Operation} not supported");
        if (operation.Item is not { } item)
            throw new ArgumentException(operation.Fault);
        if (item.Key.Length == 0)
            throw new ArgumentException("missing key");
        if (operation.Operation == "delete")
            return item.ToDelete(prefix + item.Key);
        if (!_ttlEnabled && item.Metadata?.ContainsKey(TtlName) == true)
            throw new ArgumentException($"{TtlName} is not supported without the \"{TtlFeature}\" feature enabled");
        return item.ToUpsert(prefix + item.Key, storeType);
    }

    private string PrefixOf(string type, string id) =>
        string.Concat(sidecar.Options.AppId + ActorNames.Separator, type + ActorNames.Separator, id, ActorNames.Separator);

    private (ComponentSpec Spec, IStateStore Driver)? FindStore()
    {
        foreach (var (spec, driver) in sidecar.Components.OfKind<IStateStore>())
        {
            if (spec.Find(StoreFlag)?.ToUpperInvariant() is "TRUE" or "1" or "Y" or "YES" or "T" or "ON")
                return (spec, driver);
        }

        return null;
    }
}
