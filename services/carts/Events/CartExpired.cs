using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Carts.Events;

/// <summary><c>cart.expired.v1</c>: a cart with something in it was not changed for so long that it is gone.</summary>
/// <param name="CartId">The cart.</param>
/// <param name="CustomerId">Whose it was.</param>
/// <param name="IsGuests">Whether its owner had not signed in.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Lines">What was in it.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="At">When it expired.</param>
public sealed record CartExpired(
    string CartId,
    string CustomerId,
    bool IsGuests,
    string Currency,
    IReadOnlyList<CartEventLine> Lines,
    DateTimeOffset UpdatedAt,
    DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "cart.expired.v1";

    /// <summary>Topic of everything that happens to carts.</summary>
    public const string Topic = "carts";

    /// <summary>The event of a cart, to be published once the cart is gone.</summary>
    public static PendingEvent Pending(Cart cart, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(cart);
        return PendingEvent.Create(
            $"{cart.Id}:expired",
            Type,
            Topic,
            cart.Id,
            new CartExpired(
                cart.Id, cart.Owner, cart.IsGuests, cart.Currency,
                [.. cart.Items.Select(item => new CartEventLine(item.Sku, item.Quantity))], cart.UpdatedAt, now),
            CartsJson.Default.CartExpired);
    }
}

/// <summary>A line of a cart in its events.</summary>
/// <param name="Sku">The product.</param>
/// <param name="Quantity">Units.</param>
public sealed record CartEventLine(string Sku, int Quantity);
