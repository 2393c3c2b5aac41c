using System.Text.Json.Serialization.Metadata;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Events;
using NexusCart.Platform.Hosting;

namespace NexusCart.Platform.Actors;

/// <summary>Registers actors and what they stand on.</summary>
public static class ActorServices
{
    /// <summary>
    /// Registers an actor type under its class name, the JSON contexts of its messages and state, and the event
    /// publisher; has /readyz ask the state store. May be called for several types. The application maps them with
    /// <c>MapActorsHandlers()</c>.
    /// </summary>
    public static IServiceCollection AddActor<TActor>(this IServiceCollection services, params IJsonTypeInfoResolver[] contexts)
        where TActor : Actor => services.AddActorAs<TActor>(typeof(TActor).Name, contexts);

    /// <summary>The same under a name of its own: for a service that is deployed several times with a store for each.</summary>
    public static IServiceCollection AddActorAs<TActor>(this IServiceCollection services, string actorType, params IJsonTypeInfoResolver[] contexts)
        where TActor : Actor
    {
        services.AddSidecarClient();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IPendingEventPublisher, EventPublisher>();
        services.AddStateStoreReadiness();
        services.AddActors(options =>
        {
            ActorJson.Configure(options.JsonSerializerOptions, contexts);
            options.Actors.RegisterActor<TActor>(actorType);
        });
        return services;
    }

    /// <summary>Makes the service refuse to start when <paramref name="count"/> differs from what the stored data was laid out with.</summary>
    public static IServiceCollection AddActorTopology(this IServiceCollection services, string actorType, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        services.AddSidecarClient();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ActorTopology(actorType, count));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ActorTopologyGuard>(static provider => new ActorTopologyGuard(
            provider.GetRequiredService<DaprClient>(), provider.GetServices<ActorTopology>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ActorTopologyGuard>>(), Components.StateStoreOf(provider.GetRequiredService<IConfiguration>()))));
        return services;
    }

    /// <summary>
    /// Registers an aggregate shard and its <see cref="ShardClient{TEntity,TCommand,TAnswer}"/>. One shard type per
    /// service.
    /// </summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="context">Source-generated metadata of <typeparamref name="TEntity"/>, its page, and arrays of
    /// <see cref="ShardCommand{TCommand}"/> and <see cref="ShardReply{TAnswer}"/>.</param>
    /// <param name="options">Bounds and the fixed number of shards.</param>
    /// <param name="batching">Bounds of batching; the defaults when null.</param>
    /// <param name="weigh">Weight of a command; 1 each when null.</param>
    /// <param name="actorType">The actor type's name; the class's when null.</param>
    public static IServiceCollection AddAggregateShards<TShard, TEntity, TCommand, TAnswer>(
        this IServiceCollection services,
        IJsonTypeInfoResolver context,
        AggregateShardOptions options,
        ActorBatcherOptions? batching = null,
        Func<TCommand, long>? weigh = null,
        string? actorType = null)
        where TShard : AggregateShard<TEntity, TCommand, TAnswer>
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(options);
        var type = actorType ?? typeof(TShard).Name;
        services.AddActorAs<TShard>(type, context);
        services.AddActorTopology(type, options.ShardCount);
        services.AddSingleton(provider => new AggregateShardServices(
            provider.GetRequiredService<IPendingEventPublisher>(), options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ShardClient<TEntity, TCommand, TAnswer>(
            provider.GetRequiredService<IActorProxyFactory>(), type, options.ShardCount, batching,
            provider.GetRequiredService<TimeProvider>(), weigh,
            provider.GetRequiredService<ILogger<ShardClient<TEntity, TCommand, TAnswer>>>()));
        return services;
    }
}
