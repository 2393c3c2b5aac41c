using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Jobs;

/// <summary>Registers the jobs building block.</summary>
internal static class JobServices
{
    public static void AddJobs(this IServiceCollection services)
    {
        services.AddSingleton<JobService>();
        services.AddSingleton<JobEndpoints>();
        services.AddSingleton<JobDelivery>();
        services.AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<JobDelivery>());
    }

    public static void MapJobs(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<JobEndpoints>().Map(routes);
}
