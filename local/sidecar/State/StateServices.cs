using NexusCart.Sidecar.Api.Http;

namespace NexusCart.Sidecar.State;

/// <summary>Registers the state building block.</summary>
internal static class StateServices
{
    public static void AddState(this IServiceCollection services)
    {
        services.AddSingleton<StateService>();
        services.AddSingleton<StateEndpoints>();
    }

    public static void MapState(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<StateEndpoints>().Map(routes);
}
