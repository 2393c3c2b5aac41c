using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.State.Outbox;

namespace NexusCart.Sidecar.State;

/// <summary>Registers the state building block.</summary>
internal static class StateServices
{
    public static void AddState(this IServiceCollection services)
    {
        services.AddSingleton<StateService>();
        services.AddSingleton<StateEndpoints>();
    }

    /// <summary>Adds the outbox, which publishes: its turn is after publish and subscribe.</summary>
    public static void AddOutbox(this IServiceCollection services)
    {
        services.AddSingleton<OutboxDispatcher>();
        services.AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<OutboxDispatcher>());
    }

    public static void MapState(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<StateEndpoints>().Map(routes);
}
