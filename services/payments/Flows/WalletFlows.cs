using System.Security.Cryptography;
using System.Text;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Errors;

namespace NexusCart.Payments.Flows;

/// <summary>
/// Saved payment methods. A customer sees and names them by ids of ours, which are good for nobody else; the provider's tokens
/// stay here. All of it may be repeated: ids and keys come from the customer and the token.
/// </summary>
public sealed class WalletFlows(IWallets wallets, IPaymentWallet? provider = null)
{
    /// <summary>A customer's methods, oldest first.</summary>
    public async Task<IReadOnlyList<SavedMethod>> ListAsync(string customerId, CancellationToken cancellationToken) =>
        (await wallets.ReadAsync(customerId, cancellationToken)).Methods;

    /// <summary>Keeps a method; the same token again is the same method.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: the wallet is full. PERMISSION_DENIED: the account was erased.</exception>
    /// <exception cref="ProviderRefusedException">The provider does not keep it.</exception>
    public async Task<SavedMethod> SaveAsync(string customerId, string token, CancellationToken cancellationToken)
    {
        if (provider is null)
            throw Refusal.Precondition("wallet_not_offered", "No provider of this shop keeps payment methods.");
        var id = IdOf(customerId, token);
        var wallet = await wallets.ReadAsync(customerId, cancellationToken);
        if (wallet.IsClosed)
            throw Closed;
        if (wallet.Find(id) is { } known)
            return known;
        if (wallet.Methods.Count >= Wallet.MostMethods)
            throw Refusal.Precondition("wallet_full", $"A customer keeps {Wallet.MostMethods} payment methods at most; remove one first.");
        var customer = wallet.ProviderCustomer ?? await provider.CustomerAsync(customerId, $"wallet/{Digest(customerId)}/customer", cancellationToken);
        var kept = await provider.KeepAsync(token, customer, $"wallet/{id}/attach/{wallet.Removals}", cancellationToken);
        var saved = await wallets.KeepAsync(customerId, new KeepMethod(customer, kept with { Id = id }), CancellationToken.None);
        if (saved.IsClosed)
        {
            // Closed while the provider was asked: what it has by now goes, too.
            await provider.ForgetAsync(kept.Token, $"wallet/{id}/detach/{kept.Token}", cancellationToken);
            await provider.ForgetCustomerAsync(customer, cancellationToken);
            throw Closed;
        }

        return saved.Find(id) ?? throw Refusal.Precondition("wallet_full", $"A customer keeps {Wallet.MostMethods} payment methods at most; remove one first.");
    }

    /// <summary>Forgets a method, at the provider first; false when the customer has no such.</summary>
    public async Task<bool> DeleteAsync(string customerId, string methodId, CancellationToken cancellationToken)
    {
        if ((await wallets.ReadAsync(customerId, cancellationToken)).Find(methodId) is not { } method)
            return false;
        if (provider is not null)
            await provider.ForgetAsync(method.Token, $"wallet/{methodId}/detach/{method.Token}", cancellationToken);
        await wallets.ForgetAsync(customerId, methodId, CancellationToken.None);
        return true;
    }

    /// <summary>Drops all a customer kept, at the provider first, and keeps nothing for him any more.</summary>
    /// <exception cref="OutcomeUnknownException">Repeat it.</exception>
    public async Task EraseAsync(string customerId, CancellationToken cancellationToken)
    {
        var wallet = await wallets.CloseAsync(customerId, cancellationToken);
        foreach (var method in wallet.Methods)
            await DeleteAsync(customerId, method.Id, cancellationToken);
        if (wallet.ProviderCustomer is not { } customer)
            return;
        if (provider is not null)
            await provider.ForgetCustomerAsync(customer, cancellationToken);
        await wallets.ForgetCustomerAsync(customerId, CancellationToken.None);
    }

    /// <summary>What a customer's saved method is at its provider; null when he has no such.</summary>
    public async Task<Instrument?> ResolveAsync(string customerId, string methodId, CancellationToken cancellationToken)
    {
        var wallet = await wallets.ReadAsync(customerId, cancellationToken);
        return wallet.Find(methodId) is { } method && wallet.ProviderCustomer is { } customer ? new Instrument(method.Token, customer) : null;
    }

    private static Grpc.Core.RpcException Closed => Refusal.Forbidden("The account was erased.");

    private static string IdOf(string customerId, string token) => Wallet.Prefix + Digest($"{customerId}\n{token}");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
