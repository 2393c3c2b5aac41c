namespace NexusCart.Orders.Domain;

/// <summary>What became of a request to change an order: the order as it is then, or why not.</summary>
/// <param name="Order">The changed order; the same one when there was nothing to change.</param>
/// <param name="Denied">Why it was not changed.</param>
public sealed record OrderChange(Order Order, Denial? Denied = null);

/// <summary>Why an order does not allow something.</summary>
/// <param name="Reason">Machine-readable: "not_shippable"; <see cref="KeyReused"/> and <see cref="NotFound"/> mean something of their own.</param>
/// <param name="Detail">For people, naming the field.</param>
public sealed record Denial(string Reason, string Detail)
{
    /// <summary>The reason of a key that was used before with another body.</summary>
    public const string KeyReused = "idempotency_key_reused";

    /// <summary>The reason where there is no such shipment, return or task; the detail says which.</summary>
    public const string NotFound = "not_found";
}
