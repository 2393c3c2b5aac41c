namespace NexusCart.Sidecar.Workflows.Turns;

/// <summary>A turn asked for something that is not done; the turn is tried again each second, as on daprd.</summary>
/// <param name="action">The action.</param>
internal sealed class UnsupportedActionException(string action)
    : Exception($"the workflow action {action} is not supported");
