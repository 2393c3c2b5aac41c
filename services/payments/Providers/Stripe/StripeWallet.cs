using NexusCart.Payments.Domain;
using Stripe;

namespace NexusCart.Payments.Providers.Stripe;

/// <summary>Stripe's customers and their cards.</summary>
public sealed class StripeWallet(IStripeClient client, StripePipeline pipeline, TimeProvider time) : IPaymentWallet
{
    private const string CustomerIdKey = "customer_id";

    private readonly CustomerService _customers = new(client);
    private readonly PaymentMethodService _methods = new(client);

    /// <inheritdoc/>
    public async Task<string> CustomerAsync(string customerId, string key, CancellationToken cancellationToken)
    {
        var create = new CustomerCreateOptions { Metadata = new() { [CustomerIdKey] = customerId } };
        try
        {
            return (await pipeline.CallAsync("customers.create", token => _customers.CreateAsync(create, Keyed(key), token), cancellationToken)).Id;
        }
        catch (StripeException refusal)
        {
            throw new ProviderRefusedException(StripeMapping.ToDecline(refusal.StripeError));
        }
    }

    /// <inheritdoc/>
    public async Task<SavedMethod> KeepAsync(string token, string customer, string key, CancellationToken cancellationToken)
    {
        var attach = new PaymentMethodAttachOptions { Customer = customer };
        try
        {
            var kept = await pipeline.CallAsync(
                "payment_methods.attach", cancel => _methods.AttachAsync(token, attach, Keyed(key), cancel), cancellationToken);
            return new SavedMethod("", ProviderNames.Stripe, token, kept.Id, time.GetUtcNow())
            {
                Brand = kept.Card?.Brand ?? "",
                Last4 = kept.Card?.Last4 ?? "",
                ExpiryMonth = (int)(kept.Card?.ExpMonth ?? 0),
                ExpiryYear = (int)(kept.Card?.ExpYear ?? 0),
            };
        }
        catch (StripeException refusal)
        {
            throw new ProviderRefusedException(StripeMapping.ToDecline(refusal.StripeError));
        }
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(string token, string key, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.CallAsync("payment_methods.detach", cancel => _methods.DetachAsync(token, null, Keyed(key), cancel), cancellationToken);
        }
        catch (StripeException)
        {
            // It is nobody's any more, which is what was asked for.
        }
    }

    /// <inheritdoc/>
    public async Task ForgetCustomerAsync(string customer, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.CallAsync("customers.delete", cancel => _customers.DeleteAsync(customer, null, null, cancel), cancellationToken);
        }
        catch (StripeException)
        {
            // There is no such customer any more, which is what was asked for.
        }
    }

    private static RequestOptions Keyed(string key) => new() { IdempotencyKey = key };
}
