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

    /// <summary>Adds a method, unless it is there or the wallet is full.</summary>
    Task<Wallet> KeepAsync(KeepMethod keep);

    /// <summary>Forgets a method.</summary>
    Task<Wallet> ForgetAsync(string methodId);
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
        if (wallet.Methods.Count >= Wallet.MostMethods || wallet.Methods.Any(method => method.Id == keep.Method.Id))
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

    private Task<Wallet> SaveAsync(Wallet wallet) => StateManager.CommitAsync(StateKey, wallet);
}
