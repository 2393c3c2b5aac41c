using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Providers;

/// <summary>A provider that keeps payment methods for later.</summary>
public interface IPaymentWallet
{
    /// <summary>The provider's id of a customer, made at the first call.</summary>
    /// <param name="customerId">Ours.</param>
    /// <param name="key">The provider's idempotency key.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OutcomeUnknownException">Repeat the same call.</exception>
    Task<string> CustomerAsync(string customerId, string key, CancellationToken cancellationToken);

    /// <summary>Keeps a method for a customer.</summary>
    /// <param name="token">The provider's token of a method that is nobody's yet.</param>
    /// <param name="customer">The provider's id of the customer.</param>
    /// <param name="key">The provider's idempotency key.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OutcomeUnknownException">Repeat the same call.</exception>
    /// <exception cref="ProviderRefusedException">The provider does not keep it: the card was refused, or the token is somebody's.</exception>
    Task<SavedMethod> KeepAsync(string token, string customer, string key, CancellationToken cancellationToken);

    /// <summary>Gives a kept method up; nothing when it is given up already.</summary>
    /// <param name="token">The provider's token.</param>
    /// <param name="key">The provider's idempotency key.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OutcomeUnknownException">Repeat the same call.</exception>
    Task ForgetAsync(string token, string key, CancellationToken cancellationToken);

    /// <summary>Removes a customer with all he kept there; nothing when he is gone already.</summary>
    /// <param name="customer">The provider's id of the customer.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OutcomeUnknownException">Repeat the same call.</exception>
    Task ForgetCustomerAsync(string customer, CancellationToken cancellationToken);
}
