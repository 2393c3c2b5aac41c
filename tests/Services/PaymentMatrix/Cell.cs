namespace NexusCart.Tests.Services.PaymentMatrix;

/// <summary>Where in the saga the fault strikes.</summary>
public enum Point
{
    /// <summary>The hold is asked for.</summary>
    Authorise,

    /// <summary>PayPal: the hold is placed after the buyer approved.</summary>
    Approved,

    /// <summary>The money is taken.</summary>
    Capture,

    /// <summary>The reservation was lost meanwhile, so the hold is given up.</summary>
    Void,

    /// <summary>The answers of the capture never come, so what was taken is given back.</summary>
    Refund,
}

/// <summary>How an order must end.</summary>
public enum End
{
    /// <summary>The shop has the money, the customer the goods.</summary>
    Paid,

    /// <summary>Nothing is held, taken or sold.</summary>
    Cancelled,

    /// <summary>The bank will not have a disputed payment given back: people must look at it.</summary>
    NeedsAttention,
}

/// <summary>What the customer does when he is asked to act.</summary>
public enum Customer
{
    /// <summary>He passes the challenge, or approves.</summary>
    Acts,

    /// <summary>He fails the challenge.</summary>
    Fails,

    /// <summary>He never comes back.</summary>
    WalksAway,

    /// <summary>His first instrument is declined; he approves with another.</summary>
    ComesBack,
}

/// <summary>A test card of Stripe's or a test buyer of PayPal's.</summary>
/// <param name="Name">The token, or the buyer.</param>
/// <param name="End">How an order ends that nothing disturbs.</param>
/// <param name="Customer">What he does when asked.</param>
public sealed record Means(string Name, End End, Customer Customer = Customer.Acts);

/// <summary>What goes wrong at the provider.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind">The sandbox's kind of fault; null when only the webhooks misbehave.</param>
public sealed record Mishap(string Name, string? Kind)
{
    /// <summary>HTTP status of a refusal.</summary>
    public int Status { get; init; } = 503;

    /// <summary>How often it strikes.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Milliseconds before the provider begins.</summary>
    public int Delay { get; init; }
}

/// <summary>One order of the matrix.</summary>
/// <param name="Provider"><c>stripe</c> or <c>paypal</c>.</param>
/// <param name="Means">What is paid with.</param>
/// <param name="Mishap">What goes wrong.</param>
/// <param name="Point">Where.</param>
public sealed record Cell(string Provider, Means Means, Mishap Mishap, Point Point)
{
    private static readonly Mishap[] Mishaps =
    [
        new("nothing", "none"),
        new("late", "none") { Delay = 60 },
        new("429", "refuse") { Status = 429 },
        new("409", "refuse") { Status = 409 },
        new("503", "refuse") { Status = 503 },
        new("a 500 that is kept", "fail"),
        new("a 500 after the effect", "fail_after_effect"),
        new("a connection broken before", "drop_before"),
        new("a connection broken after the effect", "drop_after"),
        new("two connections broken after the effect", "drop_after") { Times = 2 },
    ];

    private static readonly Means[] Cards =
    [
        new("pm_card_visa", End.Paid),
        new("pm_card_mastercard", End.Paid),
        new("pm_card_visa_chargeDeclined", End.Cancelled),
        new("pm_card_visa_chargeDeclinedInsufficientFunds", End.Cancelled),
        new("pm_card_visa_chargeDeclinedLostCard", End.Cancelled),
        new("pm_card_visa_chargeDeclinedStolenCard", End.Cancelled),
        new("pm_card_chargeDeclinedExpiredCard", End.Cancelled),
        new("pm_card_chargeDeclinedIncorrectCvc", End.Cancelled),
        new("pm_card_chargeDeclinedProcessingError", End.Cancelled),
        new("pm_card_visa_chargeDeclinedVelocityLimitExceeded", End.Cancelled),
        new("pm_card_chargeCustomerFail", End.Cancelled),
        new("pm_card_radarBlock", End.Cancelled),
        new("pm_card_authenticationRequiredOnSetup", End.Paid),
        new("pm_card_authenticationRequired", End.Paid),
        new("pm_card_authenticationRequired", End.Cancelled, Customer.Fails),
        new("pm_card_authenticationRequired", End.Cancelled, Customer.WalksAway),
        new("pm_card_threeDSecureRequiredChargeDeclined", End.Cancelled),
        new("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", End.Cancelled),
        new("pm_card_createDispute", End.Paid),
        new("pm_card_pendingRefund", End.Paid),
        new("pm_card_refundFail", End.Paid),
    ];

