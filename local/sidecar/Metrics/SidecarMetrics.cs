using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>What one sidecar measures, under Dapr's names. A sidecar that measures nothing has none.</summary>
internal sealed class SidecarMetrics
{
    private readonly CollectorRegistry _registry;

    private SidecarMetrics(SidecarOptions options, MetricsSpec spec, ILogger logger)
    {
        var instruments = new Instruments(options.AppId, spec);
        _registry = instruments.Registry;
        DotNetStats.Register(_registry);
        Loads = new ComponentLoads(instruments);
        Http = new HttpMetrics(instruments, spec, logger);
        Grpc = new GrpcMetrics(instruments);
        Components = new ComponentMetrics(instruments, options.Namespace);
        Invocation = new InvocationMetrics(instruments);
        Actors = new ActorMetrics(instruments);
        Resiliency = new ResiliencyMetrics(instruments, options.Namespace);
        Workflows = new WorkflowMetrics(instruments, options.Namespace);
        Errors = spec.RecordErrorCodes == true ? new ErrorCodes(instruments) : null;
    }

    /// <summary>Loading of components.</summary>
    public ComponentLoads Loads { get; }

    /// <summary>HTTP in both directions.</summary>
    public HttpMetrics Http { get; }

    /// <summary>gRPC in both directions.</summary>
    public GrpcMetrics Grpc { get; }

    /// <summary>Components at work.</summary>
    public ComponentMetrics Components { get; }

    /// <summary>Calls between sidecars.</summary>
    public InvocationMetrics Invocation { get; }

    /// <summary>Actors.</summary>
    public ActorMetrics Actors { get; }

    /// <summary>Policies.</summary>
    public ResiliencyMetrics Resiliency { get; }

    /// <summary>Workflows.</summary>
    public WorkflowMetrics Workflows { get; }

    /// <summary>Errors by code; null unless the configuration asks for them.</summary>
    public ErrorCodes? Errors { get; }

    /// <summary>The metrics of a sidecar; null when it has no port for them or its configuration turns them off.</summary>
    /// <exception cref="ResourceException">A rule of the configuration cannot be used.</exception>
    public static SidecarMetrics? Of(SidecarOptions options, RuntimeConfiguration configuration, ILogger logger) =>
        options.MetricsPort is null || configuration.Metrics.Enabled == false ? null : new(options, configuration.Metrics, logger);

    /// <summary>Calls back before all are read: for what is counted elsewhere.</summary>
    public void BeforeReading(Action refresh) => _registry.AddBeforeCollectCallback(refresh);

    /// <summary>Writes all in the text format of Prometheus.</summary>
    public Task WriteAsync(Stream output, CancellationToken cancellation) => _registry.CollectAndExportAsTextAsync(output, cancellation);
}
