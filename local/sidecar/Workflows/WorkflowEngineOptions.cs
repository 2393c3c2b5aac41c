using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Workflows;

/// <summary>The settings of one app's workflow engine.</summary>
public sealed record WorkflowEngineOptions
{
    /// <summary>The app.</summary>
    public required string AppId { get; init; }

    /// <summary>Its Dapr namespace; empty counts as <c>default</c>.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Largest message to a worker, in bytes; an instance whose history comes within 5 % of it stalls.</summary>
    public int MaxBodySize { get; init; } = 4 << 20;

    /// <summary>How much runs at once, and how long ended instances are kept.</summary>
    public WorkflowSpec Limits { get; init; } = new();

    /// <summary>Where workflows are counted and timed; null: nowhere.</summary>
    internal WorkflowMetrics? Metrics { get; init; }

    /// <summary>Turns off what daprd cannot do.</summary>
    public bool Strict { get; init; }

    /// <summary>
    /// Ended instances kept in memory for those who ask after them, as a rule at once; older ones are read from the store. Few, since
    /// each kept one outlives the young generation, and pauses grow with what does.
    /// </summary>
    public int EndedInMemory { get; init; } = 100;

    /// <summary>Instances in memory that have not ended; above it those that only wait leave, and come back when there is something to do.</summary>
    public int ActiveInMemory { get; init; } = 10_000;

    /// <summary>Bytes of history kept in memory; above it idle instances give theirs back.</summary>
    public long HistoryInMemory { get; init; } = 128L << 20;
}
