using NexusCart.Sidecar.Components.PubSub;
using NexusCart.Sidecar.Components.State;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Components;

/// <summary>The drivers of state and pub/sub.</summary>
public static class DataComponents
{
    /// <summary>Makes the state stores and message brokers known under Dapr's type names.</summary>
    public static ComponentTypes AddDataComponents(this ComponentTypes types) => types
        .AddState("state.in-memory", context => new InMemoryStateStore(context.Cluster.Time))
        .AddState("state.sqlite", context => new SqliteStateStore(context))
        .AddState("state.redis", context => new RedisStateStore(context))
        .AddState("state.postgresql", context => new PostgresStateStore(context))
        .AddState("state.postgres", context => new PostgresStateStore(context))
        .Add("pubsub.in-memory", context => new InMemoryPubSub(context.Logger))
        .Add("pubsub.embedded", context => new EmbeddedPubSub(context))
        .Add("pubsub.redis", context => new RedisPubSub(context))
        .Add("pubsub.rabbitmq", context => new RabbitPubSub(context))
        .Add("pubsub.kafka", context => new KafkaPubSub(context));

    private static ComponentTypes AddState(this ComponentTypes types, string type, Func<ComponentContext, IStateStore> create) =>
        types.Add(type, context =>
        {
            // A prefix that no key may have stops the sidecar at its start, not the first save.
            StateKeyPrefix.Of(context.Spec, context.Options);
            return create(context);
        });
}
