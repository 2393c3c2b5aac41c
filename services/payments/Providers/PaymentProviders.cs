using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Providers;

/// <summary>The providers this shop pays by.</summary>
public sealed class PaymentProviders
{
    private readonly IPaymentProvider[] _all;

    /// <summary>Takes the providers, the preferred one first.</summary>
    public PaymentProviders(IEnumerable<IPaymentProvider> providers) => _all = [.. providers];

    /// <summary>All of them, the preferred one first.</summary>
    public IReadOnlyList<IPaymentProvider> All => _all;

    /// <summary>The provider of a payment.</summary>
    /// <exception cref="InvalidOperationException">The shop no longer pays by it.</exception>
    public IPaymentProvider Of(Payment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        return Find(payment.Provider)
            ?? throw new InvalidOperationException($"Payment {payment.Id} is {payment.Provider}'s, which PAYMENT_PROVIDERS does not name.");
    }

    /// <summary>A provider by name; null when the shop does not pay by it.</summary>
    public IPaymentProvider? Find(string name) => Array.Find(_all, provider => provider.Name == name);

    /// <summary>The names of the providers that can be paid by now, except one.</summary>
    public IReadOnlyList<string> OfferedInsteadOf(string name) =>
        [.. _all.Where(provider => provider.Name != name && provider.IsAvailable).Select(provider => provider.Name)];
}
