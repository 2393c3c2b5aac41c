using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.Locks;
using NexusCart.Sidecar.State;

namespace NexusCart.Sidecar.Locks;

/// <summary>Registers the lock building block.</summary>
internal static class LockServices
{
    public static void AddLocks(this IServiceCollection services)
    {
        services.AddSingleton<LockService>();
        services.AddSingleton<LockEndpoints>();
    }

    public static void MapLocks(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<LockEndpoints>().Map(routes);

    /// <summary>Makes the lock stores known under their type names.</summary>
    public static ComponentTypes AddLockStores(this ComponentTypes types) => types
        .AddLock("lock.embedded", context => new EmbeddedLockStore(context))
        .AddLock("lock.redis", context => new RedisLockStore(context));

    private static ComponentTypes AddLock(this ComponentTypes types, string type, Func<ComponentContext, ILockStore> create) =>
        types.Add(type, context =>
        {
            // A prefix that no key may have stops the sidecar at its start, not the first lock.
            StateKeyPrefix.Of(context.Spec, context.Options);
            return create(context);
        });
}
