namespace NexusCart.Sidecar.Cel;

/// <summary>An expression that cannot be parsed, or cannot be evaluated for the values given (a member is missing, types do not fit).</summary>
public sealed class CelException(string message) : Exception(message);
