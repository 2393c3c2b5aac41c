using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Carts.Events;

/// <summary>
/// <c>cart.abandoned.v1</c>: a cart with something in it was not changed for a while (<c>Carts:AbandonedAfter</c>). Told once until the cart
/// changes again. The shop itself writes to nobody because of it: whether the customer agreed to be reminded is for the receiver to know.
/// </summary>
/// <param name="CartId">The cart.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="IsGuests">Whether its owner has not signed in.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Lines">What is in it.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="At">When it was noticed.</param>
public sealed record CartAbandoned(
    string CartId,
    string CustomerId,
    bool IsGuests,
    string Currency,
    IReadOnlyList<CartEventLine> Lines,
    DateTimeOffset UpdatedAt,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "cart.abandoned.v1";

    /// <summary>The event of a cart. Its id is that of the quiet period.</summary>
    public static PendingEvent Pending(Cart cart, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(cart);
        return PendingEvent.Create(
            string.Create(null, $"{cart.Id}:{cart.Version}:abandoned"),
            Type,
            CartExpired.Topic,
            cart.Id,
            new CartAbandoned(
                cart.Id, cart.Owner, cart.IsGuests, cart.Currency,
                [.. cart.Items.Select(item => new CartEventLine(item.Sku, item.Quantity))], cart.UpdatedAt, now),
            CartsJson.Default.CartAbandoned);
    }
}
