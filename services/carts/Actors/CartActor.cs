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
    public Task<CartAnswer> ChangeAsync(ChangeLine request) =>
        ChangeAsync(request.Owner, request.Line.Key, (Cart cart, out Cart next) => cart.Change(request.Line, Now, out next));

    /// <inheritdoc/>
    public Task<CartAnswer> ChangeCouponAsync(ChangeCoupon request) =>
        ChangeAsync(request.Owner, request.Coupon.Key, (Cart cart, out Cart next) => cart.Change(request.Coupon, Now, out next));

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

    private delegate CartVerdict Verb(Cart cart, out Cart next);

    private async Task<CartAnswer> ChangeAsync(string owner, string key, Verb verb)
    {
        if (await LoadAsync() is not { } cart || cart.Owner != owner)
            return NotFound;
        var repeated = cart.FindChange(key) is not null;
        var verdict = verb(cart, out var next);
        if (verdict is not CartVerdict.Done)
            return new CartAnswer(verdict);
        if (!repeated)
            await StoreAsync(next, isNew: false);
        return Done(next);
    }

    private static CartAnswer NotFound { get; } = new(CartVerdict.NotFound);

    private static CartAnswer Done(Cart cart) =>
        new(CartVerdict.Done, new CartView(cart.Id, cart.Currency, cart.Items, cart.Version, cart.UpdatedAt, cart.CouponCodes));
}
