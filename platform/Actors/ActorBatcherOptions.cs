namespace NexusCart.Platform.Actors;

/// <summary>Bounds of an <see cref="ActorBatcher{TRequest,TResult}"/>.</summary>
public sealed class ActorBatcherOptions
{
    /// <summary>Most requests that leave in one call; 1 or more.</summary>
    public int MaxBatchSize { get; init; } = 256;

    /// <summary>
    /// Most weight that leaves in one call, in the unit of the batcher's weigher (lines, bytes). A single heavier
    /// request still leaves, alone. Messages above 4 MiB are refused along the way, so weigh what can be large.
    /// </summary>
    public long MaxBatchWeight { get; init; } = long.MaxValue;

    /// <summary>Most requests that wait for one actor; one more is refused with ResourceExhausted.</summary>
    public int MaxQueued { get; init; } = 4096;

    /// <summary>Deadline of one call to the actor. When it passes the outcome is unknown.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
