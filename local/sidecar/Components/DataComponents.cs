using NexusCart.Sidecar.Components.State;

namespace NexusCart.Sidecar.Components;

/// <summary>The drivers of state and pub/sub.</summary>
public static class DataComponents
{
    /// <summary>Makes the state stores and message brokers known under Dapr's type names.</summary>
    public static ComponentTypes AddDataComponents(this ComponentTypes types) => types
        .Add("state.in-memory", context => new InMemoryStateStore(context.Cluster.Time))
        .Add("state.sqlite", context => new SqliteStateStore(context));
}
