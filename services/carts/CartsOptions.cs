namespace NexusCart.Carts;

/// <summary>Configuration section <c>Carts</c>.</summary>
public sealed class CartsOptions
{
    /// <summary>A guest's cart that he does not change for so long is gone.</summary>
    public TimeSpan GuestLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A customer's cart that he does not change for so long is gone.</summary>
    public TimeSpan CustomerLifetime { get; set; } = TimeSpan.FromDays(180);

    /// <summary>A cart with something in it that is not changed for so long is told of as abandoned, once until it changes; zero: never.</summary>
    public TimeSpan AbandonedAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a cart stays in memory after its last call.</summary>
    public TimeSpan ActorIdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Deadline of one call to a cart.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a cart that is shown waits for stock and totals; what does not come in time is left out, and said so.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
