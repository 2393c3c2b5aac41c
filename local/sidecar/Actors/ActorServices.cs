using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metadata;

namespace NexusCart.Sidecar.Actors;

/// <summary>Adds the actors building block to a sidecar.</summary>
internal static class ActorServices
{
    /// <summary>Registers <see cref="ActorRuntime"/>.</summary>
    public static IServiceCollection AddActors(this IServiceCollection services) => services
        .AddSingleton<ActorRuntime>()
        .AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<ActorRuntime>())
        .AddSingleton<IMetadataContributor>(provider => provider.GetRequiredService<ActorRuntime>());
}
