using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.Bindings;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Registers the bindings building block.</summary>
internal static class BindingServices
{
    public static void AddBindings(this IServiceCollection services)
    {
        services.AddSingleton<BindingService>();
        services.AddSingleton<BindingReplies>();
        services.AddSingleton<BindingEndpoints>();
        services.AddSingleton<InputBindings>();
        services.AddSingleton<IAppLifecycle>(provider => provider.GetRequiredService<InputBindings>());
        services.AddSingleton<IComponentListener>(provider => provider.GetRequiredService<InputBindings>());
    }

    public static void MapBindings(this IEndpointRouteBuilder routes) =>
        routes.ServiceProvider.GetRequiredService<BindingEndpoints>().Map(routes);

    /// <summary>Makes the bindings known under Dapr's type names.</summary>
    public static ComponentTypes AddBindingComponents(this ComponentTypes types) => types
        .Add("bindings.cron", context => new CronBinding(context))
        .Add("bindings.http", context => new HttpBinding(context.Spec))
        .Add("bindings.localstorage", context => new LocalStorageBinding(context))
        .Add("bindings.redis", context => new RedisBinding(context))
        .Add("bindings.smtp", context => new SmtpBinding(context.Spec));
}
