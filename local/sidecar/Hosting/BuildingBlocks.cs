using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.Middleware;
using NexusCart.Sidecar.Configuration;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Jobs;
using NexusCart.Sidecar.Locks;
using NexusCart.Sidecar.Metadata;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Secrets;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// The one list of what a sidecar is made of. A building block adds three lines: its drivers, its services and its HTTP routes;
/// its RPCs are found by name in <see cref="Api.Grpc.DaprApi"/>.
/// </summary>
internal static class BuildingBlocks
{
    /// <summary>The component types of the product.</summary>
    public static ComponentTypes DefaultComponentTypes() => new ComponentTypes()
        .AddSecretStores()
        .AddDataComponents()
        .AddMiddleware()
        .AddLockStores()
        .AddConfigurationStores()
        .AddBindingComponents();

    /// <summary>The services, in the order their <see cref="IAppLifecycle"/> is called.</summary>
    public static void AddBuildingBlocks(this IServiceCollection services)
    {
        services.AddResiliency();
        services.AddMetadata();
        services.AddSecrets();
        services.AddInvocation();
        services.AddState();
        services.AddPubSub();
        services.AddOutbox();
        services.AddActors();
        services.AddWorkflows();
        services.AddJobs();
        services.AddLocks();
        services.AddConfiguration();
        services.AddBindings();
    }

    /// <summary>The HTTP routes and further gRPC services.</summary>
    public static void MapBuildingBlocks(this IEndpointRouteBuilder routes)
    {
        routes.MapMetadata();
        routes.MapSecrets();
        routes.MapState();
        routes.MapPubSub();
        routes.MapActors();
        routes.MapWorkflows();
        routes.MapAbsentBlocks();
        routes.MapJobs();
        routes.MapLocks();
        routes.MapConfiguration();
        routes.MapBindings();
    }
}
