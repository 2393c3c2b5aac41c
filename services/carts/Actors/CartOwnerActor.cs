using Dapr.Actors.Runtime;
using NexusCart.Carts.Domain;

namespace NexusCart.Carts.Actors;

/// <summary>Makes one cart per idempotency key of its owner. State key: <c>ledger</c>.</summary>
public sealed class CartOwnerActor(ActorHost host, CartsOptions options, TimeProvider time)
    : ExpiringActor<CartLedger>(host, time), ICartOwnerActor
{
    /// <inheritdoc/>
    protected override string StateKey => "ledger";

    /// <inheritdoc/>
    public async Task<CartOfKey> MakeAsync(MakeCart request)
    {
        var stored = await LoadAsync();
        var ledger = stored ?? CartLedger.Empty;
        var verdict = ledger.Make(request.Key, request.BodyHash, request.NewId, Now, out var cartId, out var next);
        if (!ReferenceEquals(next, ledger))
            await StoreAsync(next, isNew: stored is null);
        return new CartOfKey(verdict, cartId);
    }

    /// <inheritdoc/>
    protected override TimeSpan LifetimeOf(CartLedger state) => options.CustomerLifetime;

    /// <inheritdoc/>
    protected override DateTimeOffset ChangedAt(CartLedger state) => state.UpdatedAt;
}
