using System.Text.Json.Serialization.Metadata;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Events;
using NexusCart.Catalog.Events;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Events;
using NexusCart.Orders.Events;
using NexusCart.Payments.Events;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Events;
using NexusCart.Users.Domain;
using NexusCart.Users.Events;
using OrderCancelled = NexusCart.Orders.Events.OrderCancelled;
using OrderPaid = NexusCart.Orders.Events.OrderPaid;
using OrderRevoked = NexusCart.Orders.Events.OrderRevoked;
using PaymentNews = NexusCart.Payments.Domain.PaymentNews;

namespace NexusCart.Tests.Unit.Events;

/// <summary>A public event: what goes out under a name.</summary>
/// <param name="App">Who publishes it.</param>
/// <param name="Topic">Where.</param>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Payload">How its data is written.</param>
internal sealed record PublishedEvent(string App, string Topic, string Type, JsonTypeInfo Payload)
{
    /// <summary>All of the shop's, by topic and type.</summary>
    public static IReadOnlyList<PublishedEvent> All { get; } =
    [
        .. new PublishedEvent[]
        {
            new("carts", CartExpired.Topic, CartExpired.Type, CartsJson.Default.CartExpired),
            new("carts", CartExpired.Topic, CartAbandoned.Type, CartsJson.Default.CartAbandoned),
            new("catalog", ProductChanged.Topic, ProductChanged.Type, ProductEventsJson.Default.ProductChanged),
            new("catalog", ProductChanged.Topic, CategoryChanged.Type, ProductEventsJson.Default.CategoryChanged),
            new("catalog", ProductChanged.Topic, BrandChanged.Type, ProductEventsJson.Default.BrandChanged),
            new("catalog", ProductChanged.Topic, AttributeChanged.Type, ProductEventsJson.Default.AttributeChanged),
            new("catalog", ProductChanged.Topic, PriceListChanged.Type, ProductEventsJson.Default.PriceListChanged),
            new("catalog", ProductChanged.Topic, PriceChanged.Type, ProductEventsJson.Default.PriceChanged),
            new("inventory", StockChanged.Topic, StockChanged.Type, InventoryJson.Default.StockChanged),
            new("promotions", PromotionChanged.Topic, PromotionChanged.Type, PromotionEventsJson.Default.PromotionChanged),
            new("inventory", StockChanged.Topic, StockLow.Type, InventoryJson.Default.StockLow),
            new("inventory", StockChanged.Topic, BackorderFilled.Type, InventoryJson.Default.BackorderFilled),
            new("inventory", StockChanged.Topic, WarehouseChanged.Type, WarehouseJson.Default.WarehouseChanged),
            new("orders", OrderEvents.Topic, OrderPlaced.Type, OrderEventsJson.Default.OrderPlaced),
            new("orders", OrderEvents.Topic, OrderPaid.Type, OrderEventsJson.Default.OrderPaid),
            new("orders", OrderEvents.Topic, OrderCancelled.Type, OrderEventsJson.Default.OrderCancelled),
            new("promotions", FlashSaleChanged.Topic, FlashSaleChanged.Type, FlashSalesJson.Default.FlashSaleChanged),
            new("orders", OrderEvents.Topic, ShipmentChanged.Created, OrderEventsJson.Default.ShipmentChanged),
            new("orders", OrderEvents.Topic, ShipmentChanged.Shipped, OrderEventsJson.Default.ShipmentChanged),
            new("orders", OrderEvents.Topic, ShipmentChanged.Delivered, OrderEventsJson.Default.ShipmentChanged),
            new("orders", OrderEvents.Topic, ShipmentChanged.Cancelled, OrderEventsJson.Default.ShipmentChanged),
            new("orders", OrderEvents.Topic, OrderRefunded.Type, OrderEventsJson.Default.OrderRefunded),
            new("orders", OrderEvents.Topic, OrderRevoked.Type, OrderEventsJson.Default.OrderRevoked),
            new("orders", OrderEvents.Topic, ReturnChanged.Type, OrderEventsJson.Default.ReturnChanged),
            new("orders", OrderEvents.Topic, OrderContactErased.Type, OrderEventsJson.Default.OrderContactErased),
        }
            .Concat(Enum.GetValues<PaymentNews>().Select(news => new PublishedEvent(
                "payments", NexusCart.Payments.Events.PaymentEvents.Topic, NexusCart.Payments.Events.PaymentEvents.TypeOf(news), PaymentEventsJson.Default.PaymentChanged)))
            .Concat(
            [
                new PublishedEvent("payments", NexusCart.Payments.Events.PaymentEvents.Topic, "payment.refund_failed.v1", PaymentEventsJson.Default.RefundFailed),
                .. new[] { NexusCart.Payments.Domain.DisputeStatus.Open, NexusCart.Payments.Domain.DisputeStatus.Lost }.Select(status => new PublishedEvent(
                    "payments", NexusCart.Payments.Events.PaymentEvents.Topic, NexusCart.Payments.Events.PaymentEvents.TypeOf(status), PaymentEventsJson.Default.PaymentDisputed)),
            ])
            .Concat(Enum.GetValues<AccountNews>().Select(news => new PublishedEvent(
                "users", UserEvents.Topic, UserEvents.TypeOf(news), UserEvents.PayloadOf(news))))
            .OrderBy(published => published.Topic, StringComparer.Ordinal)
            .ThenBy(published => published.Type, StringComparer.Ordinal),
    ];
}
