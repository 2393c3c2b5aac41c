using System.Diagnostics;
using OpenTelemetry;

namespace NexusCart.Sidecar.Tracing;

/// <summary>Writes spans to the sidecar's log: <c>spec.tracing.stdout</c>.</summary>
internal sealed class LogSpans(ILogger logger) : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var span in batch)
        {
            logger.LogInformation(
                "Trace: {Name} id={TraceId} span={SpanId} parent={ParentId} kind={Kind} status={Status} duration={Duration:0.###}ms {Attributes}",
                span.DisplayName,
                span.TraceId,
                span.SpanId,
                span.ParentSpanId,
                span.Kind,
                span.Status,
                span.Duration.TotalMilliseconds,
                string.Join(' ', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}")));
        }

        return ExportResult.Success;
    }
}
