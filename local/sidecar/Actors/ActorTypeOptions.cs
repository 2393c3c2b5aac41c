namespace NexusCart.Sidecar.Actors;

/// <summary>How the actors of one type are kept, as the app's <c>/dapr/config</c> says.</summary>
/// <param name="IdleTimeout">Unused for so long, an actor is deactivated.</param>
/// <param name="DrainTimeout">How long a call under way may go on when its actor moves.</param>
/// <param name="Reentrant">Whether calls with the id of a turn under way join it.</param>
/// <param name="MaxStackDepth">How many calls may be in one turn.</param>
public sealed record ActorTypeOptions(TimeSpan IdleTimeout, TimeSpan DrainTimeout, bool Reentrant, int MaxStackDepth)
{
    /// <summary>What holds for whatever the app does not say.</summary>
    public static ActorTypeOptions Default { get; } = new(TimeSpan.FromMinutes(60), TimeSpan.FromSeconds(2), false, 32);
}
