namespace NexusCart.Sidecar.Resources;

/// <summary>A retry policy.</summary>
/// <param name="Exponential">Exponential rather than constant waiting.</param>
/// <param name="Duration">Wait between two tries when constant.</param>
/// <param name="MaxInterval">Longest wait when exponential.</param>
/// <param name="MaxRetries">Tries after the first; -1 for no limit.</param>
/// <param name="HttpStatusCodes">HTTP codes that may be retried; null for all failures.</param>
/// <param name="GrpcStatusCodes">gRPC codes that may be retried; null for all failures.</param>
public sealed record RetrySpec(
    bool Exponential,
    TimeSpan Duration,
    TimeSpan MaxInterval,
    int MaxRetries,
    CodeRanges? HttpStatusCodes = null,
    CodeRanges? GrpcStatusCodes = null);

/// <summary>A circuit breaker policy.</summary>
/// <param name="MaxRequests">Calls let through while half open.</param>
/// <param name="Interval">After how long counts start anew while closed; zero for never.</param>
/// <param name="Timeout">How long it stays open.</param>
/// <param name="Trip">The condition that opens it.</param>
public sealed record CircuitBreakerSpec(int MaxRequests, TimeSpan Interval, TimeSpan Timeout, string Trip);

/// <summary>The policies one target asks for, by name; null where it asks for none.</summary>
public sealed record PolicyNames(string? Timeout, string? Retry, string? CircuitBreaker)
{
    /// <summary>For actors: <c>type</c>, <c>id</c> or <c>both</c>.</summary>
    public string? CircuitBreakerScope { get; init; }
}

/// <summary>The policies of a component, by direction.</summary>
public sealed record ComponentPolicyNames(PolicyNames? Inbound, PolicyNames? Outbound);

/// <summary>The resiliency files of one sidecar, merged.</summary>
public sealed record ResiliencySpec
{
    /// <summary>No file at all.</summary>
    public static readonly ResiliencySpec Empty = new();

    /// <summary>Names of the merged resources.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Timeouts by name.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Timeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Retries by name.</summary>
    public IReadOnlyDictionary<string, RetrySpec> Retries { get; init; } = new Dictionary<string, RetrySpec>();

    /// <summary>Circuit breakers by name.</summary>
    public IReadOnlyDictionary<string, CircuitBreakerSpec> CircuitBreakers { get; init; } = new Dictionary<string, CircuitBreakerSpec>();

    /// <summary>Targets by app id.</summary>
    public IReadOnlyDictionary<string, PolicyNames> Apps { get; init; } = new Dictionary<string, PolicyNames>();

    /// <summary>Targets by actor type.</summary>
    public IReadOnlyDictionary<string, PolicyNames> Actors { get; init; } = new Dictionary<string, PolicyNames>();

    /// <summary>Targets by component name.</summary>
    public IReadOnlyDictionary<string, ComponentPolicyNames> Components { get; init; } = new Dictionary<string, ComponentPolicyNames>();
}

/// <summary>Codes such as <c>429,500-599</c>.</summary>
public sealed class CodeRanges
{
    private readonly List<(int From, int To)> _ranges = [];

    private CodeRanges(string text) => Text = text;

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Reads a comma separated list of codes and ranges within the given bounds.</summary>
    /// <exception cref="FormatException">A part is no code or out of bounds.</exception>
    public static CodeRanges Parse(string text, int lowest, int highest)
    {
        var codes = new CodeRanges(text);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var first = dash < 0 ? part : part[..dash];
            var last = dash < 0 ? part : part[(dash + 1)..];
            if (!int.TryParse(first, out var from) || !int.TryParse(last, out var to) || from < lowest || to > highest || from > to)
                throw new FormatException($"'{part}' is no code or range of codes from {lowest} to {highest}");
            codes._ranges.Add((from, to));
        }

        return codes;
    }

    /// <summary>Whether the code is in one of the ranges.</summary>
    public bool Contains(int code) => _ranges.Exists(range => code >= range.From && code <= range.To);
}
