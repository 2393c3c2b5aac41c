namespace NexusCart.Platform;

/// <summary>The names of the Dapr components every profile declares.</summary>
public static class Components
{
    /// <summary>Key/value state; also the store of actors and workflows.</summary>
    public const string StateStore = "statestore";

    /// <summary>The setting that names another state component than <see cref="StateStore"/>: for a cell that keeps a store of its own.</summary>
    public const string StateStoreSetting = "STATE_STORE";

    /// <summary>The state component of this process.</summary>
    public static string StateStoreOf(Microsoft.Extensions.Configuration.IConfiguration configuration) =>
        configuration[StateStoreSetting] is { Length: > 0 } name ? name : StateStore;

    /// <summary>Events to one replica of each subscribing app.</summary>
    public const string PubSub = "pubsub";

    /// <summary>Events to every replica of each subscribing app: for read models and caches.</summary>
    public const string Broadcast = "broadcast";

    /// <summary>Keys and passwords.</summary>
    public const string SecretStore = "secretstore";

    /// <summary>Mails out, an output binding.</summary>
    public const string Mail = "mail";
}

/// <summary>The app ids of the shop's programs.</summary>
public static class AppIds
{
    /// <summary>The public entrance.</summary>
    public const string Gateway = "gateway";

    /// <summary>Products, prices, categories.</summary>
    public const string Catalog = "catalog";

    /// <summary>Stock and reservations.</summary>
    public const string Inventory = "inventory";

    /// <summary>Shopping carts.</summary>
    public const string Carts = "carts";

    /// <summary>Checkout and orders.</summary>
    public const string Orders = "orders";

    /// <summary>Payments by provider.</summary>
    public const string Payments = "payments";

    /// <summary>Mails and webhooks out, and dead letters.</summary>
    public const string Notifications = "notifications";

    /// <summary>Accounts, sign-in and tokens.</summary>
    public const string Users = "users";

    /// <summary>Coupons, discounts, campaigns and flash sales.</summary>
    public const string Promotions = "promotions";
}
