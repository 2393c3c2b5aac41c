using NexusCart.Sidecar.Api.Http;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Registers service invocation.</summary>
internal static class InvocationServices
{
    public static IServiceCollection AddInvocation(this IServiceCollection services) => services
        .AddSingleton<Invoker>()
        .AddSingleton<InvocationEndpoint>();
}
