using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Metrics;

public sealed class MetricsPortTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics")]
    [InlineData("/any/thing")]
    public async Task Any_path_of_the_port_answers_in_the_text_format_of_prometheus(string path)
    {
        var sidecar = await StartAsync("alone");
        using var client = new HttpClient();

        using var response = await client.GetAsync($"http://127.0.0.1:{sidecar.Host.Options.MetricsPort}{path}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("process_start_time_seconds", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_api_is_not_on_the_port_and_the_metrics_are_on_no_other()
    {
        var sidecar = await StartAsync("alone");
        using var client = new HttpClient();

        using var posted = await client.PostAsync($"http://127.0.0.1:{sidecar.Host.Options.MetricsPort}/v1.0/shutdown", null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await sidecar.Http.GetAsync("/metrics")).StatusCode);
    }

    [Theory]
    [InlineData("metrics")]
    [InlineData("metric")]
    public async Task The_configuration_turns_it_off(string section)
    {
        var config = _bed.Configuration($"{section}:\n  enabled: false");
        var sidecar = await StartAsync("silent", config: config);
        using var client = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"http://127.0.0.1:{sidecar.Host.Options.MetricsPort}/"));
    }

    [Fact]
    public async Task Each_app_has_its_own_and_its_id_on_every_series()
    {
        _bed.Resource("state.yaml", SidecarBed.Component("store", "state.in-memory"));
        var one = await StartAsync("one");
        var other = await StartAsync("other");

        await one.Client.SaveStateAsync("store", "k", 1);

        Assert.Contains("dapr_component_state_count{component=\"store\",namespace=\"\",operation=\"set\",success=\"true\",app_id=\"one\"} 1\n", (await Scrape.OfAsync(one)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("dapr_component_state_count{", (await Scrape.OfAsync(other)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_requests_of_the_http_api_by_method_path_and_status()
    {
        _bed.Resource("state.yaml", SidecarBed.Component("store", "state.in-memory"));
        var sidecar = await StartAsync("http");

        for (var i = 0; i < 3; i++)
            await sidecar.Http.PostAsync("/v1.0/state/store", new StringContent($$"""[{"key":"k{{i}}","value":"v"}]"""));
        await sidecar.Http.GetAsync("/v1.0/state/store/k1");
        await sidecar.Http.GetAsync("/v1.0/state/store/none");
        await sidecar.Http.GetAsync("/v1.0/state/nothing/k1");

        var scrape = await Scrape.UntilAsync(sidecar, scrape => scrape["dapr_http_server_request_bytes_count"] == 6);
        Assert.Equal(3, scrape["dapr_http_server_request_count{method=\"POST\",path=\"/v1.0/state/store\",status=\"204\"}"]);
        Assert.Equal(1, scrape["dapr_http_server_request_count{method=\"GET\",path=\"/v1.0/state/store\",status=\"200\"}"]);
        Assert.Equal(1, scrape["dapr_http_server_request_count{method=\"GET\",path=\"/v1.0/state/store\",status=\"204\"}"]);
        Assert.Equal(1, scrape["dapr_http_server_response_count{method=\"GET\",path=\"/v1.0/state/nothing\",status=\"400\"}"]);
        Assert.Equal(3, scrape["dapr_http_server_latency_count{method=\"POST\",path=\"/v1.0/state/store\",status=\"204\"}"]);
        Assert.Equal(3, scrape["dapr_http_server_latency_bucket{method=\"POST\",path=\"/v1.0/state/store\",status=\"204\",le=\"+Inf\"}"]);
        Assert.True(scrape.Has("dapr_http_server_latency_bucket{method=\"POST\",path=\"/v1.0/state/store\",status=\"204\",le=\"100000\"}"));
        Assert.Equal(6, scrape["dapr_http_server_request_bytes_count"]);
        Assert.Equal(6, scrape["dapr_http_server_response_bytes_bucket{le=\"1024\"}"]);
        Assert.True(scrape["dapr_http_server_request_bytes_sum"] > 60);
    }

    [Fact]
    public async Task Counts_rpcs_by_method_and_status()
    {
        var sidecar = await StartAsync("grpc");
        var client = new Rt.Dapr.DaprClient(sidecar.Grpc);

        await client.GetMetadataAsync(new Rt.GetMetadataRequest());
        await Assert.ThrowsAsync<RpcException>(async () => await client.GetStateAsync(new Rt.GetStateRequest { StoreName = "none", Key = "k" }));

        var scrape = await Scrape.OfAsync(sidecar);
        Assert.Equal(1, scrape["dapr_grpc_io_server_completed_rpcs{grpc_server_method=\"/dapr.proto.runtime.v1.Dapr/GetMetadata\",grpc_server_status=\"OK\"}"]);
        Assert.Equal(1, scrape["dapr_grpc_io_server_completed_rpcs{grpc_server_method=\"/dapr.proto.runtime.v1.Dapr/GetState\",grpc_server_status=\"FailedPrecondition\"}"]);
        Assert.Equal(1, scrape["dapr_grpc_io_server_server_latency_count{grpc_server_method=\"/dapr.proto.runtime.v1.Dapr/GetMetadata\",grpc_server_status=\"OK\"}"]);
        Assert.True(scrape["dapr_grpc_io_server_sent_bytes_per_rpc_sum{grpc_server_method=\"/dapr.proto.runtime.v1.Dapr/GetMetadata\"}"] > 20);
    }

    [Fact]
    public async Task The_configuration_shapes_paths_verbs_buckets_and_label_values()
    {
        var config = _bed.Configuration(
            """
            metrics:
              enabled: true
              recordErrorCodes: true
              latencyDistributionBuckets: [10, 500]
              http:
                increasedCardinality: false
                excludeVerbs: true
                pathMatching: ["/v1.0/metadata/{key}"]
              rules:
                - name: dapr_error_code_total
                  labels:
                    - name: error_code
                      regex:
                        "ERR_ANY": "ERR_STATE.+"
            """);
        var sidecar = await StartAsync("shaped", config: config);

        await sidecar.Http.PutAsync("/v1.0/metadata/a", new StringContent("1"));
        await sidecar.Http.PutAsync("/v1.0/metadata/b", new StringContent("1"));
        await sidecar.Http.GetAsync("/v1.0/state/nothing/k1");

        var scrape = await Scrape.UntilAsync(sidecar, scrape => scrape["dapr_http_server_request_bytes_count"] == 3);
        Assert.Equal(2, scrape["dapr_http_server_request_count{method=\"\",path=\"/v1.0/metadata/{key}\",status=\"204\"}"]);
        Assert.Equal(1, scrape["dapr_http_server_request_count{method=\"\",path=\"\",status=\"500\"}"]);
        Assert.Empty(scrape.SeriesOf("dapr_http_server_response_count"));
        Assert.Equal(3, scrape.SeriesOf("dapr_http_server_latency_bucket").Count(series => series.Contains("204", StringComparison.Ordinal)));
        Assert.Equal(1, scrape["dapr_error_code_total{category=\"state\",error_code=\"ERR_ANY\"}"]);
    }

    [Fact]
    public async Task A_rule_that_is_no_regular_expression_stops_the_start()
    {
        var config = _bed.Configuration("metrics:\n  rules:\n    - name: dapr_error_code_total\n      labels: [{ name: error_code, regex: { x: '(' } }]");

        var error = await Assert.ThrowsAsync<NexusCart.Sidecar.Resources.ResourceException>(() => StartAsync("broken", config: config));
        Assert.Contains("dapr_error_code_total", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_calls_between_apps_on_both_sides_and_the_calls_of_the_app()
    {
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapPost("/echo", (HttpRequest request) => Results.Stream(request.Body));
            app.MapGet("/fails", () => Results.StatusCode(418));
        });
        var caller = await StartAsync("caller");
        var callee = await StartAsync("callee", app);

        await caller.Http.PostAsync("/v1.0/invoke/callee/method/echo", new StringContent("hello"));
        await caller.Http.GetAsync("/v1.0/invoke/callee/method/fails");

        var sent = await Scrape.UntilAsync(caller, scrape => scrape["dapr_http_server_response_bytes_count"] == 2);
        Assert.Equal(2, sent["dapr_runtime_service_invocation_req_sent_total{dst_app_id=\"callee\",type=\"unary\"}"]);
        Assert.Equal(1, sent["dapr_runtime_service_invocation_res_recv_total{src_app_id=\"callee\",status=\"418\",type=\"unary\"}"]);
        Assert.Equal(1, sent["dapr_runtime_service_invocation_res_recv_latency_ms_count{src_app_id=\"callee\",status=\"200\"}"]);
        Assert.Equal(5, sent["dapr_http_server_response_bytes_sum"]);
        var received = await Scrape.OfAsync(callee);
        Assert.Equal(2, received["dapr_runtime_service_invocation_req_recv_total{src_app_id=\"caller\"}"]);
        Assert.Equal(1, received["dapr_runtime_service_invocation_res_sent_total{dst_app_id=\"caller\",status=\"200\"}"]);
        Assert.Equal(1, received["dapr_http_client_completed_count{method=\"POST\",path=\"/echo\",status=\"200\"}"]);
        Assert.Equal(5, received["dapr_http_client_sent_bytes_sum{method=\"POST\",path=\"/echo\",status=\"\"}"]);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private Task<TestSidecar> StartAsync(string appId, TestApp? app = null, string? config = null) =>
        _bed.StartSidecarAsync(appId, app, options => options with { MetricsPort = 0, ConfigPaths = config is null ? [] : [config] });
}
