using System.Diagnostics;

namespace NexusCart.Sidecar.Hosting;

/// <summary>The W3C trace context of a request: the caller's trace continued with a span of our own, or a new trace.</summary>
/// <param name="TraceParent">Header value for the next leg: <c>00-{trace}-{span}-{flags}</c>.</param>
/// <param name="TraceState">Header value as it came; null when there was none.</param>
public sealed record TraceContext(string TraceParent, string? TraceState)
{
    /// <summary>Name of the header.</summary>
    public const string ParentHeader = "traceparent";

    /// <summary>Name of the second header.</summary>
    public const string StateHeader = "tracestate";

    private const int TraceIdStart = 3;
    private const int TraceIdLength = 32;

    /// <summary>The trace id, 32 hex digits.</summary>
    public string TraceId => TraceParent.Substring(TraceIdStart, TraceIdLength);

    /// <summary>The context of a request, made once for it.</summary>
    public static TraceContext Of(HttpContext context)
    {
        if (context.Features.Get<TraceContext>() is { } known)
            return known;
        var made = Continue(context.Request.Headers.TraceParent, context.Request.Headers.TraceState);
        context.Features.Set(made);
        return made;
    }

    /// <summary>A context that continues the given headers; a missing or malformed parent starts a new trace.</summary>
    public static TraceContext Continue(string? parent, string? state)
    {
        var span = ActivitySpanId.CreateRandom().ToHexString();
        return parent is not null && ActivityContext.TryParse(parent, state, out var context)
            ? new TraceContext($"00-{context.TraceId.ToHexString()}-{span}-{(int)context.TraceFlags:x2}", string.IsNullOrEmpty(state) ? null : state)
            : new TraceContext($"00-{ActivityTraceId.CreateRandom().ToHexString()}-{span}-01", null);
    }

    /// <summary>Writes the headers onto a request to the app, unless they are there already.</summary>
    public void Apply(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(ParentHeader, TraceParent);
        if (TraceState is not null)
            request.Headers.TryAddWithoutValidation(StateHeader, TraceState);
    }
}
