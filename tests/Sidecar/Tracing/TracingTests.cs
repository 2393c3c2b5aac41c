using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dapr.Workflow;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Actors;
using NexusCart.Tests.Sidecar.Infrastructure;
using NexusCart.Tests.Sidecar.Workflows;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Tracing;

/// <summary>A collector gets a span of every leg, each with the one before as its parent.</summary>
public sealed class TracingTests : IAsyncDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string CallerSpan = "b7ad6b7169203331";
    private const string Caller = $"00-{TraceId}-{CallerSpan}-01";

    private readonly SidecarBed _bed = new();
    private readonly ConcurrentQueue<string> _seen = new();

    [Fact]
    public async Task An_invocation_is_a_span_on_both_sides_and_the_app_continues_the_last()
    {
        var collector = await SpanCollector.StartAsync(_bed);
        var app = await AppAsync();
        var (caller, callee) = (await StartAsync("caller", collector.Tracing), await StartAsync("callee", collector.Tracing, app));

        await SendAsync(caller, HttpMethod.Get, "/v1.0/invoke/callee/method/hello/world", null);

        var sent = await collector.OneAsync(caller, "CallLocal/callee/hello/world");
        var received = await collector.OneAsync(callee, "CallLocal/callee/hello/world");
        Assert.Equal((TraceId, CallerSpan, "CLIENT"), (sent.TraceId, sent.ParentId, sent.Kind));
        Assert.Equal((TraceId, sent.Id, "SERVER"), (received.TraceId, received.ParentId, received.Kind));
        Assert.Equal(received.TraceParent, Assert.Single(_seen));
        Assert.Equal("ServiceInvocation", sent.Tag("rpc.service"));
        Assert.Equal("callee", sent.Tag("net.peer.name"));
        Assert.Equal("http", sent.Tag("dapr.protocol"));
        Assert.Equal("GET /v1.0/invoke/callee/method/hello/world", sent.Tag("dapr.api"));
        Assert.Equal("200", sent.Tag("dapr.status_code"));
        Assert.Equal("hello/world", received.Tag("dapr.invoke_method"));
    }

    [Fact]
    public async Task An_invocation_over_grpc_is_the_same()
    {
        var collector = await SpanCollector.StartAsync(_bed);
        var app = await AppAsync();
        var (caller, callee) = (await StartAsync("caller", collector.Tracing), await StartAsync("callee", collector.Tracing, app));
        var request = new Rt.InvokeServiceRequest
        {
            Id = "callee",
            Message = new Rt.InvokeRequest { Method = "hello", HttpExtension = new Rt.HTTPExtension { Verb = Rt.HTTPExtension.Types.Verb.Get } },
        };

        await new Rt.Dapr.DaprClient(caller.Grpc).InvokeServiceAsync(request, new Grpc.Core.Metadata { { "traceparent", Caller } });

        var sent = await collector.OneAsync(caller, "CallLocal/callee/hello");
        var received = await collector.OneAsync(callee, "CallLocal/callee/hello");
        Assert.Equal((TraceId, CallerSpan), (sent.TraceId, sent.ParentId));
        Assert.Equal(sent.Id, received.ParentId);
        Assert.Equal(received.TraceParent, Assert.Single(_seen));
        Assert.Equal("grpc", sent.Tag("dapr.protocol"));
        Assert.Equal("/dapr.proto.runtime.v1.Dapr/InvokeService", sent.Tag("dapr.api"));
    }

    [Fact]
    public async Task An_event_carries_the_trace_of_its_publish_to_the_app()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory"));
        var collector = await SpanCollector.StartAsync(_bed);
        var envelope = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/dapr/subscribe", () => new[] { new { pubsubname = "pubsub", topic = "orders", route = "/orders" } });
            app.MapPost("/orders", async (HttpRequest request) =>
            {
                _seen.Enqueue(request.Headers.TraceParent.ToString());
                envelope.TrySetResult((await JsonNode.ParseAsync(request.Body))!);
                return Results.Ok();
            });
        });
        var sidecar = await StartAsync("shop", collector.Tracing, app);

        await SendAsync(sidecar, HttpMethod.Post, "/v1.0/publish/pubsub/orders", "1");

        var published = await collector.OneAsync(sidecar, "/v1.0/publish/pubsub/orders");
        var delivered = await collector.OneAsync(sidecar, "pubsub/orders");
        Assert.Equal(CallerSpan, published.ParentId);
        Assert.Equal(published.TraceParent, (string?)(await envelope.Task)["traceparent"]);
        Assert.Equal((TraceId, published.Id), (delivered.TraceId, delivered.ParentId));
        Assert.Equal(delivered.TraceParent, Assert.Single(_seen));
        Assert.Equal(("pubsub", "orders"), (published.Tag("messaging.system"), published.Tag("messaging.destination.name")));
        Assert.Equal(("pubsub", "orders"), (delivered.Tag("messaging.system"), delivered.Tag("messaging.destination.name")));
    }

    [Fact]
    public async Task State_says_which_store_and_a_failure_says_so()
    {
        _bed.Resource("state.yaml", SidecarBed.Component("store", "state.in-memory"));
        var collector = await SpanCollector.StartAsync(_bed);
        var sidecar = await StartAsync("shop", collector.Tracing);

        await SendAsync(sidecar, HttpMethod.Get, "/v1.0/state/store/k", null);
        await SendAsync(sidecar, HttpMethod.Get, "/v1.0/state/none/k", null);

        var read = await collector.OneAsync(sidecar, "/v1.0/state/store/k");
        Assert.Equal(("state", "store", "GET /v1.0/state/store/k"), (read.Tag("db.system"), read.Tag("db.name"), read.Tag("db.statement")));
        var failed = await collector.OneAsync(sidecar, "/v1.0/state/none/k");
        Assert.Equal("400", failed.Tag("dapr.status_code"));
        Assert.Contains("Code(400)", failed.Tags.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_actor_behind_another_sidecar_is_a_span_of_that_too()
    {
        await using var actors = new ActorBed(fakeTime: false);
        var collector = await SpanCollector.StartAsync(actors.Inner);
        var config = actors.Inner.Configuration(collector.Tracing);
        var shop = await actors.StartAsync(change: options => options with { ConfigPaths = [config] });
        var caller = await actors.Inner.StartSidecarAsync("caller", change: options => options with { ConfigPaths = [config] });

        await SendAsync(caller, HttpMethod.Put, "/v1.0/actors/Shop/a/method/Nothing", null);

        var sent = await collector.OneAsync(caller, "CallActor/Shop/Nothing");
        var received = await collector.OneAsync(shop.Sidecar, "CallActor/Shop/Nothing");
        Assert.Equal((CallerSpan, "Shop.a"), (sent.ParentId, sent.Tag("dapr.actor")));
        Assert.Equal((sent.Id, "Shop.a"), (received.ParentId, received.Tag("dapr.actor")));
    }

    [Fact]
    public async Task An_event_of_an_input_binding_begins_a_trace()
    {
        _bed.Resource("cron.yaml", SidecarBed.Component("tick", "bindings.cron", ("schedule", "@every 1s"), ("direction", "input")));
        var collector = await SpanCollector.StartAsync(_bed);
        var app = await AppAsync();
        var sidecar = await StartAsync("shop", collector.Tracing, app);

        await Eventually.TrueAsync(() => !_seen.IsEmpty);
        await sidecar.Host.StopAsync();

        Assert.Contains(collector.Spans, span => span.Name == "bindings/tick" && span.ParentId is null && span.TraceParent == _seen.First());
    }

    [Fact]
    public async Task Activities_of_a_workflow_belong_to_the_trace_of_its_start()
    {
        await using var bed = WorkflowBed.Create();
        var collector = await SpanCollector.StartAsync(bed.Bed);
        var sidecar = await bed.Bed.StartSidecarAsync("orders", change: options => options with { ConfigPaths = [bed.Bed.Configuration(collector.Tracing)] });
        bed.Use("orders", sidecar);
        var traces = new ConcurrentQueue<string>();
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = source => source.Name == "Dapr.Workflow",
            Sample = (ref _) => System.Diagnostics.ActivitySamplingResult.AllData,
            ActivityStarted = activity => traces.Enqueue(activity.TraceId.ToHexString()),
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        var client = await bed.StartWorkerAsync(options =>
        {
            options.RegisterWorkflow<int, int>("Traced", async (context, input) => await context.CallActivityAsync<int>("TracedTwice", input));
            options.RegisterActivity<int, int>("TracedTwice", (_, input) => Task.FromResult(input * 2));
        });

        await client.ScheduleNewWorkflowAsync("Traced", "t1", 21);
        await client.WaitForWorkflowCompletionAsync("t1");

        var started = await collector.OneAsync(sidecar, "create_orchestration||Traced");
        Assert.Contains(started.TraceId, traces);
    }

    [Fact]
    public async Task What_a_caller_does_not_record_is_not_recorded_and_nobody_is_told_otherwise()
    {
        var collector = await SpanCollector.StartAsync(_bed);
        var app = await AppAsync();
        var sidecar = await StartAsync("shop", collector.Tracing, app);

        await SendAsync(sidecar, HttpMethod.Get, "/v1.0/invoke/shop/method/hello", null, Caller[..^2] + "00");
        await sidecar.Host.StopAsync();

        Assert.Empty(collector.Spans);
        var seen = Assert.Single(_seen);
        Assert.StartsWith($"00-{TraceId}-", seen, StringComparison.Ordinal);
        Assert.EndsWith("-00", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_sampling_rate_of_zero_events_carry_no_trace()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory"));
        var collector = await SpanCollector.StartAsync(_bed, samplingRate: "0");
        var envelope = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/dapr/subscribe", () => new[] { new { pubsubname = "pubsub", topic = "orders", route = "/orders" } });
            app.MapPost("/orders", async (HttpRequest request) =>
            {
                envelope.TrySetResult((await JsonNode.ParseAsync(request.Body))!);
                return Results.Ok();
            });
        });
        var sidecar = await StartAsync("shop", collector.Tracing, app);

        await SendAsync(sidecar, HttpMethod.Post, "/v1.0/publish/pubsub/orders", "1");

        var received = await envelope.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("", ""), ((string?)received["traceid"], (string?)received["traceparent"]));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task Spans_go_to_an_opentelemetry_collector_with_its_headers(string protocol)
    {
        var received = new TaskCompletionSource<(string Path, string Key, string Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var collector = await _bed.StartAppAsync(
            app => app.MapPost("/{**path}", async (HttpContext context, string path) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                received.TrySetResult((path, context.Request.Headers["x-key"].ToString(), Encoding.Latin1.GetString(body.ToArray())));
                if (protocol == "grpc")
                {
                    context.Response.ContentType = "application/grpc";
                    context.Response.AppendTrailer("grpc-status", "0");
                    await context.Response.Body.WriteAsync(new byte[5]);
                }
            }),
            protocol: protocol == "grpc" ? AppProtocol.H2c : AppProtocol.Http);
        var sidecar = await StartAsync(
            "shop",
            $"tracing:\n  samplingRate: \"1\"\n  otel: {{ endpointAddress: \"127.0.0.1:{collector.Port}\", protocol: {protocol}, isSecure: false, headers: \"x-key=secret\", timeout: 5s }}");

        await SendAsync(sidecar, HttpMethod.Get, "/v1.0/metadata", null);
        sidecar.Host.Sidecar.Tracing.Flush();

        var (path, key, text) = await received.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(protocol == "grpc" ? "opentelemetry.proto.collector.trace.v1.TraceService/Export" : "v1/traces", path);
        Assert.Equal("secret", key);
        Assert.Contains("/v1.0/metadata", text, StringComparison.Ordinal);
        Assert.Contains("service.name", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tracing:\n  otel: { endpointAddress: \"x:1\", protocol: smoke }", "invalid protocol smoke provided for Otel endpoint")]
    [InlineData("tracing:\n  samplingRate: often", "'samplingRate' must be a number from 0 to 1, not 'often'")]
    public async Task What_cannot_be_used_stops_the_start(string spec, string reason)
    {
        var error = await Assert.ThrowsAsync<NexusCart.Sidecar.Resources.ResourceException>(() => StartAsync("shop", spec));

        Assert.EndsWith(reason, error.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private Task<TestApp> AppAsync() => _bed.StartAppAsync(app => app.MapFallback((HttpRequest request) =>
    {
        if (request.Headers.TraceParent is [{ } parent])
            _seen.Enqueue(parent);
        return Results.Ok();
    }));

    private Task<TestSidecar> StartAsync(string appId, string spec, TestApp? app = null)
    {
        var config = _bed.Configuration(spec);
        return _bed.StartSidecarAsync(appId, app, options => options with { ConfigPaths = [config] });
    }

    private static async Task SendAsync(TestSidecar sidecar, HttpMethod method, string path, string? body, string parent = Caller)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("traceparent", parent);
        using var answer = await sidecar.Http.SendAsync(request);
    }
}
