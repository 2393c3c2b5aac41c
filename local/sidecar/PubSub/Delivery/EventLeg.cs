using System.Diagnostics;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>The leg of a trace from the broker to the app.</summary>
internal static class EventLeg
{
    /// <summary>Continues the trace an event carries; null when it carries none.</summary>
    public static Leg? Of(SidecarTracing tracing, InboundEvent inbound)
    {
        if (inbound.TraceParent is not { Length: > 0 } parent)
            return null;
        var leg = tracing.Start("pubsub/" + inbound.Topic, ActivityKind.Client, parent, inbound.TraceState);
        if (leg.Span is { } span)
            ApiSpans.DescribeDelivery(span, inbound.Topic);
        return leg;
    }
}
