namespace NexusCart.Sidecar.Resiliency;

/// <summary>Registers the resiliency policies.</summary>
internal static class ResiliencyServices
{
    public static IServiceCollection AddResiliency(this IServiceCollection services) =>
        services.AddSingleton<IResiliencyPolicies, ResiliencyPolicies>();
}
