namespace NexusCart.Promotions;

/// <summary>Configuration section <c>FlashSales</c>.</summary>
public sealed class FlashSaleOptions
{
    /// <summary>Most claims that travel to a sale in one call; 1 to 4,096.</summary>
    public int BatchSize { get; set; } = 512;

    /// <summary>Most claims that wait for one sale at a replica; one more is told to come again.</summary>
    public int MaxQueued { get; set; } = 16_384;

    /// <summary>How long a ticket is good for once its turn has come.</summary>
    public TimeSpan TicketTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Customers whose turn a replica remembers, over all sales.</summary>
    public int RememberedTurns { get; set; } = 200_000;

    /// <summary>How old the news of a sale may be before a replica asks for it.</summary>
    public TimeSpan NewsAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Deadline of one turn, calls to stock included.</summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Deadline of one call to a sale.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of one publish.</summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
