using System.Text.Json.Serialization;

namespace NexusCart.Payments.Domain;

/// <summary>What a provider says of a payment.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProviderStatus>))]
public enum ProviderStatus
{
    /// <summary>Nothing decided yet.</summary>
    Open,

    /// <summary>The customer must act.</summary>
    ActionRequired,

    /// <summary>The customer has agreed; nothing is held until the shop asks for it.</summary>
    Approved,

    /// <summary>The money is held.</summary>
    Authorized,

    /// <summary>The money was taken.</summary>
    Captured,

    /// <summary>Given up or expired; nothing is held.</summary>
    Canceled,

    /// <summary>The attempt was refused; nothing is held.</summary>
    Declined,
}

/// <summary>One sight of a payment at its provider: an answer to a call, a look-up or a webhook. It may be old.</summary>
/// <param name="Status">What the provider says.</param>
/// <param name="Reference">The provider's id; null when it refused to open a payment at all.</param>
public sealed record Observation(ProviderStatus Status, string? Reference)
{
    /// <summary>The amount of the payment; null when <see cref="Reference"/> is.</summary>
    public long? Amount { get; init; }

    /// <summary>ISO 4217, upper case; null when <see cref="Reference"/> is.</summary>
    public string? Currency { get; init; }

    /// <summary>Minor units taken.</summary>
    public long Captured { get; init; }

    /// <summary>How the customer acts, when he must.</summary>
    public CustomerAction? Action { get; init; }

    /// <summary>Why it was refused, when it was. With <see cref="ProviderStatus.ActionRequired"/>: the customer may choose other means there.</summary>
    public Decline? Decline { get; init; }

    /// <summary>The provider's id of the hold, where it is another than the payment's.</summary>
    public string? Hold { get; init; }

    /// <summary>When the provider lets the hold go by itself; null when it does not say.</summary>
    public DateTimeOffset? HoldEnds { get; init; }

    /// <summary>The provider's id of what was taken, where it is another than the payment's.</summary>
    public string? Capture { get; init; }

    /// <summary>The refunds that the provider showed with it; empty where it tells of them apart.</summary>
    public IReadOnlyList<RefundObservation> Refunds { get; init => field = value ?? []; } = [];
}

/// <summary>One sight of a refund at its provider.</summary>
/// <param name="RefundId">The caller's id; the provider's for a refund that was made there by hand.</param>
/// <param name="Reference">The provider's id; null when it refused.</param>
/// <param name="Accepted">True for what is given back or on its way; false for what failed.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record RefundObservation(string RefundId, string? Reference, bool Accepted, string? Failure = null)
{
    /// <summary>Minor units of the payment's currency; null when the provider did not say.</summary>
    public long? Amount { get; init; }
}

/// <summary>One sight of a dispute at its provider.</summary>
/// <param name="Reference">The provider's id of the dispute.</param>
/// <param name="Amount">Minor units of the payment's currency that are in dispute.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Reason">The provider's word: <c>fraudulent</c>.</param>
public sealed record DisputeObservation(string Reference, long Amount, DisputeStatus Status, string Reason);
