using System.Diagnostics;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Tracing;

/// <summary>One leg of a trace: the context that travels on, and the span that is recorded of it, if any.</summary>
/// <param name="Trace">Headers for who is called on it.</param>
/// <param name="Span">Null when the trace is not recorded.</param>
internal readonly record struct Leg(TraceContext Trace, Activity? Span) : IDisposable
{
    /// <summary>Notes that it failed.</summary>
    public void Fail(string reason) => Span?.SetStatus(ActivityStatusCode.Error, reason);

    /// <summary>Ends it.</summary>
    public void Dispose() => Span?.Dispose();
}
