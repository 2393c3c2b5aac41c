namespace NexusCart.Sidecar.Resources;

/// <summary>Reads <c>kind: Resiliency</c>; later files overwrite names of earlier ones.</summary>
internal static class ResiliencyReader
{
    private static readonly TimeSpan DefaultRetryDuration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultMaxInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DefaultBreakerTimeout = TimeSpan.FromSeconds(60);

    public static ResiliencySpec Merge(ResiliencySpec earlier, YamlMap document)
    {
        var spec = document.Map("spec");
        var policies = spec?.Map("policies");
        var targets = spec?.Map("targets");
        return new ResiliencySpec
        {
            Names = [.. earlier.Names, document.Map("metadata")?.Text("name") ?? ""],
            Timeouts = Merge(earlier.Timeouts, policies, "timeouts", (map, name) => Duration(map, name) ?? TimeSpan.Zero),
            Retries = Merge(earlier.Retries, policies, "retries", (map, name) => ReadRetry(map.Map(name)!)),
            CircuitBreakers = Merge(earlier.CircuitBreakers, policies, "circuitBreakers", (map, name) => ReadBreaker(map.Map(name)!)),
            Apps = Merge(earlier.Apps, targets, "apps", (map, name) => ReadNames(map.Map(name))),
            Actors = Merge(earlier.Actors, targets, "actors", (map, name) => ReadNames(map.Map(name))),
            Components = Merge(earlier.Components, targets, "components", (map, name) => ReadComponent(map.Map(name))),
        };
    }

    private static Dictionary<string, T> Merge<T>(
        IReadOnlyDictionary<string, T> earlier, YamlMap? parent, string section, Func<YamlMap, string, T> read)
    {
        var merged = new Dictionary<string, T>(earlier, StringComparer.Ordinal);
        if (parent?.Map(section) is { } map)
        {
            foreach (var (name, _) in map.Keys)
                merged[name] = read(map, name);
        }

        return merged;
    }

    private static RetrySpec ReadRetry(YamlMap retry)
    {
        var matching = retry.Map("matching");
        return new RetrySpec(
            retry.Text("policy")?.ToLowerInvariant() switch
            {
                null or "" or "constant" => false,
                "exponential" => true,
                var other => throw new ResourceException($"{retry.File}:{retry.Line}: retry policy '{other}' is neither constant nor exponential"),
            },
            Duration(retry, "duration") ?? DefaultRetryDuration,
            Duration(retry, "maxInterval") ?? DefaultMaxInterval,
            retry.Number("maxRetries") ?? -1,
            matching?.Text("httpStatusCodes") is { Length: > 0 } http ? CodeRanges.Parse(http, 100, 599) : null,
            matching?.Text("gRPCStatusCodes") is { Length: > 0 } grpc ? CodeRanges.Parse(grpc, 0, 16) : null);
    }

    private static CircuitBreakerSpec ReadBreaker(YamlMap breaker) => new(
        breaker.Number("maxRequests") ?? 1,
        Duration(breaker, "interval") ?? TimeSpan.Zero,
        Duration(breaker, "timeout") ?? DefaultBreakerTimeout,
        breaker.Text("trip") is { Length: > 0 } trip ? trip : "consecutiveFailures > 5");

    private static PolicyNames ReadNames(YamlMap? target) => new(
        Name(target, "timeout"),
        Name(target, "retry"),
        Name(target, "circuitBreaker"))
    {
        CircuitBreakerScope = Name(target, "circuitBreakerScope"),
    };

    private static ComponentPolicyNames ReadComponent(YamlMap? component) => new(
        component?.Map("inbound") is { } inbound ? ReadNames(inbound) : null,
        component?.Map("outbound") is { } outbound ? ReadNames(outbound) : null);

    private static string? Name(YamlMap? map, string key) => map?.Text(key) is { Length: > 0 } name ? name : null;

    // A bare number means milliseconds here, unlike in most other places.
    private static TimeSpan? Duration(YamlMap map, string key) => map.Text(key) switch
    {
        null or "" => null,
        var text when int.TryParse(text, out var milliseconds) => TimeSpan.FromMilliseconds(milliseconds),
        var text when GoDuration.TryParse(text, out var duration) => duration,
        var text => throw new ResourceException($"{map.File}:{map.Line}: '{key}' must be a duration such as 5s, not '{text}'"),
    };
}
