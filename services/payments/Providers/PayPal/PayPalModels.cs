using System.Text.Json;
using System.Text.Json.Serialization;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>An amount: <c>{"currency_code":"EUR","value":"12.99"}</c>.</summary>
public sealed record PayPalAmount(string CurrencyCode, string Value);

/// <summary>Where to go next.</summary>
public sealed record PayPalLink(string Href, string Rel);

/// <summary>A hold.</summary>
public sealed record PayPalAuthorization(string Id, string Status)
{
    /// <summary>How much.</summary>
    public PayPalAmount? Amount { get; init; }

    /// <summary>When it ends by itself.</summary>
    public DateTimeOffset? ExpirationTime { get; init; }
}

/// <summary>Taken money.</summary>
public sealed record PayPalCapture(string Id, string Status)
{
    /// <summary>How much.</summary>
    public PayPalAmount? Amount { get; init; }
}

/// <summary>Money given back.</summary>
public sealed record PayPalRefund(string Id, string Status)
{
    /// <summary>How much.</summary>
    public PayPalAmount? Amount { get; init; }

    /// <summary>Our refund id.</summary>
    public string? CustomId { get; init; }
}

/// <summary>The money that moved for a purchase unit.</summary>
public sealed record PayPalPayments
{
    /// <summary>Holds, oldest first.</summary>
    public IReadOnlyList<PayPalAuthorization> Authorizations { get; init => field = value ?? []; } = []; // Left out when empty.

    /// <summary>What was taken, oldest first.</summary>
    public IReadOnlyList<PayPalCapture> Captures { get; init => field = value ?? []; } = []; // Left out when empty.

    /// <summary>What was given back, oldest first.</summary>
    public IReadOnlyList<PayPalRefund> Refunds { get; init => field = value ?? []; } = []; // Left out when empty.
}

/// <summary>What is bought; ours have one each.</summary>
public sealed record PayPalUnit
{
    /// <summary>The price.</summary>
    public PayPalAmount? Amount { get; init; }

    /// <summary>Our payment id.</summary>
    public string? CustomId { get; init; }

    /// <summary>Our payment id again: PayPal refuses to take money twice for one invoice.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>What moved so far.</summary>
    public PayPalPayments? Payments { get; init; }
}

/// <summary>An order at PayPal.</summary>
public sealed record PayPalOrder
{
    /// <summary>PayPal's id.</summary>
    public string Id { get; init; } = "";

    /// <summary><c>CREATED</c>, <c>PAYER_ACTION_REQUIRED</c>, <c>APPROVED</c>, <c>COMPLETED</c>, <c>VOIDED</c> …</summary>
    public string Status { get; init; } = "";

    /// <summary>Ours have one.</summary>
    public IReadOnlyList<PayPalUnit> PurchaseUnits { get; init => field = value ?? []; } = []; // Left out when empty.

    /// <summary>Among them where the buyer approves.</summary>
    public IReadOnlyList<PayPalLink> Links { get; init => field = value ?? []; } = []; // Left out when empty.
}

/// <summary>How a buyer gets there and back.</summary>
public sealed record PayPalExperience(string ReturnUrl, string CancelUrl, string UserAction, string ShippingPreference);

/// <summary>A buyer's wallet.</summary>
public sealed record PayPalWallet(PayPalExperience ExperienceContext);

/// <summary>Who pays.</summary>
public sealed record PayPalSource(PayPalWallet Paypal);

/// <summary>An order to be made.</summary>
public sealed record PayPalCreateOrder(string Intent, IReadOnlyList<PayPalUnit> PurchaseUnits, PayPalSource PaymentSource);

/// <summary>A capture to be made.</summary>
public sealed record PayPalCreateCapture(PayPalAmount Amount, bool FinalCapture);

/// <summary>A refund to be made.</summary>
public sealed record PayPalCreateRefund(PayPalAmount Amount, string CustomId, string? InvoiceId);

/// <summary>A call without parameters.</summary>
public sealed record PayPalNothing;

/// <summary>A token to call with.</summary>
public sealed record PayPalToken(string AccessToken, int ExpiresIn);

/// <summary>One reason of a refusal.</summary>
public sealed record PayPalIssue(string? Issue, string? Description);

/// <summary>A refusal.</summary>
public sealed record PayPalFault(string? Name, string? Message)
{
    /// <summary>For PayPal's support.</summary>
    public string? DebugId { get; init; }

    /// <summary>Why.</summary>
    public IReadOnlyList<PayPalIssue> Details { get; init => field = value ?? []; } = []; // Left out when empty.
}

/// <summary>Asks whether a webhook is PayPal's.</summary>
public sealed record PayPalVerify(
    string AuthAlgo, string CertUrl, string TransmissionId, string TransmissionSig, string TransmissionTime, string WebhookId, JsonElement WebhookEvent);

/// <summary><c>SUCCESS</c> or <c>FAILURE</c>.</summary>
public sealed record PayPalVerdict(string? VerificationStatus);

/// <summary>The ids of what an object belongs to.</summary>
public sealed record PayPalRelated(string? OrderId);

/// <summary>What an object belongs to.</summary>
public sealed record PayPalSupplement(PayPalRelated? RelatedIds);

/// <summary>A disputed transaction.</summary>
public sealed record PayPalDisputed(string? InvoiceNumber, string? Custom);

/// <summary>How a dispute ended.</summary>
public sealed record PayPalOutcome(string? OutcomeCode);

/// <summary>What an event is about: an order, a hold, taken money, a refund or a dispute; as much of it as is read here.</summary>
public sealed record PayPalResource
{
    /// <summary>PayPal's id of it.</summary>
    public string? Id { get; init; }

    /// <summary>Our payment id.</summary>
    public string? CustomId { get; init; }

    /// <summary>Our payment id again.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>Of an order.</summary>
    public IReadOnlyList<PayPalUnit> PurchaseUnits { get; init => field = value ?? []; } = []; // Left out when empty.

    /// <summary>Of holds, taken money and refunds.</summary>
    public PayPalSupplement? SupplementaryData { get; init; }

    /// <summary>Of a dispute.</summary>
    public string? DisputeId { get; init; }

    /// <summary>Of a dispute.</summary>
    public string? Reason { get; init; }

    /// <summary>Of a dispute.</summary>
    public PayPalAmount? DisputeAmount { get; init; }

    /// <summary>Of a closed dispute.</summary>
    public PayPalOutcome? DisputeOutcome { get; init; }

    /// <summary>Of a dispute.</summary>
    public IReadOnlyList<PayPalDisputed> DisputedTransactions { get; init => field = value ?? []; } = []; // Left out when empty.
}

/// <summary>An event.</summary>
public sealed record PayPalEvent(string? Id, string? EventType, PayPalResource? Resource);

/// <summary>How PayPal's objects are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PayPalOrder))]
[JsonSerializable(typeof(PayPalCreateOrder))]
[JsonSerializable(typeof(PayPalCapture))]
[JsonSerializable(typeof(PayPalCreateCapture))]
[JsonSerializable(typeof(PayPalRefund))]
[JsonSerializable(typeof(PayPalCreateRefund))]
[JsonSerializable(typeof(PayPalNothing))]
[JsonSerializable(typeof(PayPalToken))]
[JsonSerializable(typeof(PayPalFault))]
[JsonSerializable(typeof(PayPalVerify))]
[JsonSerializable(typeof(PayPalVerdict))]
[JsonSerializable(typeof(PayPalEvent))]
internal sealed partial class PayPalJson : JsonSerializerContext;
