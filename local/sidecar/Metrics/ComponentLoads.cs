using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Components that were loaded or failed to.</summary>
internal sealed class ComponentLoads(Instruments instruments)
{
    private readonly Family<Counter.Child> _loaded = instruments.Counter("dapr_runtime_component_loaded", "The number of successfully loaded components.");

    private readonly Family<Counter.Child> _initialised =
        instruments.Counter("dapr_runtime_component_init_total", "The number of initialized components.", "component");

    private readonly Family<Counter.Child> _failed = instruments.Counter(
        "dapr_runtime_component_init_fail_total", "The number of component initialization failures.", "component", "componentName", "reason");

    /// <summary>Notes a component that is up.</summary>
    /// <param name="type">Its type.</param>
    public void Loaded(string type)
    {
        _initialised.Of(type).Inc();
        _loaded.Of().Inc();
    }

    /// <summary>Notes one that is not.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="name">Its name.</param>
    /// <param name="reason"><c>creation</c> or <c>init</c>.</param>
    public void Failed(string type, string name, string reason) => _failed.Of(type, name, reason).Inc();
}
