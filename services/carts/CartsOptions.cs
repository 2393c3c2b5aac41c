namespace NexusCart.Carts;

/// <summary>Configuration section <c>Carts</c>.</summary>
public sealed class CartsOptions
{
    /// <summary>A cart nobody changes for so long is gone.</summary>
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a cart stays in memory after its last call.</summary>
    public TimeSpan ActorIdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Deadline of one call to a cart.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
