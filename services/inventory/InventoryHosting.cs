using Dapr.Actors.Client;
using Microsoft.Extensions.Options;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Api;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory;

/// <summary>Puts inventory together.</summary>
internal static class InventoryHosting
{
    public static WebApplicationBuilder AddInventory(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Inventory").Get<InventoryOptions>() ?? new InventoryOptions();
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddActor<StockPartitionActor>(InventoryJson.Default);
        services.AddActorTopology(nameof(StockPartitionActor), options.PartitionCount);
        services.AddSingleton(provider => StockPartitions.OverDapr(
            provider.GetRequiredService<IActorProxyFactory>(), options, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StockPartitions>>()));
        services.AddSingleton<ReservationCoordinator>();
        services.AddSingleton<AvailabilityReader>();
        return builder;
    }
}
