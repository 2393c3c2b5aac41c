using System.Reflection;
using Google.Api;
using Google.Protobuf.Reflection;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>An RPC of the contract, and its HTTP form where it has one.</summary>
/// <param name="Method">Its descriptor.</param>
/// <param name="Verb">GET, POST, …; empty where it has no HTTP form: only services may call it.</param>
/// <param name="Template">The path: "/v1/orders/{order_id}".</param>
internal sealed record ContractRpc(MethodDescriptor Method, string Verb, string Template)
{
    /// <summary>"Orders.GetOrder".</summary>
    public string Name => $"{Method.Service.Name}.{Method.Name}";

    /// <summary>Whether the world may call it at all.</summary>
    public bool IsPublic => Verb.Length > 0;

    /// <summary>The path with a text in the place of every parameter.</summary>
    public string Path(string value) => string.Join("", Template.Split('{', '}').Select((part, i) => i % 2 == 0 ? part : value));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>
/// Who may call what. The RPCs are read from the contract itself, so a new one that is not written down here fails the tests.
/// </summary>
internal static class AccessTable
{
    /// <summary>Everybody, without a token.</summary>
    public const string Anybody = "anybody";

    /// <summary>Whoever has a token, and only what is his own.</summary>
    public const string Customer = "customer";

    private static readonly Dictionary<string, string[]> Table = new()
    {
        [Anybody] =
        [
            "Catalog.GetProduct", "Catalog.GetProductBySlug", "Catalog.ListRelatedProducts", "Catalog.ListProducts", "Catalog.ListCategories",
            "Catalog.ListBrands", "Catalog.ListAttributes", "Catalog.GetProducts", "Inventory.GetAvailability", "Inventory.GetSkuAvailability",
            "Users.Register", "Users.RequestPasswordReset", "Users.ResetPassword", "Users.VerifyEmail",
            "FlashSales.ListFlashSales", "FlashSales.GetFlashSale",
        ],
        [Customer] =
        [
            "Carts.CreateCart", "Carts.GetCart", "Carts.ListCarts", "Carts.SetCurrency", "Carts.AddLine", "Carts.SetLine", "Carts.RemoveLine",
            "Carts.ApplyCoupon", "Carts.RemoveCoupon", "Carts.AcknowledgeNotices", "Carts.MergeCart",
            "Orders.Checkout", "Orders.QuoteCheckout", "Orders.GetOrder", "Orders.ListOrders", "Orders.CancelOrder", "Orders.RequestReturn",
            "Orders.ClaimOrder", "Orders.GetDocument",
            "Payments.ListProviders", "Payments.ListPaymentMethods", "Payments.SavePaymentMethod", "Payments.DeletePaymentMethod",
            "FlashSales.EnterWaitingRoom", "FlashSales.Claim", "FlashSales.GetClaim", "FlashSales.GiveUpClaim",
            "Users.GetProfile", "Users.ListSessions", "Users.EndSession", "Users.EndAllSessions", "Users.ChangePassword",
            "Users.RequestEmailVerification", "Users.ListAddresses", "Users.PutAddress", "Users.RemoveAddress", "Users.ListApiKeys",
            "Users.PutApiKey", "Users.RemoveApiKey", "Users.ExportAccount", "Users.EraseAccount",
        ],
        ["catalog.write"] =
        [
            "Catalog.UpsertProducts", "Catalog.PutProduct", "Catalog.GetStaffProduct", "Catalog.ExportProducts", "Catalog.PutCategory",
            "Catalog.DeleteCategory", "Catalog.PutBrand", "Catalog.PutAttribute", "Catalog.DeleteAttribute", "Catalog.PutPriceList",
            "Catalog.ListPriceLists", "Catalog.SetListPrices", "Catalog.ListListPrices",
        ],
        ["inventory.write"] =
        [
            "Inventory.ReceiveStock", "Inventory.AdjustStock", "Inventory.TransferStock", "Inventory.GetStock", "Inventory.SetStockPolicy",
            "Inventory.ListMovements", "Inventory.ListWarehouses", "Inventory.PutWarehouse",
        ],
        ["promotions.write"] =
        [
            "Promotions.PutCampaign", "Promotions.GetCampaign", "Promotions.ListCampaigns", "Promotions.PutPromotion", "Promotions.GetPromotion",
            "Promotions.ListPromotions", "Promotions.PutCouponBatch", "Promotions.ListCouponCodes", "Promotions.Simulate",
            "FlashSales.CreateFlashSale", "FlashSales.ScheduleFlashSale", "FlashSales.EndFlashSale",
        ],
        ["orders.read"] = ["Orders.SearchOrders", "Orders.InspectOrder", "Orders.ListOrderTasks", "Orders.ListCells"],
        ["orders.write"] =
        [
            "Orders.CreateShipment", "Orders.TrackShipment", "Orders.MoveShipment", "Orders.CancelForCustomer", "Orders.DecideReturn",
            "Orders.ReturnForCustomer", "Orders.ReceiveReturn", "Orders.RefundOrder", "Orders.SettleTask", "Orders.OpenCell",
        ],
        ["payments.read"] = ["Payments.GetLedger", "Payments.ListTasks", "Payments.ListReconciliations"],
        ["payments.write"] = ["Payments.ResolveTask", "Payments.Reconcile"],
        ["audit.read"] =
        [
            "Inventory.AuditPartition", "Orders.AuditShard", "Orders.ListAuditLog", "Payments.AuditShard", "Promotions.AuditShard",
            "Promotions.AuditLedger", "FlashSales.AuditFlashSale", "FlashSales.ListFlashSaleIds",
        ],
        ["webhooks.write"] =
        [
            "Notifications.PutWebhookEndpoint", "Notifications.ListWebhookEndpoints", "Notifications.RemoveWebhookEndpoint",
            "Notifications.RotateWebhookSecret", "Notifications.ListWebhookDeliveries", "Notifications.ReplayWebhookDelivery",
        ],
        ["dead-letters.write"] =
        [
            "Notifications.ListDeadLetters", "Notifications.GetDeadLetter", "Notifications.ReplayDeadLetter", "Notifications.DiscardDeadLetter",
        ],
        ["users.write"] = ["Users.SetRoles", "Users.SetCustomerGroup"],
    };

