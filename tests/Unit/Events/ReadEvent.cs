using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Carts.Events;
using NexusCart.Catalog.Events;
using NexusCart.Gateway.Live;
using NexusCart.Gateway.Proxy;
using NexusCart.Inventory.Events;
using NexusCart.Notifications;
using NexusCart.Notifications.Events;
using NexusCart.Orders.Events;
using NexusCart.Payments.Events;
using NexusCart.Platform.Events;
using NexusCart.Promotions.Events;

namespace NexusCart.Tests.Unit.Events;

/// <summary>An event that a service reads, as its subscriptions have it.</summary>
/// <param name="App">Who reads it.</param>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Reads">How its data are read.</param>
internal sealed record ReadEvent(string App, string Type, JsonTypeInfo Reads)
{
    /// <summary>What maps the subscriptions of each program.</summary>
    private static readonly (string App, Action<IEndpointRouteBuilder> Map)[] Programs =
    [
        ("carts", routes => routes.MapCartEvents()),
        ("catalog", routes => routes.MapProductEvents()),
        ("gateway", routes => { routes.MapPageEvents(); routes.MapFlashSaleNews(); }),
        ("inventory", routes => routes.MapStockEvents()),
        ("notifications", routes => { routes.MapOrderMails(); routes.MapAccountMails(); routes.MapWebhookEvents(); }),
        ("orders", routes => { routes.MapPaymentEvents(); routes.MapPaidOrders(); routes.MapErasedUsers(); }),
        ("payments", routes => routes.MapErasures()),
        ("promotions", routes => { routes.MapPromotionEvents(); routes.MapFlashSaleEvents(); }),
    ];

    /// <summary>All that is read by name, by app and type.</summary>
    public static IReadOnlyList<ReadEvent> All { get; } =
    [
        .. from program in Programs
           from subscription in SubscriptionsOf(program.Map)
           from read in subscription.Reads
           orderby program.App, read.Key
           select new ReadEvent(program.App, read.Key, read.Value),
    ];

    /// <summary>How many subscriptions there are.</summary>
    public static int Subscriptions { get; } = Programs.Sum(program => SubscriptionsOf(program.Map).Count);

    private static List<Subscription> SubscriptionsOf(Action<IEndpointRouteBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(new NotificationsOptions());
        var app = builder.Build();
        map(app);
        return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)
            .Select(endpoint => endpoint.Metadata.GetMetadata<Subscription>()).OfType<Subscription>()];
    }
}
