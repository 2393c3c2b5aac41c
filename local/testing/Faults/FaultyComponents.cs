using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Testing.Events;

namespace NexusCart.Sidecar.Testing.Faults;

/// <summary>Puts the plan of faults and the capture of events around drivers.</summary>
internal static class FaultyComponents
{
    /// <summary>The driver with faults, or the driver itself where none can be planned.</summary>
    public static IComponent Wrap(IComponent component, string name, FaultPlan plan, CapturedEvents events) => component switch
    {
        IPubSub broker => new FaultyPubSub(broker, name, plan, events),
        IStateStore store and IStateKeyScanner scanner => new FaultyScannableStore(store, scanner, name, plan),
        IStateStore store => new FaultyStateStore(store, name, plan),
        _ => component,
    };
}

/// <summary>A broker whose messages are captured, and may go wrong on their way in and out.</summary>
internal sealed class FaultyPubSub(IPubSub broker, string name, FaultPlan plan, CapturedEvents events) : IPubSub
{
    public IReadOnlyList<string> Capabilities => broker.Capabilities;

    public Task InitAsync(CancellationToken cancellation) => broker.InitAsync(cancellation);

    public async Task PublishAsync(string topic, BrokerMessage message, CancellationToken cancellation)
    {
        var fault = await plan.Publish(topic).MeetAsync(cancellation);
        for (var copies = fault switch { FaultKind.Drop => 0, FaultKind.Duplicate => 2, _ => 1 }; copies > 0; copies--)
            await broker.PublishAsync(topic, message, cancellation);
        events.Add(new CapturedEvent(name, topic, message.Data, message.ContentType, message.Metadata));
        if (fault == FaultKind.LoseAnswer)
            throw new InjectedFaultException();
    }

    public Task<IAsyncDisposable> SubscribeAsync(
        string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, CancellationToken cancellation) =>
        broker.SubscribeAsync(topic, metadata, (delivery, token) => DeliverAsync(handler, delivery, token), cancellation);

    public ValueTask DisposeAsync() => broker.DisposeAsync();

    private async Task DeliverAsync(DeliveryHandler handler, BrokerDelivery delivery, CancellationToken cancellation)
    {
        var fault = await plan.Delivery(delivery.Topic).MeetAsync(cancellation);
        for (var copies = fault switch { FaultKind.Drop => 0, FaultKind.Duplicate => 2, _ => 1 }; copies > 0; copies--)
            await handler(delivery, cancellation);
        if (fault == FaultKind.LoseAnswer)
            throw new InjectedFaultException();
    }
}

/// <summary>A state store whose reads and writes may go wrong.</summary>
internal class FaultyStateStore(IStateStore store, string name, FaultPlan plan) : IStateStore
{
    public IReadOnlyList<string> Capabilities => store.Capabilities;

    public Task InitAsync(CancellationToken cancellation) => store.InitAsync(cancellation);

    public async ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
    {
        await plan.Reads(name).MeetAsync(cancellation);
        return await store.GetAsync(key, cancellation);
    }

    public async ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        await plan.Reads(name).MeetAsync(cancellation);
        return await store.GetManyAsync(keys, cancellation);
    }

    public ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation) =>
        WithFaultAsync(() => store.WriteAsync(operation, cancellation), cancellation);

    public ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation) =>
        WithFaultAsync(() => store.TransactAsync(operations, cancellation), cancellation);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async ValueTask WithFaultAsync(Func<ValueTask> write, CancellationToken cancellation)
    {
        var fault = await plan.Writes(name).MeetAsync(cancellation);
        await write();
        if (fault == FaultKind.LoseAnswer)
            throw new InjectedFaultException();
    }
}

/// <summary>One that lists its keys, too.</summary>
internal sealed class FaultyScannableStore(IStateStore store, IStateKeyScanner scanner, string name, FaultPlan plan)
    : FaultyStateStore(store, name, plan), IStateKeyScanner
{
    public bool ScansEveryKey => scanner.ScansEveryKey;

    public ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation) =>
        scanner.ScanKeysAsync(prefix, after, limit, cancellation);
}
