using System.Security.Cryptography;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Actors;

/// <summary>One customer's wallet; the actor's id is the digest of the customer's.</summary>
public interface IWalletActor : IActor
{
    /// <summary>The wallet.</summary>
    Task<Wallet> ReadAsync();

    /// <summary>Adds a method, unless it is there, or the wallet is full or closed.</summary>
    Task<Wallet> KeepAsync(KeepMethod keep);

    /// <summary>Forgets a method.</summary>
    Task<Wallet> ForgetAsync(string methodId);

    /// <summary>Its customer's account was erased: no method is added any more.</summary>
    Task<Wallet> CloseAsync();

    /// <summary>Forgets the provider's id of the customer.</summary>
    Task<Wallet> ForgetCustomerAsync();
}

/// <summary>Which payment methods a customer keeps. State key: <c>wallet</c>.</summary>
public sealed class WalletActor(ActorHost host) : Actor(host), IWalletActor
{
    private const string StateKey = "wallet";

    /// <summary>The actor's id of a customer.</summary>
    public static string IdOf(string customerId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(customerId)));

    /// <inheritdoc/>
    public async Task<Wallet> ReadAsync() => await StateManager.FindAsync<Wallet>(StateKey) ?? new Wallet();

    /// <inheritdoc/>
    public async Task<Wallet> KeepAsync(KeepMethod keep)
    {
        ArgumentNullException.ThrowIfNull(keep);
        var wallet = await ReadAsync();
        if (wallet.IsClosed || wallet.Methods.Count >= Wallet.MostMethods || wallet.Methods.Any(method => method.Id == keep.Method.Id))
            return wallet;
        return await SaveAsync(wallet with { ProviderCustomer = wallet.ProviderCustomer ?? keep.ProviderCustomer, Methods = [.. wallet.Methods, keep.Method] });
    }

    /// <inheritdoc/>
    public async Task<Wallet> ForgetAsync(string methodId)
    {
        var wallet = await ReadAsync();
        return wallet.Find(methodId) is null
            ? wallet
            : await SaveAsync(wallet with { Removals = wallet.Removals + 1, Methods = [.. wallet.Methods.Where(method => method.Id != methodId)] });
    }

    /// <inheritdoc/>
    public async Task<Wallet> CloseAsync()
    {
        var wallet = await ReadAsync();
        return wallet.IsClosed ? wallet : await SaveAsync(wallet with { IsClosed = true });
    }

    /// <inheritdoc/>
    public async Task<Wallet> ForgetCustomerAsync()
    {
        var wallet = await ReadAsync();
        return wallet.ProviderCustomer is null ? wallet : await SaveAsync(wallet with { ProviderCustomer = null });
    }

    private Task<Wallet> SaveAsync(Wallet wallet) => StateManager.CommitAsync(StateKey, wallet);
}
