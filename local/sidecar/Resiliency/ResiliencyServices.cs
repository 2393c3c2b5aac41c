using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>Registers the resiliency policies.</summary>
internal static class ResiliencyServices
{
    public static IServiceCollection AddResiliency(this IServiceCollection services) =>
        services.AddSingleton<IResiliencyPolicies>(provider => new ResiliencyPolicies(
            provider.GetRequiredService<SidecarResources>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ResiliencyPolicies>>(),
            provider.GetRequiredService<Hosting.Sidecar>().Metrics?.Resiliency));
}
