namespace NexusCart.Bench.Scenarios;

/// <summary>Where the claims of a flash sale arrive.</summary>
public enum SaleDoor
{
    /// <summary>At the service's own port, by gRPC.</summary>
    Service,

    /// <summary>At the gateway, by gRPC: through its admission, its sidecar and that of the service.</summary>
    Gateway,

    /// <summary>At the gateway, by HTTP/1.1 and JSON, as browsers come.</summary>
    Http,
}

/// <summary>What is killed (-9) in the middle of a flash sale.</summary>
public enum SaleVictim
{
    /// <summary>The promotions service.</summary>
    Promotions,

    /// <summary>Every sidecar; the apps they leave behind are ended when they come back.</summary>
    Sidecar,

    /// <summary>The servers of the profile.</summary>
    Servers,
}

/// <summary>How large a flash sale is and what goes wrong in it.</summary>
/// <param name="Units">Units of the sale.</param>
/// <param name="Customers">Customers who want one each.</param>
public sealed record FlashSalePlan(int Units, int Customers)
{
    /// <summary>Claims under way at once.</summary>
    public int InFlight { get; init; } = 256;

    /// <summary>Winners who check out; of the others every second gives his claim up, and the rest expires.</summary>
    public int Checkouts { get; init; } = 400;

    /// <summary>How long a claim waits for its checkout, in seconds: 10 to 3,600.</summary>
    public int ClaimSeconds { get; init; } = 120;

    /// <summary>Where claims arrive.</summary>
    public SaleDoor Door { get; init; }

    /// <summary>What is killed, one after the other; the claims, or the checkouts, are divided evenly by it.</summary>
    public IReadOnlyList<SaleVictim> Victims { get; init; } = [];

    /// <summary>Whether the killing is done among the checkouts; else among the claims.</summary>
    public bool KillsCheckouts { get; init; }

    /// <summary>A small sale of the same kind, to warm the shop up.</summary>
    public FlashSalePlan WarmUp() => this with { Units = 200, Customers = 10_000, Checkouts = 200, Victims = [] };
}
