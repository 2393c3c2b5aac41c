using NexusCart.Platform;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Security;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Events;

namespace NexusCart.Promotions;

/// <summary>Puts the flash sales together.</summary>
internal static class FlashSalesHosting
{
    /// <summary>Within a turn, which has to end before its callers give up.</summary>
    private static readonly TimeSpan StockDeadline = TimeSpan.FromSeconds(4);

    public static WebApplicationBuilder AddFlashSales(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("FlashSales").Get<FlashSaleOptions>() ?? new FlashSaleOptions();
        var services = builder.Services;
        services.AddSingleton(options);
        services.RequireSecrets(FlashSaleDesk.TicketKeySecret);
        builder.AddServiceClient<NexusCart.Inventory.V1.Inventory.InventoryClient>(AppIds.Inventory, StockDeadline);
        services.AddActor<FlashSaleActor>(FlashSalesJson.Default);
        services.AddActor<SaleListActor>(FlashSalesJson.Default);
        services.AddSingleton<IStockFence, InventoryFence>();
        services.AddSingleton<FlashSaleActors>();
        services.AddSingleton<FlashSaleBoard>();
        services.AddSingleton<FlashSaleDesk>();
        return builder;
    }

    public static void MapFlashSales(this WebApplication app)
    {
        app.MapGrpcService<FlashSalesService>();
        app.MapFlashSaleEvents();
    }
}
