using System.Text.Json.Serialization;
using NexusCart.Sandbox.Wallets;

namespace NexusCart.Sandbox.Intents;

/// <summary>What the provider keeps besides payments and refunds. Immutable: each change makes a new version.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Customer), "customer")]
[JsonDerivedType(typeof(PaymentMethod), "payment_method")]
[JsonDerivedType(typeof(SetupIntent), "setup_intent")]
[JsonDerivedType(typeof(Dispute), "dispute")]
public abstract record StripeObject
{
    /// <summary>The provider's id.</summary>
    public required string Id { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The caller's own key/value pairs.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
