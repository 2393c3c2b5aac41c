using System.Collections.Concurrent;
using NexusCart.Sidecar.Cel;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>Builds the policies of the resiliency files as Polly pipelines, each once.</summary>
internal sealed class ResiliencyPolicies : IResiliencyPolicies
{
    private const string Outwards = "outbound";
    private const string Inwards = "inbound";
    private const int AppBreakers = 100;
    private const int ActorBreakers = 5000;

    private readonly ResiliencySpec _spec;
    private readonly TimeProvider _time;
    private readonly DefaultPolicies _defaults;
    private readonly ResiliencyMetrics? _metrics;
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Component, bool Inbound), ResiliencyPolicy> _components = new();
    private readonly ConcurrentDictionary<string, PolicyCache> _apps = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PolicyCache> _actors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ResiliencyPolicy> _turns = new(StringComparer.Ordinal);

    public ResiliencyPolicies(SidecarResources resources, TimeProvider time, ILogger<ResiliencyPolicies> logger, ResiliencyMetrics? metrics = null)
    {
        _metrics = metrics;
        _spec = resources.Resiliency;
        _time = time;
        _defaults = new DefaultPolicies(_spec);
        foreach (var fault in BrokenBreakers().Concat(MissingPolicies()))
            logger.LogWarning("resiliency: {Fault}", fault);
        foreach (var name in _spec.Names)
            metrics?.Loaded(name);
    }

    public ResiliencyPolicy Outbound(string component, ComponentKind kind) =>
        _components.GetOrAdd((component, false), _ => Build(
            _spec.Components.TryGetValue(component, out var own) && own.Outbound is { } names ? names : _defaults.Component(kind, "Outbound"),
            Outwards,
            TargetOf(component, kind)));

    public ResiliencyPolicy Inbound(string component, ComponentKind kind) =>
        _components.GetOrAdd((component, true), _ => Build(
            _spec.Components.TryGetValue(component, out var own) && own.Inbound is { } names ? names : _defaults.Component(kind, "Inbound"),
            Inwards,
            TargetOf(component, kind)));

    public ResiliencyPolicy App(string appId, string method)
    {
        var cache = _apps.GetOrAdd(appId, id => new PolicyCache(_spec.Apps.GetValueOrDefault(id) ?? _defaults.App(), AppBreakers));
        return cache.Get(cache.Names.CircuitBreaker is null ? "" : method, names => Build(names, Outwards, "app_" + appId));
    }

    public ResiliencyPolicy ActorCall(string actorType, string actorId)
    {
        var cache = _actors.GetOrAdd(actorType, type => new PolicyCache(
            (_spec.Actors.GetValueOrDefault(type) ?? _defaults.Actor()) with { Timeout = null }, ActorBreakers));
        var perActor = cache.Names is { CircuitBreaker: not null, CircuitBreakerScope: "id" or "both" };
        return cache.Get(perActor ? actorId : "", names => Build(names, Outwards, "actor_" + actorType));
    }

    public ResiliencyPolicy ActorTurn(string actorType) =>
        _turns.GetOrAdd(actorType, type => Build(
            (_spec.Actors.GetValueOrDefault(type) ?? _defaults.Actor()) with { Retry = null, CircuitBreaker = null },
            Outwards,
            "actor_" + type));

    private static string TargetOf(string component, ComponentKind kind) => $"{kind.ToString().ToLowerInvariant()}_{component}";

    private ResiliencyPolicy Build(PolicyNames names, string direction, string target)
    {
        var retry = names.Retry is { } retryName ? _spec.Retries.GetValueOrDefault(retryName) : null;
        var breaker = names.CircuitBreaker is { } breakerName && !_broken.Contains(breakerName) ? _spec.CircuitBreakers.GetValueOrDefault(breakerName) : null;
        var timeout = names.Timeout is { } timeoutName ? _spec.Timeouts.GetValueOrDefault(timeoutName) : TimeSpan.Zero;
        if (retry is null && breaker is null && timeout <= TimeSpan.Zero)
            return ResiliencyPolicy.None;

        var metrics = _metrics?.Of(_spec.Names is [.., var name] ? name : "", direction, target);
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = _time };
        if (retry is not null && retry.MaxRetries != 0)
            pipeline.AddRetry(RetryOptions(retry, metrics));
        var circuit = breaker is null ? null : new CircuitBreaker(breaker, _time, IsFailure, metrics);
        if (circuit is not null)
        {
            pipeline.AddStrategy(_ => circuit, new BreakerOptions());
            metrics?.InState(circuit.StateName, changed: false);
        }

        if (timeout > TimeSpan.Zero)
            pipeline.AddTimeout(TimeoutOptions(timeout, metrics));
        var meter = metrics is null ? null : new PolicyMeter(metrics, HasTimeout: timeout > TimeSpan.Zero, HasRetry: retry is not null, circuit);
        return new ResiliencyPolicy(pipeline.Build(), retry, isEmpty: false, meter);
    }

    private static TimeoutStrategyOptions TimeoutOptions(TimeSpan timeout, PolicyMetrics? metrics) => new()
    {
        Timeout = timeout,
        OnTimeout = metrics is null
            ? null
            : _ =>
            {
                metrics.TimedOut();
                return ValueTask.CompletedTask;
            },
    };

    private RetryStrategyOptions RetryOptions(RetrySpec spec, PolicyMetrics? metrics)
    {
        var startKey = new ResiliencePropertyKey<long>("start");
        return new RetryStrategyOptions
        {
            MaxRetryAttempts = spec.MaxRetries < 0 ? int.MaxValue : spec.MaxRetries,
            MaxDelay = null,
            OnRetry = metrics is null
                ? null
                : _ =>
                {
                    metrics.Retried();
                    return ValueTask.CompletedTask;
                },
            DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(RetryRules.Delay(spec, arguments.AttemptNumber)),
            ShouldHandle = arguments =>
            {
                if (arguments.Outcome.Exception is not { } error || arguments.Context.CancellationToken.IsCancellationRequested)
                    return ValueTask.FromResult(false);
                if (!arguments.Context.Properties.TryGetValue(startKey, out var start))
                    arguments.Context.Properties.Set(startKey, start = _time.GetTimestamp());
                var tired = spec.Exponential && _time.GetElapsedTime(start) > RetryRules.LongestExponential;
                return ValueTask.FromResult(!tired && RetryRules.IsRetriable(spec, error));
            },
        };
    }

    // The caller's own going away says nothing about the target.
    private static bool IsFailure(Exception error) => error is not OperationCanceledException;

    private List<string> BrokenBreakers()
    {
        var faults = new List<string>();
        foreach (var (name, breaker) in _spec.CircuitBreakers)
        {
            try
            {
                TripCondition.Parse(breaker.Trip).IsMet(default);
            }
            catch (CelException e)
            {
                _broken.Add(name);
                faults.Add($"circuit breaker {name} is left out, its trip condition is wrong: {e.Message}");
            }
        }

        return faults;
    }

    private IEnumerable<string> MissingPolicies()
    {
        var used = _spec.Apps.Values.Concat(_spec.Actors.Values)
            .Concat(_spec.Components.Values.SelectMany(component => new[] { component.Inbound, component.Outbound }))
            .OfType<PolicyNames>()
            .ToList();
        return Missing("retry policy", used.Select(names => names.Retry), _spec.Retries.ContainsKey)
            .Concat(Missing("timeout policy", used.Select(names => names.Timeout), _spec.Timeouts.ContainsKey))
            .Concat(Missing("circuit breaker", used.Select(names => names.CircuitBreaker), _spec.CircuitBreakers.ContainsKey));
    }

    private static IEnumerable<string> Missing(string kind, IEnumerable<string?> names, Func<string, bool> exists) =>
        names.OfType<string>().Distinct().Where(name => !exists(name)).Select(name => $"{kind} {name} is not defined");

    private sealed class BreakerOptions() : ResilienceStrategyOptions
    {
    }

    /// <summary>The policies of one target by method or actor; the oldest go when there are too many, as in Dapr.</summary>
    private sealed class PolicyCache(PolicyNames names, int size)
    {
        private readonly ConcurrentDictionary<string, ResiliencyPolicy> _policies = new(StringComparer.Ordinal);
        private readonly ConcurrentQueue<string> _order = new();

        public PolicyNames Names => names;

        public ResiliencyPolicy Get(string key, Func<PolicyNames, ResiliencyPolicy> build)
        {
            if (_policies.TryGetValue(key, out var known))
                return known;
            var policy = _policies.GetOrAdd(key, _ => build(names));
            _order.Enqueue(key);
            while (_policies.Count > size && _order.TryDequeue(out var oldest))
                _policies.TryRemove(oldest, out _);
            return policy;
        }
    }
}
