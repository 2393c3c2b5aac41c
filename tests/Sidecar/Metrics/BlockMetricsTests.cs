using System.Collections.Concurrent;
using System.Net.Http.Json;
using Dapr.Workflow;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Actors;
using NexusCart.Tests.Sidecar.Infrastructure;
using NexusCart.Tests.Sidecar.Workflows;

namespace NexusCart.Tests.Sidecar.Metrics;

/// <summary>What the building blocks count, by the names and labels Dapr gives it.</summary>
public sealed class BlockMetricsTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    [Fact]
    public async Task State_is_counted_by_operation_and_outcome()
    {
        _bed.Resource("state.yaml", SidecarBed.Component("store", "state.in-memory"));
        var sidecar = await StartAsync();

        await sidecar.Http.PostAsJsonAsync("/v1.0/state/store", new[] { new { key = "k", value = "v" } });
        await sidecar.Http.GetAsync("/v1.0/state/store/k");
        await sidecar.Http.PostAsJsonAsync("/v1.0/state/store/bulk", new { keys = new[] { "k" } });
        using var stale = new HttpRequestMessage(HttpMethod.Delete, "/v1.0/state/store/k");
        stale.Headers.TryAddWithoutValidation("If-Match", "stale");
        await sidecar.Http.SendAsync(stale);
        await sidecar.Http.PostAsJsonAsync("/v1.0/state/store/transaction", new { operations = new[] { new { operation = "delete", request = new { key = "k" } } } });

        var scrape = await Scrape.OfAsync(sidecar);
        foreach (var (operation, success) in (IEnumerable<(string, string)>)
                 [("set", "true"), ("get", "true"), ("bulk_get", "true"), ("delete", "false"), ("transaction", "true")])
        {
            var labels = $"{{component=\"store\",namespace=\"\",operation=\"{operation}\",success=\"{success}\"}}";
            Assert.Equal(1, scrape["dapr_component_state_count" + labels]);
            Assert.Equal(1, scrape["dapr_component_state_latencies_count" + labels]);
        }

        Assert.Equal(5, scrape.SeriesOf("dapr_component_state_count").Count());
        Assert.Equal(1, scrape["dapr_runtime_component_loaded"]);
        Assert.Equal(1, scrape["dapr_runtime_component_init_total{component=\"state.in-memory\"}"]);
    }

    [Fact]
    public async Task A_component_that_fails_is_counted_with_its_name()
    {
        var broken = SidecarBed.Component("broken", "secretstores.local.file", ("secretsFile", "/no/such/file.json"))
            .Replace("  version: v1", "  version: v1\n  ignoreErrors: true", StringComparison.Ordinal);
        _bed.Resource("state.yaml", broken);
        var sidecar = await StartAsync();

        Assert.Equal(1, (await Scrape.OfAsync(sidecar))["dapr_runtime_component_init_fail_total{component=\"secretstores.local.file\",componentName=\"broken\",reason=\"init\"}"]);
    }

    [Fact]
    public async Task Messages_are_counted_as_published_and_by_what_the_app_made_of_them()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory"));
        var seen = new ConcurrentDictionary<string, int>();
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/dapr/subscribe", () => new[] { new { pubsubname = "pubsub", topic = "good", route = "/good" }, new { pubsubname = "pubsub", topic = "bad", route = "/bad" } });
            app.MapPost("/good", () => Results.Ok());
            app.MapPost("/bad", () => seen.AddOrUpdate("bad", 1, (_, count) => count + 1) == 1 ? Results.Json(new { status = "DROP" }) : Results.StatusCode(500));
        });
        var sidecar = await StartAsync(app);

        await sidecar.Client.PublishEventAsync("pubsub", "good", new { id = 1 });
        await sidecar.Client.PublishEventAsync("pubsub", "bad", new { id = 1 });
        await sidecar.Http.PostAsJsonAsync("/v1.0/publish/bulk/pubsub/good", new[]
        {
            new { entryId = "1", @event = "a", contentType = "text/plain" }, new { entryId = "2", @event = "b", contentType = "text/plain" },
        });

        var scrape = await Scrape.UntilAsync(
            sidecar, scrape => scrape["dapr_component_pubsub_ingress_count{component=\"pubsub\",namespace=\"\",process_status=\"success\",status=\"success\",topic=\"good\"}"] == 3);
        Assert.Equal(1, scrape["dapr_component_pubsub_egress_count{component=\"pubsub\",namespace=\"\",success=\"true\",topic=\"good\"}"]);
        Assert.Equal(1, scrape["dapr_component_pubsub_egress_latencies_count{component=\"pubsub\",namespace=\"\",success=\"true\",topic=\"bad\"}"]);
        Assert.Equal(1, scrape["dapr_component_pubsub_egress_bulk_count{component=\"pubsub\",namespace=\"\",success=\"true\",topic=\"good\"}"]);
        Assert.Equal(2, scrape["dapr_component_pubsub_egress_bulk_event_count{component=\"pubsub\",namespace=\"\",success=\"true\",topic=\"good\"}"]);
        await Scrape.UntilAsync(
            sidecar, last => last["dapr_component_pubsub_ingress_latencies_count{component=\"pubsub\",namespace=\"\",process_status=\"drop\",status=\"drop\",topic=\"bad\"}"] == 1);
    }

    [Fact]
    public async Task Bindings_secrets_and_configuration_are_counted_by_operation()
    {
        await File.WriteAllTextAsync(Path.Combine(_bed.Folder, "secrets.json"), """{"key":"value"}""");
        await File.WriteAllTextAsync(Path.Combine(_bed.Folder, "config.json"), """{"theme":"blue"}""");
        _bed.Resource(
            "all.yaml",
            SidecarBed.Component("files", "bindings.localstorage", ("rootPath", Path.Combine(_bed.Folder, "files"))),
            SidecarBed.Component("secrets", "secretstores.local.file", ("secretsFile", Path.Combine(_bed.Folder, "secrets.json"))),
            SidecarBed.Component("config", "configuration.embedded", ("path", Path.Combine(_bed.Folder, "config.json"))));
        var sidecar = await StartAsync();

        await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/files", new { operation = "create", data = "x", metadata = new { fileName = "a" } });
        await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/files", new { operation = "get", metadata = new { fileName = "none" } });
        await sidecar.Http.GetAsync("/v1.0/secrets/secrets/key");
        await sidecar.Http.GetAsync("/v1.0/secrets/secrets/none");
        await sidecar.Http.GetAsync("/v1.0/secrets/secrets/bulk");
        await sidecar.Http.GetAsync("/v1.0/configuration/config?key=theme");

        var scrape = await Scrape.OfAsync(sidecar);
        Assert.Equal(1, scrape["dapr_component_output_binding_count{component=\"files\",namespace=\"\",operation=\"create\",success=\"true\"}"]);
        Assert.Equal(1, scrape["dapr_component_output_binding_count{component=\"files\",namespace=\"\",operation=\"get\",success=\"false\"}"]);
        Assert.Equal(1, scrape["dapr_component_secret_count{component=\"secrets\",namespace=\"\",operation=\"get\",success=\"true\"}"]);
        Assert.Equal(1, scrape["dapr_component_secret_count{component=\"secrets\",namespace=\"\",operation=\"get\",success=\"false\"}"]);
        Assert.Equal(1, scrape["dapr_component_secret_latencies_count{component=\"secrets\",namespace=\"\",operation=\"bulk_get\",success=\"true\"}"]);
        Assert.Equal(1, scrape["dapr_component_configuration_count{component=\"config\",namespace=\"\",operation=\"get\",success=\"true\"}"]);
    }

    [Fact]
    public async Task Policies_are_counted_when_they_are_applied_and_when_they_act()
    {
        _bed.Resource(
            "resiliency.yaml",
            """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: shop }
            spec:
              policies:
                retries: { twice: { policy: constant, duration: 1ms, maxRetries: 2 } }
                circuitBreakers: { quick: { timeout: 1h, trip: consecutiveFailures >= 3 } }
              targets:
                apps: { flaky: { retry: twice, circuitBreaker: quick } }
            """);
        var app = await _bed.StartAppAsync(app => app.MapGet("/fails", () => Results.StatusCode(500)));
        await StartAsync(app, "flaky");
        var caller = await StartAsync(appId: "caller");

        await caller.Http.GetAsync("/v1.0/invoke/flaky/method/fails");

        var scrape = await Scrape.OfAsync(caller);
        const string Target = "flow_direction=\"outbound\",name=\"shop\",namespace=\"\",target=\"app_flaky\"";
        Assert.Equal(1, scrape["dapr_resiliency_loaded{name=\"shop\",namespace=\"\"}"]);
        Assert.Equal(1, scrape[$"dapr_resiliency_count{{{Target},policy=\"retry\",status=\"\"}}"]);
        Assert.Equal(1, scrape[$"dapr_resiliency_count{{{Target},policy=\"circuitbreaker\",status=\"closed\"}}"]);
        Assert.Equal(2, scrape[$"dapr_resiliency_activations_total{{{Target},policy=\"retry\",status=\"\"}}"]);
        Assert.Equal(1, scrape[$"dapr_resiliency_activations_total{{{Target},policy=\"circuitbreaker\",status=\"open\"}}"]);
        Assert.Equal(1, scrape[$"dapr_resiliency_cb_state{{{Target},policy=\"circuitbreaker\",status=\"open\"}}"]);
        Assert.Equal(0, scrape[$"dapr_resiliency_cb_state{{{Target},policy=\"circuitbreaker\",status=\"closed\"}}"]);
    }

    [Fact]
    public async Task Jobs_and_health_probes_are_counted()
    {
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/healthz", () => Results.Ok());
            app.MapPost("/job/{name}", () => Results.Ok());
        });
        var sidecar = await StartAsync(app, change: options => options with { EnableAppHealthCheck = true });

        await sidecar.Http.PostAsJsonAsync("/v1.0/jobs/now", new { dueTime = "0s", data = "x" });

        var scrape = await Scrape.UntilAsync(sidecar, scrape => scrape["dapr_component_job_success_count{namespace=\"\",operation=\"job_trigger_op\"}"] == 1);
        Assert.Equal(1, scrape["dapr_component_job_latencies_count{namespace=\"\",operation=\"job_trigger_op\",success=\"true\"}"]);
        Assert.True(scrape["dapr_http_healthprobes_completed_count{status=\"200\"}"] >= 1);
    }

    [Fact]
    public async Task Actors_are_counted_by_type()
    {
        await using var actors = new ActorBed(fakeTime: false);
        var shop = await actors.StartAsync(change: options => options with { MetricsPort = 0 });
        await shop.Sidecar.Http.PostAsJsonAsync("/v1.0/actors/Shop/a/reminders/none", new { dueTime = "0s", period = "" });
        await shop.Sidecar.Http.PostAsJsonAsync("/v1.0/actors/Shop/a/timers/later", new { dueTime = "1h", callback = "x" });

        await Scrape.UntilAsync(shop.Sidecar, scrape => scrape.SeriesOf("dapr_runtime_actor_reminders_fired_total").Any());
        var scrape = await Scrape.OfAsync(shop.Sidecar);
        Assert.Equal(1, scrape["dapr_runtime_actor_timers{actor_type=\"Shop\"}"]);
        Assert.Equal(0, scrape["dapr_runtime_actor_pending_actor_calls{actor_type=\"Shop\"}"]);
        Assert.True(scrape.Has("dapr_runtime_actor_pending_actor_calls{actor_type=\"Shop\"}"));
    }

    [Fact]
    public async Task Workflows_and_activities_are_counted_by_name()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.Bed.StartSidecarAsync("orders", change: options => options with { MetricsPort = 0 });
        bed.Use("orders", sidecar);
        var client = await bed.StartWorkerAsync(options =>
        {
            options.RegisterWorkflow<int, int>("Double", async (context, input) => await context.CallActivityAsync<int>("Twice", input));
            options.RegisterActivity<int, int>("Twice", (_, input) => Task.FromResult(input * 2));
        });

        await client.ScheduleNewWorkflowAsync("Double", "d1", 21);
        var state = await client.WaitForWorkflowCompletionAsync("d1");
        Assert.Equal(42, state.ReadOutputAs<int>());

        var scrape = await Scrape.UntilAsync(
            sidecar, scrape => scrape["dapr_runtime_workflow_execution_count{namespace=\"\",status=\"success\",workflow_name=\"Double\"}"] == 1);
        Assert.Equal(1, scrape["dapr_runtime_workflow_operation_count{namespace=\"\",operation=\"create_workflow\",status=\"success\"}"]);
        Assert.Equal(1, scrape["dapr_runtime_workflow_execution_latency_count{namespace=\"\",status=\"success\",workflow_name=\"Double\"}"]);
        Assert.Equal(1, scrape["dapr_runtime_workflow_scheduling_latency_count{namespace=\"\",workflow_name=\"Double\"}"]);
        Assert.Equal(1, scrape["dapr_runtime_workflow_activity_operation_count{activity_name=\"Twice\",namespace=\"\",status=\"success\"}"]);
        Assert.Equal(1, scrape["dapr_runtime_workflow_activity_execution_count{activity_name=\"Twice\",namespace=\"\",status=\"success\"}"]);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private Task<TestSidecar> StartAsync(TestApp? app = null, string appId = "shop", Func<SidecarOptions, SidecarOptions>? change = null) =>
        _bed.StartSidecarAsync(appId, app, options => (change?.Invoke(options) ?? options) with { MetricsPort = 0 });
}
