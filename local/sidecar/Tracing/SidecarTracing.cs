using System.Diagnostics;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NexusCart.Sidecar.Tracing;

/// <summary>
/// The traces that pass one sidecar: a span of its own on every leg, exported as the configuration says. Without an exporter only
/// the context travels.
/// </summary>
internal sealed class SidecarTracing : IDisposable
{
    private const string OtlpPath = "/v1/traces";

    // Dapr's, for a configuration that has the section and not the rate.
    private const double DefaultRate = 0.0001;

    private readonly TracingSpec? _spec;
    private readonly ActivitySource? _source;
    private readonly TracerProvider? _provider;

    /// <param name="options">The sidecar's settings.</param>
    /// <param name="spec">What the configuration says; null when it says nothing.</param>
    /// <param name="logger">Where spans go that are to be seen in the log.</param>
    public SidecarTracing(SidecarOptions options, TracingSpec? spec, ILogger logger)
    {
        _spec = spec;
        if (spec is not { Exports: true })
            return;
        // A name of its own: sources are known to the whole process, and every app has its own collector and name.
        _source = new ActivitySource($"dapr-diagnostics/{Guid.NewGuid():N}");
        var builder = Sdk.CreateTracerProviderBuilder()
            .AddSource(_source.Name)
            .SetSampler(new AlwaysOnSampler())
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(options.AppId, autoGenerateServiceInstanceId: false));
        if (spec.Otel is { } otel)
            builder.AddOtlpExporter(exporter => Configure(exporter, otel));
#pragma warning disable CS0618 // Its makers want everybody to use OTLP; Dapr's configuration has it all the same.
        if (spec.Zipkin is { } zipkin)
            builder.AddZipkinExporter(exporter => exporter.Endpoint = zipkin);
#pragma warning restore CS0618
        if (spec.Stdout)
            builder.AddProcessor(new SimpleActivityExportProcessor(new LogSpans(logger)));
        _provider = builder.Build();
    }

    /// <summary>Whether spans are recorded.</summary>
    public bool Exports => _source is not null;

    /// <summary>Whether the configuration asks for no traces at all; an event published then carries none.</summary>
    public bool IsOff => _spec is { SamplingRate: 0 };

    /// <summary>Begins a leg.</summary>
    /// <param name="name">Name of the span.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="parent">Trace context of the caller; null or malformed begins a trace.</param>
    /// <param name="state">Second part of it.</param>
    public Leg Start(string name, ActivityKind kind, string? parent, string? state)
    {
        if (_spec is null)
            return new Leg(TraceContext.Continue(parent, state), null);
        var hasParent = ActivityContext.TryParse(parent, state, isRemote: true, out var context);
        var isRecorded = hasParent ? context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) : IsChosen();
        if (isRecorded && _source is not null && Begin(name, kind, context) is { } span)
            return new Leg(new TraceContext(span.Id!, hasParent && !string.IsNullOrEmpty(state) ? state : null), span);
        var trace = TraceContext.Continue(parent, state);
        return new Leg(isRecorded ? trace : trace with { TraceParent = trace.TraceParent[..^2] + "00" }, null);
    }

    /// <summary>Exports what is left.</summary>
    public void Dispose()
    {
        _provider?.Dispose();
        _source?.Dispose();
    }

    /// <summary>Exports what has ended.</summary>
    internal void Flush() => _provider?.ForceFlush();

    private static void Configure(OtlpExporterOptions exporter, OtelSpec otel)
    {
        exporter.Protocol = otel.IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = otel.IsGrpc || otel.Address.AbsolutePath.Length > 1 ? otel.Address : new Uri(otel.Address, OtlpPath);
        if (otel.Headers.Length > 0)
            exporter.Headers = otel.Headers;
        if (otel.Timeout is { } timeout)
            exporter.TimeoutMilliseconds = (int)timeout.TotalMilliseconds;
    }

    private bool IsChosen()
    {
        var rate = _spec!.SamplingRate ?? DefaultRate;
        return rate >= 1 || Random.Shared.NextDouble() < rate;
    }

    // The current activity is none of ours and must neither become the parent nor be hidden.
    private Activity? Begin(string name, ActivityKind kind, ActivityContext parent)
    {
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            return _source!.StartActivity(name, kind, parent);
        }
        finally
        {
            Activity.Current = current;
        }
    }
}
