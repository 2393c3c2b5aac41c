namespace NexusCart.Sidecar.Scheduling;

/// <summary>What happens to a run that fails.</summary>
/// <param name="Interval">Time between attempts.</param>
/// <param name="MaxRetries">Attempts after the first; null for no end, 0 to give the run up at once.</param>
public sealed record FailurePolicy(TimeSpan Interval, long? MaxRetries)
{
    /// <summary>Three more attempts, a second apart; then the run is given up and the next one waited for.</summary>
    public static FailurePolicy Default { get; } = new(TimeSpan.FromSeconds(1), 3);

    /// <summary>No further attempt.</summary>
    public static FailurePolicy Drop { get; } = new(TimeSpan.Zero, 0);
}
