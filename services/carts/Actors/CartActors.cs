using System.Security.Cryptography;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Carts.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Carts.Actors;

/// <summary>Calls cart actors, with a deadline.</summary>
public sealed class CartActors(IActorProxyFactory proxies, CartsOptions options, ILogger<CartActors> logger)
{
    /// <summary>Makes a cart, unless it is there.</summary>
    public Task<CartAnswer> OpenAsync(string cartId, OpenCart request, CancellationToken cancellationToken) =>
        CallAsync<OpenCart, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.OpenAsync), request, cancellationToken);

    /// <summary>Reads a cart.</summary>
    public Task<CartAnswer> ReadAsync(string cartId, ReadCart request, CancellationToken cancellationToken) =>
        CallAsync<ReadCart, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.ReadAsync), request, cancellationToken);

    /// <summary>Changes a line.</summary>
    public Task<CartAnswer> ChangeAsync(string cartId, ChangeLine request, CancellationToken cancellationToken) =>
        CallAsync<ChangeLine, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.ChangeAsync), request, cancellationToken);

    /// <summary>Changes a coupon.</summary>
    public Task<CartAnswer> ChangeCouponAsync(string cartId, ChangeCoupon request, CancellationToken cancellationToken) =>
        CallAsync<ChangeCoupon, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.ChangeCouponAsync), request, cancellationToken);

    /// <summary>Changes the currency.</summary>
    public Task<CartAnswer> ChangeCurrencyAsync(string cartId, ChangeCurrency request, CancellationToken cancellationToken) =>
        CallAsync<ChangeCurrency, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.ChangeCurrencyAsync), request, cancellationToken);

    /// <summary>Settles notices.</summary>
    public Task<CartAnswer> SettleAsync(string cartId, SettleNotices request, CancellationToken cancellationToken) =>
        CallAsync<SettleNotices, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.SettleAsync), request, cancellationToken);

    /// <summary>What a merge would come to.</summary>
    public Task<CartVerdict> JudgeMergeAsync(string cartId, JudgeMerge request, CancellationToken cancellationToken) =>
        CallAsync<JudgeMerge, CartVerdict>(cartId, nameof(CartActor), nameof(ICartActor.JudgeMergeAsync), request, cancellationToken);

    /// <summary>Takes a guest's goods in.</summary>
    public Task<CartAnswer> TakeInAsync(string cartId, TakeIn request, CancellationToken cancellationToken) =>
        CallAsync<TakeIn, CartAnswer>(cartId, nameof(CartActor), nameof(ICartActor.TakeInAsync), request, cancellationToken);

    /// <summary>Ends a guest's cart.</summary>
    public Task<GoodsAnswer> GiveAwayAsync(string cartId, GiveAway request, CancellationToken cancellationToken) =>
        CallAsync<GiveAway, GoodsAnswer>(cartId, nameof(CartActor), nameof(ICartActor.GiveAwayAsync), request, cancellationToken);

    /// <summary>Takes bought units out; gives the cart they have moved to, or nothing.</summary>
    public Task<string> TakeOutAsync(string cartId, TakeOutBought request, CancellationToken cancellationToken) =>
        CallAsync<TakeOutBought, string>(cartId, nameof(CartActor), nameof(ICartActor.TakeOutAsync), request, cancellationToken);

    /// <summary>The id of the owner's cart of a key.</summary>
    public Task<CartOfKey> MakeAsync(string owner, MakeCart request, CancellationToken cancellationToken) =>
        CallAsync<MakeCart, CartOfKey>(IdOf(owner), nameof(CartOwnerActor), nameof(ICartOwnerActor.MakeAsync), request, cancellationToken);

    /// <summary>The ids of an owner's carts that may still be there, oldest first.</summary>
    public Task<List<string>> ListAsync(string owner, CancellationToken cancellationToken) => GuardAsync(
        IdOf(owner), token => Proxy(IdOf(owner), nameof(CartOwnerActor)).InvokeMethodAsync<List<string>>(nameof(ICartOwnerActor.ListAsync), token), cancellationToken);

    /// <summary>Drops an erased owner's carts, for good.</summary>
    public Task EraseAsync(string owner, CancellationToken cancellationToken) => GuardAsync(
        IdOf(owner),
        async token =>
        {
            await Proxy(IdOf(owner), nameof(CartOwnerActor)).InvokeMethodAsync(nameof(ICartOwnerActor.EraseAsync), token);
            return true;
        },
        cancellationToken);

    // An owner's name may hold anything; an actor's id becomes part of a URL.
    private static string IdOf(string owner) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)));

    private Task<TAnswer> CallAsync<TRequest, TAnswer>(
        string id, string type, string method, TRequest request, CancellationToken cancellationToken) =>
        GuardAsync(id, token => Proxy(id, type).InvokeMethodAsync<TRequest, TAnswer>(method, request, token), cancellationToken);

    private ActorProxy Proxy(string id, string type) => proxies.Create(new ActorId(id), type);

    private async Task<T> GuardAsync<T>(string id, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.CallTimeout);
        try
        {
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(failure, "Cart actor {ActorId} did not answer", id);
            throw Refusal.Unavailable("The cart did not answer; the outcome is unknown. Repeat with the same Idempotency-Key.");
        }
    }
}
