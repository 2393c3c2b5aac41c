using Dapr.Actors.Client;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Api;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory;

/// <summary>Puts inventory together.</summary>
internal static class InventoryHosting
{
    public static WebApplicationBuilder AddInventory(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Inventory").Get<InventoryOptions>() ?? new InventoryOptions();
        var services = builder.Services;
        var allocation = options.Allocation;
        services.AddSingleton(options);
        services.AddSingleton(new WarehouseRanking(
            allocation.Strategy, [.. allocation.Zones.Select(zone => new Zone(zone.Name, zone.Countries))]));
        services.AddActor<StockPartitionActor>(InventoryJson.Default);
        services.AddActorTopology(nameof(StockPartitionActor), options.PartitionCount);
        services.AddSingleton(provider => StockPartitions.OverDapr(
            provider.GetRequiredService<IActorProxyFactory>(), provider.GetRequiredService<AvailabilityIndex>(), options, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StockPartitions>>()));
        services.AddSingleton<ReservationCoordinator>();
        services.AddSingleton<StaffDesk>();
        services.AddWarehouses();
        services.AddReadModels();
        return builder;
    }

    private static void AddWarehouses(this IServiceCollection services)
    {
        services.AddAggregateShards<WarehouseShardActor, Warehouse, WarehouseCommand, WarehouseAnswer>(
            WarehouseJson.Default, new AggregateShardOptions { ShardCount = 1 });
        services.AddSingleton<IWarehouseStore, WarehouseStore>();
        services.AddSingleton<WarehouseDirectory>();
        services.AddSingleton<IWarehouses>(provider => provider.GetRequiredService<WarehouseDirectory>());
        services.AddSingleton<WarehouseDesk>();
    }

    private static void AddReadModels(this IServiceCollection services)
    {
        services.AddSingleton<AvailabilityIndex>();
        services.AddSingleton<AvailabilityReader>();
        services.AddSingleton<AvailabilityRefresh>();
        services.AddHostedService(provider => provider.GetRequiredService<AvailabilityRefresh>());
        services.AddHealthChecks().AddCheck<AvailabilityRefresh>("stock");
    }
}
