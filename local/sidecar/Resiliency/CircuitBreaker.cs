using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;
using Polly;

namespace NexusCart.Sidecar.Resiliency;

/// <summary>
/// Dapr's circuit breaker: opens when the trip expression over its counts is true, lets a few calls through after a while, closes when
/// as many succeed. Polly's own one knows failure ratios only.
/// </summary>
internal sealed class CircuitBreaker(CircuitBreakerSpec spec, TimeProvider time, Func<Exception, bool> isFailure, PolicyMetrics? metrics = null)
    : ResilienceStrategy
{
    private readonly Lock _gate = new();
    private readonly TripCondition _trip = TripCondition.Parse(spec.Trip);
    private readonly uint _probes = (uint)Math.Max(1, spec.MaxRequests);
    private Counts _counts;
    private State _state;
    private long _generation;
    private DateTimeOffset _expiry = spec.Interval > TimeSpan.Zero ? time.GetUtcNow() + spec.Interval : DateTimeOffset.MaxValue;

    private enum State
    {
        Closed,
        Open,
        HalfOpen,
    }

    /// <summary>Its state as metrics name it.</summary>
    public string StateName => NameOf(_state);

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        if (!TryEnter(out var generation, out var refusal))
            return Outcome.FromException<TResult>(refusal!);
        var outcome = await callback(context, state);
        Leave(generation, outcome.Exception is null || !isFailure(outcome.Exception));
        return outcome;
    }

    private bool TryEnter(out long generation, out CircuitOpenException? refusal)
    {
        lock (_gate)
        {
            Advance();
            generation = _generation;
            refusal = _state switch
            {
                State.Open => new CircuitOpenException(tooManyRequests: false),
                State.HalfOpen when _counts.Requests >= _probes => new CircuitOpenException(tooManyRequests: true),
                _ => null,
            };
            if (refusal is not null)
                return false;
            _counts = _counts with { Requests = _counts.Requests + 1 };
            return true;
        }
    }

    private void Leave(long generation, bool success)
    {
        lock (_gate)
        {
            Advance();
            if (generation != _generation)
                return; // Began before the state changed: it says nothing about the state now.
            _counts = _counts.After(success);
            switch (_state)
            {
                case State.Closed when !success && _trip.IsMet(_counts):
                case State.HalfOpen when !success:
                    Enter(State.Open);
                    break;
                case State.HalfOpen when _counts.ConsecutiveSuccesses >= _probes:
                    Enter(State.Closed);
                    break;
            }
        }
    }

    private void Advance()
    {
        if (time.GetUtcNow() < _expiry)
            return;
        Enter(_state == State.Open ? State.HalfOpen : _state);
    }

    private static string NameOf(State state) => state switch
    {
        State.Open => "open",
        State.HalfOpen => "half-open",
        _ => "closed",
    };

    private void Enter(State state)
    {
        if (_state != state)
            metrics?.InState(NameOf(state), changed: true);
        _state = state;
        _generation++;
        _counts = default;
        _expiry = state switch
        {
            State.Open => time.GetUtcNow() + spec.Timeout,
            State.Closed when spec.Interval > TimeSpan.Zero => time.GetUtcNow() + spec.Interval,
            _ => DateTimeOffset.MaxValue,
        };
    }
}

/// <summary>What a circuit breaker has seen since its state last changed.</summary>
internal readonly record struct Counts(
    uint Requests, uint TotalSuccesses, uint TotalFailures, uint ConsecutiveSuccesses, uint ConsecutiveFailures)
{
    /// <summary>With one more outcome.</summary>
    public Counts After(bool success) => success
        ? this with { TotalSuccesses = TotalSuccesses + 1, ConsecutiveSuccesses = ConsecutiveSuccesses + 1, ConsecutiveFailures = 0 }
        : this with { TotalFailures = TotalFailures + 1, ConsecutiveFailures = ConsecutiveFailures + 1, ConsecutiveSuccesses = 0 };
}
