using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metadata;
using NexusCart.Sidecar.PubSub.Subscriptions;

namespace NexusCart.Sidecar.PubSub;

/// <summary>Registers the pub/sub building block.</summary>
internal static class PubSubServices
{
    public static void AddPubSub(this IServiceCollection services)
    {
        services.AddSingleton<PubSubService>();
        services.AddSingleton<PubSubEndpoints>();
        services.AddSingleton<AppSubscriptions>();
        services.AddSingleton<SubscriptionManager>();
        services.AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<SubscriptionManager>());
        services.AddSingleton<IMetadataContributor>(provider => provider.GetRequiredService<SubscriptionManager>());
        services.AddSingleton<IComponentListener>(provider => provider.GetRequiredService<SubscriptionManager>());
    }

    public static void MapPubSub(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<PubSubEndpoints>().Map(routes);
}