    /// <summary>Every RPC of the contract.</summary>
    public static IReadOnlyList<ContractRpc> Rpcs { get; } =
    [
        .. typeof(Orders.V1.OrdersReflection).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("NexusCart.", StringComparison.Ordinal) == true)
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static, null, typeof(FileDescriptor), [], null)?.GetValue(null))
            .OfType<FileDescriptor>().SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(Describe)
            .OrderBy(rpc => rpc.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every role that opens anything.</summary>
    public static IReadOnlyList<string> Roles { get; } = [.. Table.Keys.Except([Anybody, Customer])];

    /// <summary>Names in the table.</summary>
    public static IEnumerable<string> Names => Table.Values.SelectMany(names => names);

    /// <summary>Who may call an RPC: <see cref="Anybody"/>, <see cref="Customer"/> or a role.</summary>
    public static string Of(ContractRpc rpc) => Table.Single(entry => entry.Value.Contains(rpc.Name)).Key;

    private static ContractRpc Describe(MethodDescriptor method)
    {
        var options = method.GetOptions();
        var rule = options?.HasExtension(AnnotationsExtensions.Http) == true ? options.GetExtension(AnnotationsExtensions.Http) : null;
        return rule?.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => new(method, "GET", rule.Get),
            HttpRule.PatternOneofCase.Post => new(method, "POST", rule.Post),
            HttpRule.PatternOneofCase.Put => new(method, "PUT", rule.Put),
            HttpRule.PatternOneofCase.Patch => new(method, "PATCH", rule.Patch),
            HttpRule.PatternOneofCase.Delete => new(method, "DELETE", rule.Delete),
            _ => new(method, "", ""),
        };
    }
}
