using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>What reminders and timers have in common: whose they are and when they call.</summary>
public abstract record ActorCallbackRequest
{
    /// <summary>Actor type.</summary>
    public required string Type { get; init; }

    /// <summary>Actor id.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the reminder or timer.</summary>
    public required string Name { get; init; }

    /// <summary>The first call, as <see cref="DaprTime.TryParsePoint"/> reads it; empty: a timer calls at once, a reminder after a period.</summary>
    public string DueTime { get; init; } = "";

    /// <summary>Time between calls, as <see cref="DaprTime.TryParsePeriod"/> reads it (a reminder without days and above); empty for one call.</summary>
    public string Period { get; init; } = "";

    /// <summary>When it ends, counted from the first call; empty for never. That of a reminder needs a period.</summary>
    public string Ttl { get; init; } = "";

    /// <summary>JSON that goes with each call; null for none.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }
}
