using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>Policies that apply by their name to every target without an entry of its own.</summary>
internal sealed class DefaultPolicies(ResiliencySpec spec)
{
    /// <summary>For apps.</summary>
    public PolicyNames App() => Find("App");

    /// <summary>For actors.</summary>
    public PolicyNames Actor() => Find("Actor") with { CircuitBreakerScope = "type" };

    /// <summary>For components of a kind, by direction.</summary>
    public PolicyNames Component(ComponentKind kind, string direction) =>
        Find($"{kind}Component{direction}", $"Component{direction}", "Component");

    // From specific to general; the empty name is for everything.
    private PolicyNames Find(params string[] scopes) => new(
        First(scopes, "TimeoutPolicy", spec.Timeouts.ContainsKey),
        First(scopes, "RetryPolicy", spec.Retries.ContainsKey),
        First(scopes, "CircuitBreakerPolicy", spec.CircuitBreakers.ContainsKey));

    private static string? First(string[] scopes, string suffix, Func<string, bool> exists) =>
        scopes.Append("").Select(scope => $"Default{scope}{suffix}").FirstOrDefault(exists);
}
