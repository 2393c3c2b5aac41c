using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>The policies of the resiliency files at work.</summary>
internal sealed class ResiliencyMetrics
{
    private static readonly string[] Labels = ["flow_direction", "name", "namespace", "policy", "status", "target"];

    private readonly string _namespace;
    private readonly Family<Counter.Child> _loaded;
    private readonly Family<Counter.Child> _executed;
    private readonly Family<Counter.Child> _activated;
    private readonly Family<Gauge.Child> _breakers;

    public ResiliencyMetrics(Instruments instruments, string @namespace)
    {
        _namespace = @namespace;
        _loaded = instruments.Counter("dapr_resiliency_loaded", "Number of resiliency policies loaded.", "name", "namespace");
        _executed = instruments.Counter("dapr_resiliency_count", "Number of times a resiliency policyKey has been applied to a building block.", Labels);
        _activated = instruments.Counter(
            "dapr_resiliency_activations_total",
            "Number of times a resiliency policyKey has been activated in a building block after a failure or after a state change.",
            Labels);
        _breakers = instruments.Gauge(
            "dapr_resiliency_cb_state",
            "A resiliency policy's current CircuitBreakerState state. 0 is closed, 1 is half-open, 2 is open, and -1 is unknown.",
            Labels);
    }

    /// <summary>Notes a resiliency file.</summary>
    public void Loaded(string name) => _loaded.Of(name, _namespace).Inc();

    /// <summary>The policies of one target.</summary>
    /// <param name="name">Name of the resiliency resource.</param>
    /// <param name="direction"><c>outbound</c> or <c>inbound</c>.</param>
    /// <param name="target">Such as <c>app_orders</c>, <c>actor_Cart</c>, <c>statestore_store</c>.</param>
    public PolicyMetrics Of(string name, string direction, string target)
    {
        string[] Values(string policy, string status) => [direction, name, _namespace, policy, status, target];
        return new PolicyMetrics(
            (policy, status) => _executed.Of(Values(policy, status)),
            (policy, status) => _activated.Of(Values(policy, status)),
            state => _breakers.Of(Values(PolicyMetrics.Breaker, state)));
    }
}

/// <summary>The policies of one target at work.</summary>
internal sealed class PolicyMetrics(
    Func<string, string, Counter.Child> executed, Func<string, string, Counter.Child> activated, Func<string, Gauge.Child> state)
{
    /// <summary>Circuit breakers.</summary>
    public const string Breaker = "circuitbreaker";

    private const string Retry = "retry";
    private const string Timeout = "timeout";
    private static readonly string[] States = ["closed", "half-open", "open", "unknown"];

    private readonly SeriesCache<(string Policy, string Status), Counter.Child> _executed = new(key => executed(key.Policy, key.Status));
    private readonly SeriesCache<(string Policy, string Status), Counter.Child> _activated = new(key => activated(key.Policy, key.Status));

    /// <summary>Notes a call under the policies.</summary>
    public void Executed(bool hasTimeout, bool hasRetry, string? breakerState)
    {
        if (hasTimeout)
            _executed[(Timeout, "")].Inc();
        if (hasRetry)
            _executed[(Retry, "")].Inc();
        if (breakerState is not null)
            _executed[(Breaker, breakerState)].Inc();
    }

    /// <summary>Notes a try that took too long.</summary>
    public void TimedOut() => _activated[(Timeout, "")].Inc();

    /// <summary>Notes that a call is tried again.</summary>
    public void Retried() => _activated[(Retry, "")].Inc();

    /// <summary>Notes the state of the circuit breaker.</summary>
    /// <param name="current">Its state.</param>
    /// <param name="changed">Whether it has just come into it.</param>
    public void InState(string current, bool changed)
    {
        foreach (var each in States)
            state(each).Set(each == current ? 1 : 0);
        if (changed)
            _activated[(Breaker, current)].Inc();
    }
}
