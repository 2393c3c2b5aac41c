using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Tracing;

/// <summary>A span as a collector has it.</summary>
/// <param name="Service">The app whose sidecar recorded it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">CLIENT, SERVER or null.</param>
/// <param name="TraceId">The trace.</param>
/// <param name="Id">Its id.</param>
/// <param name="ParentId">Id of the span before; null for the first.</param>
/// <param name="Tags">Its attributes.</param>
internal sealed record Span(string Service, string Name, string? Kind, string TraceId, string Id, string? ParentId, JsonObject Tags)
{
    /// <summary>What a call on this leg carries.</summary>
    public string TraceParent => $"00-{TraceId}-{Id}-01";

    public string? Tag(string name) => (string?)Tags[name];
}

/// <summary>A Zipkin collector on loopback.</summary>
internal sealed class SpanCollector
{
    private readonly ConcurrentQueue<Span> _spans = new();

    private SpanCollector()
    {
    }

    /// <summary>What a sidecar's configuration says to send its spans here.</summary>
    public string Tracing { get; private set; } = "";

    public IReadOnlyList<Span> Spans => [.. _spans];

    public static async Task<SpanCollector> StartAsync(SidecarBed bed, string samplingRate = "1")
    {
        var collector = new SpanCollector();
        var app = await bed.StartAppAsync(app => app.MapPost("/api/v2/spans", async (HttpRequest request) =>
        {
            foreach (var span in (JsonArray)(await JsonNode.ParseAsync(request.Body))!)
                collector._spans.Enqueue(Read(span!));
            return Results.Accepted();
        }));
        collector.Tracing = $"tracing:\n  samplingRate: \"{samplingRate}\"\n  zipkin:\n    endpointAddress: http://127.0.0.1:{app.Port}/api/v2/spans";
        return collector;
    }

    /// <summary>The one span of a service and name; waits until it is there.</summary>
    public async Task<Span> OneAsync(TestSidecar sidecar, string name)
    {
        await Eventually.TrueAsync(() =>
        {
            sidecar.Host.Sidecar.Tracing.Flush();
            return Spans.Any(span => span.Service == sidecar.Host.Options.AppId && span.Name == name);
        });
        return Assert.Single(Spans, span => span.Service == sidecar.Host.Options.AppId && span.Name == name);
    }

    private static Span Read(JsonNode span) => new(
        (string)span["localEndpoint"]!["serviceName"]!,
        (string)span["name"]!,
        (string?)span["kind"],
        (string)span["traceId"]!,
        (string)span["id"]!,
        (string?)span["parentId"],
        (JsonObject?)span["tags"] ?? []);
}
