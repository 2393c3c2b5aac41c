using NexusCart.Sidecar.Cel;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>The expression that opens a circuit breaker, such as <c>consecutiveFailures &gt; 5</c>.</summary>
internal sealed class TripCondition
{
    private readonly CelExpression _expression;

    private TripCondition(CelExpression expression) => _expression = expression;

    /// <summary>Parses the expression.</summary>
    /// <exception cref="CelException">It is malformed.</exception>
    public static TripCondition Parse(string text) => new(CelExpression.Parse(text));

    /// <summary>Whether the breaker must open.</summary>
    public bool IsMet(Counts counts) => _expression.EvaluateBoolean(name => name switch
    {
        "requests" => (long)counts.Requests,
        "totalSuccesses" => (long)counts.TotalSuccesses,
        "totalFailures" => (long)counts.TotalFailures,
        "consecutiveSuccesses" => (long)counts.ConsecutiveSuccesses,
        "consecutiveFailures" => (long)counts.ConsecutiveFailures,
        _ => throw new CelException($"undeclared reference to '{name}'"),
    });
}
