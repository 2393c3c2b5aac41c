using System.Net;
using System.Text;
using System.Text.Json;
using Dapr.Workflow;
using Dapr.Workflow.Client;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>The HTTP API of workflows, families of instances, and running again from an event.</summary>
public sealed class ManagementTests
{
    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<string, string>("parent", (context, child) =>
            context.CallChildWorkflowAsync<string>("child", options: new ChildWorkflowTaskOptions(child)));
        options.RegisterWorkflow<string?, string>("child", (context, _) => context.WaitForExternalEventAsync<string>("go"));
        options.RegisterWorkflow<string, string>("steps", async (context, input) =>
            await context.CallActivityAsync<string>("mark", await context.CallActivityAsync<string>("mark", input)));
        options.RegisterActivity<string, string>("mark", (_, input) => Task.FromResult(input + "!"));
    }

    [Fact]
    public async Task Over_http_a_workflow_is_started_told_held_let_go_and_seen()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        await bed.StartWorkerAsync(Register);
        Assert.Equal("web", (await PostAsync(sidecar, "child/start?instanceID=web", "\"in\"")).GetProperty("instanceID").GetString());
        await PostAsync(sidecar, "web/pause");
        await Eventually.TrueAsync(async () => await StatusAsync(sidecar, "web") == "SUSPENDED");
        await PostAsync(sidecar, "web/resume");
        await Eventually.TrueAsync(async () => await StatusAsync(sidecar, "web") == "RUNNING");
        await PostAsync(sidecar, "web/raiseEvent/go", "\"out\"");
        await Eventually.TrueAsync(async () => await StatusAsync(sidecar, "web") == "COMPLETED");
        var properties = (await GetAsync(sidecar, "web")).GetProperty("properties");
        Assert.Equal("\"in\"", properties.GetProperty("dapr.workflow.input").GetString());
        Assert.Equal("\"out\"", properties.GetProperty("dapr.workflow.output").GetString());
        await PostAsync(sidecar, "web/purge");
        Assert.Equal(HttpStatusCode.NotFound, (await sidecar.Http.GetAsync("/v1.0/workflows/dapr/web")).StatusCode);
    }

    [Fact]
    public async Task Terminate_and_purge_leave_the_children_when_asked_to()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        var client = await bed.StartWorkerAsync(Register);
        await client.ScheduleNewWorkflowAsync("parent", "alone", "left-child");
        await Eventually.TrueAsync(async () => (await client.GetWorkflowStateAsync("left-child")).Exists);
        await PostAsync(sidecar, "alone/terminate?non_recursive=true");
        await client.WaitForWorkflowCompletionAsync("alone");
        Assert.Equal("RUNNING", await StatusAsync(sidecar, "left-child"));
        await client.RaiseEventAsync("left-child", "go", "on its own");
        Assert.Equal("on its own", (await client.WaitForWorkflowCompletionAsync("left-child")).ReadOutputAs<string>());

        await PostAsync(sidecar, "alone/purge?non_recursive=true");
        Assert.False((await client.GetWorkflowStateAsync("alone")).Exists);
        Assert.True((await client.GetWorkflowStateAsync("left-child")).Exists);
    }

    [Fact]
    public async Task Terminate_and_purge_reach_the_children_by_default()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        var client = await bed.StartWorkerAsync(Register);
        await client.ScheduleNewWorkflowAsync("parent", "family", "taken-child");
        await Eventually.TrueAsync(async () => (await client.GetWorkflowStateAsync("taken-child")).Exists);
        await PostAsync(sidecar, "family/terminate");
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await client.WaitForWorkflowCompletionAsync("family")).RuntimeStatus);
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await client.WaitForWorkflowCompletionAsync("taken-child")).RuntimeStatus);
        await PostAsync(sidecar, "family/purge");
        Assert.False((await client.GetWorkflowStateAsync("family")).Exists);
        Assert.False((await client.GetWorkflowStateAsync("taken-child")).Exists);
    }

    [Fact]
    public async Task A_workflow_runs_again_from_an_activity_with_another_input()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        var client = await bed.StartWorkerAsync(Register);
        await client.ScheduleNewWorkflowAsync("steps", "first", "a");
        Assert.Equal("a!!", (await client.WaitForWorkflowCompletionAsync("first")).ReadOutputAs<string>());
        var second = (await client.GetInstanceHistoryAsync("first")).Last(static item => item.EventType == WorkflowHistoryEventType.TaskScheduled);

        var id = await client.RerunWorkflowFromEventAsync(
            "first", (uint)second.EventId, new RerunWorkflowFromEventOptions { NewInstanceId = "again", Input = "b", OverwriteInput = true });
        Assert.Equal("again", id);
        Assert.Equal("b!", (await client.WaitForWorkflowCompletionAsync("again")).ReadOutputAs<string>());
        Assert.Equal("a!!", (await client.GetWorkflowStateAsync("first")).ReadOutputAs<string>());
    }

    private static async Task<JsonElement> PostAsync(TestSidecar sidecar, string path, string? body = null)
    {
        using var content = new StringContent(body ?? "", Encoding.UTF8, "application/json");
        using var answer = await sidecar.Http.PostAsync("/v1.0/workflows/dapr/" + path, content);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static async Task<JsonElement> GetAsync(TestSidecar sidecar, string id) =>
        JsonSerializer.Deserialize<JsonElement>(await sidecar.Http.GetStringAsync("/v1.0/workflows/dapr/" + id));

    private static async Task<string?> StatusAsync(TestSidecar sidecar, string id) =>
        (await GetAsync(sidecar, id)).GetProperty("runtimeStatus").GetString();
}
