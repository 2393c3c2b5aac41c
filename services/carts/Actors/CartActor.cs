using Dapr.Actors.Runtime;
using NexusCart.Carts.Domain;

namespace NexusCart.Carts.Actors;

/// <summary>One cart: loads, lets <see cref="Cart"/> decide, saves. State key: <c>cart</c>.</summary>
public sealed class CartActor(ActorHost host, CartsOptions options, TimeProvider time)
    : ExpiringActor<Cart>(host, options.IdleLifetime, time), ICartActor
{
    /// <inheritdoc/>
    protected override string StateKey => "cart";

    /// <inheritdoc/>
    public async Task<CartAnswer> OpenAsync(OpenCart request)
    {
        var cart = await LoadAsync();
        if (cart is null)
        {
            cart = Cart.Open(Id.GetId(), request.Owner, request.Currency, Now);
            await StoreAsync(cart, isNew: true);
        }

        return cart.Owner == request.Owner ? Done(cart) : NotFound;
    }

    /// <inheritdoc/>
    public async Task<CartAnswer> ReadAsync(ReadCart request)
    {
        var cart = await LoadAsync();
        return cart?.Owner == request.Owner ? Done(cart) : NotFound;
    }

    /// <inheritdoc/>
    public async Task<CartAnswer> ChangeAsync(ChangeLine request)
    {
        if (await LoadAsync() is not { } cart || cart.Owner != request.Owner)
            return NotFound;
        var repeated = cart.FindChange(request.Line.Key) is not null;
        var verdict = cart.Change(request.Line, Now, out var next);
        if (verdict is not CartVerdict.Done)
            return new CartAnswer(verdict);
        if (!repeated)
            await StoreAsync(next, isNew: false);
        return Done(next);
    }

    /// <inheritdoc/>
    public async Task TakeOutAsync(TakeOutBought request)
    {
        if (await LoadAsync() is not { } cart)
            return;
        var next = cart.TakeOut(request.OrderId, request.Items, Now);
        if (!ReferenceEquals(next, cart))
            await StoreAsync(next, isNew: false);
    }

    /// <inheritdoc/>
    protected override DateTimeOffset ChangedAt(Cart state) => state.UpdatedAt;

    private static CartAnswer NotFound { get; } = new(CartVerdict.NotFound);

    private static CartAnswer Done(Cart cart) =>
        new(CartVerdict.Done, new CartView(cart.Id, cart.Currency, cart.Items, cart.Version, cart.UpdatedAt));
}
