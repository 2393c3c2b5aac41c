using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.Configuration;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Configuration;

/// <summary>Registers the configuration building block.</summary>
internal static class ConfigurationServices
{
    public static void AddConfiguration(this IServiceCollection services)
    {
        services.AddSingleton<ConfigurationService>();
        services.AddSingleton<ConfigurationAppSender>();
        services.AddSingleton<ConfigurationEndpoints>();
        services.AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<ConfigurationService>());
        services.AddSingleton<IComponentListener>(provider => provider.GetRequiredService<ConfigurationService>());
    }

    public static void MapConfiguration(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<ConfigurationEndpoints>().Map(routes);

    /// <summary>Makes the configuration stores known under their type names.</summary>
    public static ComponentTypes AddConfigurationStores(this ComponentTypes types) => types
        .Add("configuration.embedded", context => new EmbeddedConfigurationStore(context))
        .Add("configuration.redis", context => new RedisConfigurationStore(context))
        .Add("configuration.postgresql", context => new PostgresConfigurationStore(context))
        .Add("configuration.postgres", context => new PostgresConfigurationStore(context));
}
