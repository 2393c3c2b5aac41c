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

    /// <summary>Why it was refused, when it was.</summary>
    public Decline? Decline { get; init; }
}

/// <summary>One sight of a refund at its provider.</summary>
/// <param name="RefundId">The caller's id.</param>
/// <param name="Reference">The provider's id; null when it refused.</param>
/// <param name="Accepted">True for what is given back or on its way; false for what failed.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record RefundObservation(string RefundId, string? Reference, bool Accepted, string? Failure = null);
