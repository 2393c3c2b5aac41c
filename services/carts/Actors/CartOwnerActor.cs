using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using NexusCart.Carts.Domain;

namespace NexusCart.Carts.Actors;

/// <summary>
/// Makes one cart per idempotency key of its owner, and knows which of his carts may still be there. State key: <c>ledger</c>. It goes once
/// no cart is left.
/// </summary>
public sealed class CartOwnerActor(ActorHost host, CartsOptions options, TimeProvider time, IActorProxyFactory proxies)
    : ExpiringActor<CartLedger>(host, time), ICartOwnerActor
{
    /// <inheritdoc/>
    protected override string StateKey => "ledger";

    /// <inheritdoc/>
    public async Task<CartOfKey> MakeAsync(MakeCart request)
    {
        // Also when its time is over: a cart that was made then and used since is still there.
        var stored = await PeekAsync();
        var ledger = stored ?? CartLedger.Empty;
        var verdict = ledger.Make(request.Key, request.BodyHash, request.NewId, Now, out var cartId, out var next);
        if (ReferenceEquals(next, ledger))
            return new CartOfKey(verdict, cartId);
        // The oldest ends before it is forgotten: nothing is left that nobody finds.
        foreach (var oldest in ledger.Carts.Except(next.Carts))
            await EndAsync(oldest);
        await StoreAsync(next, isNew: stored is null);
        return new CartOfKey(verdict, cartId);
    }

    /// <inheritdoc/>
    public async Task<List<string>> ListAsync() => [.. (await PeekAsync())?.Carts ?? []];

    /// <inheritdoc/>
    public async Task EraseAsync()
    {
        var stored = await PeekAsync();
        var ledger = (stored ?? CartLedger.Empty).Erase(Now);
        // From here on no cart is made; those there are stay known until all of them have gone.
        if (ledger != stored)
            await StoreAsync(ledger, isNew: stored is null);
        foreach (var cartId in ledger.Carts)
        {
            foreach (var guests in await EndAsync(cartId))
                await EndAsync(guests);
        }

        if (ledger.Carts.Count > 0)
            await StoreAsync(ledger with { Carts = [] }, isNew: false);
    }

    /// <inheritdoc/>
    public override async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (await PeekAsync() is { IsErased: false, Carts.Count: > 0 } ledger && await LoadAsync() is null)
        {
            var alive = new List<string>();
            foreach (var cartId in ledger.Carts)
            {
                if (await Cart(cartId).InvokeMethodAsync<bool>(nameof(ICartActor.IsThereAsync)))
                    alive.Add(cartId);
            }

            if (alive.Count > 0)
                await StoreAsync(ledger with { Carts = alive, UpdatedAt = Now }, isNew: false);
        }

        await base.ReceiveReminderAsync(reminderName, state, dueTime, period);
    }

    /// <inheritdoc/>
    protected override TimeSpan LifetimeOf(CartLedger state) => state.IsErased ? options.GuestLifetime : options.CustomerLifetime;

    /// <inheritdoc/>
    protected override DateTimeOffset ChangedAt(CartLedger state) => state.UpdatedAt;

    private Task<List<string>> EndAsync(string cartId) => Cart(cartId).InvokeMethodAsync<List<string>>(nameof(ICartActor.EraseAsync));

    private ActorProxy Cart(string cartId) => proxies.Create(new ActorId(cartId), nameof(CartActor));
}
