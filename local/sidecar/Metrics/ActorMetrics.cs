using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Actors that live behind the sidecar.</summary>
internal sealed class ActorMetrics
{
    private const string Prefix = "dapr_runtime_actor_";
    private const string Type = "actor_type";

    private readonly SeriesCache<string, Counter.Child> _rebalanced;
    private readonly SeriesCache<string, Counter.Child> _deactivated;
    private readonly SeriesCache<string, Counter.Child> _notDeactivated;
    private readonly SeriesCache<string, Gauge.Child> _pending;
    private readonly SeriesCache<string, Gauge.Child> _timers;
    private readonly SeriesCache<(string Type, bool Success), Counter.Child> _reminders;
    private readonly SeriesCache<(string Type, bool Success), Counter.Child> _ticks;

    public ActorMetrics(Instruments instruments)
    {
        _rebalanced = ByType(instruments.Counter(Prefix + "rebalanced_total", "The number of the actor rebalance requests.", Type));
        _deactivated = ByType(instruments.Counter(Prefix + "deactivated_total", "The number of the successful actor deactivation.", Type));
        _notDeactivated = ByType(instruments.Counter(Prefix + "deactivated_failed_total", "The number of the failed actor deactivation.", Type));
        var pending = instruments.Gauge(Prefix + "pending_actor_calls", "The number of pending actor calls waiting to acquire the per-actor lock.", Type);
        _pending = new(type =>
        {
            var calls = pending.Of(type);
            // From here on there is a value, though nobody may ever have to wait.
            calls.Publish();
            return calls;
        });
        _timers = ByType(instruments.Gauge(Prefix + "timers", "The number of actor timer requests.", Type));
        _reminders = Fired(instruments.Counter(Prefix + "reminders_fired_total", "The number of actor reminders fired requests.", Type, "success"));
        _ticks = Fired(instruments.Counter(Prefix + "timers_fired_total", "The number of actor timers fired requests.", Type, "success"));
    }

    /// <summary>Calls that wait for their turn.</summary>
    public Gauge.Child Pending(string type) => _pending[type];

    /// <summary>Notes how many timers the actors of a type have.</summary>
    public void Timers(string type, int count) => _timers[type].Set(count);

    /// <summary>Notes an actor that moves to another instance.</summary>
    public void Rebalanced(string type) => _rebalanced[type].Inc();

    /// <summary>Notes a deactivation.</summary>
    public void Deactivated(string type, bool success) => (success ? _deactivated : _notDeactivated)[type].Inc();

    /// <summary>Notes a reminder or a timer that came due.</summary>
    public void Fired(string type, bool isReminder, bool success) => (isReminder ? _reminders : _ticks)[(type, success)].Inc();

    private static SeriesCache<string, TChild> ByType<TChild>(Family<TChild> family)
        where TChild : ChildBase => new(type => family.Of(type));

    private static SeriesCache<(string Type, bool Success), Counter.Child> Fired(Family<Counter.Child> family) =>
        new(key => family.Of(key.Type, key.Success ? "true" : "false"));
}
