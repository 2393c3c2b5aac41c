using Dapr.Workflow;
using Grpc.Core;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Workflows as their clients see them, through the stand-in: ids, suspension, events and calls between workflows and apps, lists.</summary>
public sealed class StandInManagementTests
{
    [Fact]
    public async Task Suspend_holds_resume_lets_go_terminate_ends_children_too()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("parent", (context, _) =>
                context.CallChildWorkflowAsync<string>("child", options: new ChildWorkflowTaskOptions("steered-child")));
            options.RegisterWorkflow<string?, string>("child", (context, _) => context.WaitForExternalEventAsync<string>("never"));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("parent", "steered");
            await client.SuspendWorkflowAsync("steered", "because");
            Assert.Equal(WorkflowRuntimeStatus.Suspended, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);
            await client.ResumeWorkflowAsync("steered");
            Assert.Equal(WorkflowRuntimeStatus.Running, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);

            await client.WaitForWorkflowStartAsync("steered-child");
            await client.TerminateWorkflowAsync("steered", "enough");
            Assert.Equal(WorkflowRuntimeStatus.Terminated, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);
            var child = await client.WaitForWorkflowCompletionAsync("steered-child");
            Assert.Equal(WorkflowRuntimeStatus.Terminated, child.RuntimeStatus);

            Assert.True(await client.PurgeInstanceAsync("steered"));
            Assert.False((await client.GetWorkflowStateAsync("steered")).Exists);
            Assert.False((await client.GetWorkflowStateAsync("steered-child")).Exists);
        }
    }

    [Fact]
    public async Task An_active_id_is_refused_and_an_ended_one_is_replaced()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
            options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("waits", "one-id");
            var refused = await Assert.ThrowsAsync<RpcException>(() => client.ScheduleNewWorkflowAsync("echo", "one-id", "x"));
            Assert.Equal(StatusCode.Unknown, refused.StatusCode);
            Assert.Equal("failed to create workflow instance: an active workflow with ID 'one-id' already exists", refused.Status.Detail);

            await client.RaiseEventAsync("one-id", "go", "first");
            Assert.Equal("first", (await client.WaitForWorkflowCompletionAsync("one-id")).ReadOutputAs<string>());
            await client.ScheduleNewWorkflowAsync("echo", "one-id", "second");
            Assert.Equal("second", (await client.WaitForWorkflowCompletionAsync("one-id")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Of_many_starts_of_one_id_one_succeeds()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
            options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go")));
        await using (bed)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                try
                {
                    await client.ScheduleNewWorkflowAsync("waits", "contended");
                    return true;
                }
                catch (RpcException)
                {
                    return false;
                }
            }));
            Assert.Single(outcomes, succeeded => succeeded);
        }
    }

    [Fact]
    public async Task A_workflow_sends_events_to_another()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("receiver", (context, _) => context.WaitForExternalEventAsync<string>("letter"));
            options.RegisterWorkflow<string, string>("sender", (context, _) =>
            {
                context.SendEvent("receiver-1", "letter", "hello");
                return Task.FromResult("sent");
            });
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("receiver", "receiver-1");
            await client.ScheduleNewWorkflowAsync("sender", "sender-1");
            Assert.Equal("hello", (await client.WaitForWorkflowCompletionAsync("receiver-1")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Activities_and_children_of_another_app_run_there()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await bed.StartSidecarAsync("stock");
        var client = await bed.StartWorkerAsync(options => options.RegisterWorkflow<string, string>("caller", async (context, _) =>
            await context.CallActivityAsync<string>("where", options: new WorkflowTaskOptions(TargetAppId: "stock"))
            + await context.CallChildWorkflowAsync<string>("child", options: new ChildWorkflowTaskOptions("remote-child", TargetAppId: "stock"))));
        var there = await bed.StartWorkerAsync(
            options =>
            {
                options.RegisterActivity<object?, string>("where", (_, _) => Task.FromResult("there "));
                options.RegisterWorkflow<object?, string>("child", (_, _) => Task.FromResult("and there"));
            },
            "stock");
        await client.ScheduleNewWorkflowAsync("caller", "caller-1");
        Assert.Equal("there and there", (await client.WaitForWorkflowCompletionAsync("caller-1")).ReadOutputAs<string>());
        Assert.True((await there.GetWorkflowStateAsync("remote-child")).Exists);
        Assert.False((await client.GetWorkflowStateAsync("remote-child")).Exists);
    }

    [Fact]
    public async Task Waiting_for_a_missing_instance_says_so()
    {
        var (bed, client) = await WorkflowBed.StartAsync(_ => { });
        await using (bed)
        {
            Assert.False((await client.GetWorkflowStateAsync("nobody")).Exists);
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.WaitForWorkflowCompletionAsync("nobody"));
            var missing = await Assert.ThrowsAsync<RpcException>(() => client.RaiseEventAsync("nobody", "x"));
            Assert.Equal("no such instance exists", missing.Status.Detail);
            await Assert.ThrowsAsync<RpcException>(() => client.PurgeInstanceAsync("nobody"));
        }
    }

    [Fact]
    public async Task Instances_are_listed_in_pages()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
            options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input)));
        await using (bed)
        {
            var ids = Enumerable.Range(0, 7).Select(i => $"listed-{i}").ToList();
            foreach (var id in ids)
            {
                await client.ScheduleNewWorkflowAsync("echo", id, "x");
                await client.WaitForWorkflowCompletionAsync(id);
            }

            var found = new List<string>();
            string? token = null;
            do
            {
                var page = await client.ListInstanceIdsAsync(token, pageSize: 3);
                Assert.True(page.InstanceIds.Count <= 3);
                found.AddRange(page.InstanceIds);
                token = page.ContinuationToken;
            }
            while (token is not null);
            Assert.Equal(ids, found.Order());
        }
    }
}
