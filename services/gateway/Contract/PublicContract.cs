using System.Collections.Frozen;
using Google.Api;
using Google.Protobuf.Reflection;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Inventory.V1;
using NexusCart.Notifications.V1;
using NexusCart.Orders.V1;
using NexusCart.Payments.V1;
using NexusCart.Platform;
using NexusCart.Promotions.V1;
using NexusCart.Users.V1;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace NexusCart.Gateway.Contract;

/// <summary>
/// The public face of the shop, read from the contract itself: an RPC is public when it has an HTTP form (google.api.http).
/// What services say to each other (reserve, authorise, capture …) has none and is not routed in any form.
/// </summary>
internal static class PublicContract
{
    /// <summary>The services with public RPCs, each with the app that serves it; an app may serve several.</summary>
    public static IReadOnlyList<(string AppId, ServiceDescriptor Service)> Services { get; } =
    [
        (AppIds.Catalog, Find(CatalogReflection.Descriptor, "Catalog")),
        (AppIds.Inventory, Find(InventoryReflection.Descriptor, "Inventory")),
        (AppIds.Carts, Find(CartsReflection.Descriptor, "Carts")),
        (AppIds.Orders, Find(OrdersReflection.Descriptor, "Orders")),
        (AppIds.Payments, Find(PaymentsReflection.Descriptor, "Payments")),
        (AppIds.Users, Find(UsersReflection.Descriptor, "Users")),
        (AppIds.Promotions, Find(PromotionsReflection.Descriptor, "Promotions")),
        (AppIds.Promotions, Find(FlashSalesReflection.Descriptor, "FlashSales")),
        (AppIds.Notifications, Find(NotificationsReflection.Descriptor, "Notifications")),
    ];

    /// <summary>What may be read without a token.</summary>
    private static readonly FrozenSet<string> Anonymous = FrozenSet.Create(
        "Catalog.GetProduct", "Catalog.GetProductBySlug", "Catalog.ListRelatedProducts", "Catalog.ListProducts", "Catalog.ListCategories",
        "Catalog.ListBrands", "Catalog.ListAttributes", "Catalog.GetProducts",
        "Inventory.GetAvailability", "Inventory.GetSkuAvailability", "Users.Register",
        "Users.RequestPasswordReset", "Users.ResetPassword", "Users.VerifyEmail",
        "FlashSales.ListFlashSales", "FlashSales.GetFlashSale");

    /// <summary>Mutations without a natural id of their own.</summary>
    private static readonly FrozenSet<string> NeedKey = FrozenSet.Create(
        "Orders.Checkout", "Orders.CancelOrder", "Orders.RequestReturn", "Orders.ReturnForCustomer", "Orders.CreateShipment", "Orders.CancelForCustomer", "Orders.RefundOrder",
        "Carts.CreateCart", "Carts.AddLine", "Carts.SetLine", "Carts.RemoveLine",
        "Carts.ApplyCoupon", "Carts.RemoveCoupon", "Carts.AcknowledgeNotices", "Carts.SetCurrency", "Carts.MergeCart", "Users.Register", "FlashSales.Claim",
        "Notifications.RotateWebhookSecret", "Notifications.ReplayWebhookDelivery");

    /// <summary>Reads that look the same to everybody; availability is not among them, it must not lag.</summary>
    private static readonly FrozenSet<string> Cacheable = FrozenSet.Create(
        "Catalog.GetProduct", "Catalog.GetProductBySlug", "Catalog.ListRelatedProducts", "Catalog.ListProducts", "Catalog.ListCategories",
        "Catalog.ListBrands", "Catalog.ListAttributes");

    /// <summary>Every public RPC.</summary>
    public static IReadOnlyList<PublicRpc> Rpcs { get; } =
    [
        .. from entry in Services
           from method in entry.Service.Methods
           let rule = Rule(method)
           where rule is not null
           select Describe(entry.AppId, method, rule),
    ];

    /// <summary>The HTTP form of an RPC, null where it has none.</summary>
    public static HttpRule? Rule(MethodDescriptor method)
    {
        var options = method.GetOptions();
        return options is not null && options.HasExtension(AnnotationsExtensions.Http) ? options.GetExtension(AnnotationsExtensions.Http) : null;
    }

    private static PublicRpc Describe(string appId, MethodDescriptor method, HttpRule rule)
    {
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => (HttpMethods.Get, rule.Get),
            HttpRule.PatternOneofCase.Post => (HttpMethods.Post, rule.Post),
            HttpRule.PatternOneofCase.Put => (HttpMethods.Put, rule.Put),
            HttpRule.PatternOneofCase.Patch => (HttpMethods.Patch, rule.Patch),
            HttpRule.PatternOneofCase.Delete => (HttpMethods.Delete, rule.Delete),
            _ => throw new NotSupportedException($"{method.FullName} has an HTTP form the gateway does not know."),
        };
        var name = $"{method.Service.Name}.{method.Name}";
        return new PublicRpc(appId, method, verb, path, rule.Body.Length > 0,
            Anonymous.Contains(name) ? Access.Anonymous : Access.Customer, NeedKey.Contains(name), Cacheable.Contains(name));
    }

    private static ServiceDescriptor Find(FileDescriptor file, string name) => file.Services.Single(service => service.Name == name);
}
