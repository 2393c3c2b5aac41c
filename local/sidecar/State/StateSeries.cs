using NexusCart.Sidecar.Metrics;

namespace NexusCart.Sidecar.State;

/// <summary>What is measured of one store.</summary>
internal sealed class StateSeries(ComponentMetrics metrics, string store)
{
    public OperationSeries Get { get; } = metrics.State(store, "get");

    public OperationSeries BulkGet { get; } = metrics.State(store, "bulk_get");

    public OperationSeries Set { get; } = metrics.State(store, "set");

    public OperationSeries Delete { get; } = metrics.State(store, "delete");

    public OperationSeries BulkDelete { get; } = metrics.State(store, "bulk_delete");

    public OperationSeries Transaction { get; } = metrics.State(store, "transaction");
}