    private static readonly Means[] Buyers =
    [
        new("buyer", End.Paid),
        new("buyer", End.Cancelled, Customer.WalksAway),
        new("cannot-pay", End.Cancelled),
        new("refused", End.Cancelled),
        new("locked", End.Cancelled),
        new("declined", End.Paid, Customer.ComesBack),
        new("action-required", End.Paid, Customer.ComesBack),
        new("other-funding", End.Paid, Customer.ComesBack),
        new("capture-refused", End.Cancelled),
        new("review", End.Paid),
        new("review-denied", End.Cancelled),
        new("echeck", End.Paid),
        new("refund-pending", End.Paid),
        new("refund-fails", End.Paid),
    ];

    /// <summary>How deliveries misbehave, for whole runs of cells: the sandbox's settings.</summary>
    public static IReadOnlyDictionary<string, object> Weathers { get; } = new Dictionary<string, object>
    {
        ["webhooks twice"] = new { duplicate = 1 },
        ["webhooks late"] = new { delay_ms = 150 },
        ["webhooks in disorder"] = new { reorder = 3, duplicate = 1 },
    };

    /// <summary>All cells.</summary>
    public static IReadOnlyList<Cell> All { get; } = [.. Of("stripe", Cards), .. Of("paypal", Buyers)];

    /// <summary>The operation that the fault strikes.</summary>
    public string Operation => (Provider, Point) switch
    {
        ("stripe", Point.Authorise) => "payment_intents.create",
        ("stripe", Point.Capture) => "payment_intents.capture",
        ("stripe", Point.Void) => "payment_intents.cancel",
        ("stripe", _) => "refunds.create",
        (_, Point.Authorise) => "orders.create",
        (_, Point.Approved) => "orders.authorize",
        (_, Point.Capture) => "authorizations.capture",
        (_, Point.Void) => "authorizations.void",
        _ => "captures.refund",
    };

    /// <summary>How the order must end.</summary>
    public End End => Point switch
    {
        Point.Void => End.Cancelled,
        Point.Refund when Means.Name == "pm_card_createDispute" => End.NeedsAttention,
        Point.Refund => End.Cancelled,
        _ => Means.End,
    };

    /// <summary>True when the bank sends a refund back later on: the money is the shop's again.</summary>
    public bool RefundFails => Point == Point.Refund && Means.Name is "pm_card_refundFail" or "refund-fails";

    /// <inheritdoc/>
    public override string ToString() => $"{Provider}, {Means.Name} ({Means.Customer}), {Mishap.Name} at {Point}";

    private static IEnumerable<Cell> Of(string provider, Means[] all) =>
        from means in all
        from point in Enum.GetValues<Point>()
        where Reaches(provider, means, point)
        from mishap in Mishaps.Concat(Weathers.Keys.Select(weather => new Mishap(weather, null)))
        select new Cell(provider, means, mishap, point);

    private static bool Reaches(string provider, Means means, Point point) => point switch
    {
        Point.Authorise => true,
        Point.Approved => provider == "paypal" && means.Customer != Customer.WalksAway,
        // A capture that is refused gives the hold up, too.
        Point.Void => means.End == End.Paid || means.Name == "capture-refused",
        _ => means.End == End.Paid,
    };
}
