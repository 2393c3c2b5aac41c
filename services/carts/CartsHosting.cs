using Dapr.Actors.Runtime;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Api;
using NexusCart.Platform;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Calls;

namespace NexusCart.Carts;

/// <summary>Puts carts together.</summary>
internal static class CartsHosting
{
    private static readonly TimeSpan CatalogDeadline = TimeSpan.FromSeconds(5);

    public static WebApplicationBuilder AddCarts(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Carts").Get<CartsOptions>() ?? new CartsOptions();
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddActor<CartActor>(CartsJson.Default);
        services.AddActor<CartOwnerActor>(CartsJson.Default);
        services.Configure<ActorRuntimeOptions>(actors => actors.ActorIdleTimeout = options.ActorIdleTimeout);
        services.AddSingleton<CartActors>();
        services.AddSingleton<PriceList>();
        services.AddSingleton<CartCheck>();
        services.AddSingleton<CartMerge>();
        builder.AddServiceClient<Catalog.V1.Catalog.CatalogClient>(AppIds.Catalog, CatalogDeadline);
        builder.AddServiceClient<Inventory.V1.Inventory.InventoryClient>(AppIds.Inventory, options.CheckTimeout);
        builder.AddServiceClient<Orders.V1.Orders.OrdersClient>(AppIds.Orders, options.CheckTimeout);
        return builder;
    }
}
