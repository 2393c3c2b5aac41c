using System.Collections.Concurrent;
using Dapr.Workflow;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>What was under way goes on when sidecar and worker come back.</summary>
public sealed class DurabilityTests
{
    private static readonly TaskCompletionSource Never = new();

    private static Action<WorkflowRuntimeOptions> Registration(ConcurrentQueue<string> runs, bool hang) => options =>
    {
        options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
        options.RegisterWorkflow<string, string>("sleeps", async (context, _) =>
        {
            await context.CreateTimer(TimeSpan.FromSeconds(1));
            return "woke";
        });
        options.RegisterWorkflow<string, string>("works", (context, _) => context.CallActivityAsync<string>("work"));
        options.RegisterWorkflow<string, string>("parent", async (context, _) =>
            "child: " + await context.CallChildWorkflowAsync<string>("works"));
        options.RegisterActivity<object?, string>("work", async (context, _) =>
        {
            runs.Enqueue(context.InstanceId);
            if (hang)
                await Never.Task;
            return "worked";
        });
    };

    [Fact]
    public async Task Everything_unfinished_goes_on_after_a_restart()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        var before = new ConcurrentQueue<string>();
        var client = await bed.StartWorkerAsync(Registration(before, hang: true));
        foreach (var name in (string[])["waits", "sleeps", "works", "parent"])
            await client.ScheduleNewWorkflowAsync(name, name);
        await client.ScheduleNewWorkflowAsync("waits", "held");
        await client.SuspendWorkflowAsync("held");
        await client.ScheduleNewWorkflowAsync("waits", "told");
        await client.RaiseEventAsync("told", "go", "early");
        await client.WaitForWorkflowCompletionAsync("told");
        await Eventually.TrueAsync(() => before.Count == 2);

        await bed.RestartAsync();
        await bed.StartSidecarAsync();
        var after = new ConcurrentQueue<string>();
        client = await bed.StartWorkerAsync(Registration(after, hang: false));
        Assert.Equal("worked", await OutputAsync("works"));
        Assert.Equal("child: worked", await OutputAsync("parent"));
        Assert.Equal("woke", await OutputAsync("sleeps"));
        Assert.Equal("early", await OutputAsync("told"));
        Assert.Equal(WorkflowRuntimeStatus.Suspended, (await client.GetWorkflowStateAsync("held")).RuntimeStatus);
        await client.ResumeWorkflowAsync("held");
        foreach (var id in (string[])["waits", "held"])
        {
            await client.RaiseEventAsync(id, "go", "late");
            Assert.Equal("late", await OutputAsync(id));
        }

        Assert.Equal(2, after.Count);

        async Task<string?> OutputAsync(string id) => (await client.WaitForWorkflowCompletionAsync(id)).ReadOutputAs<string>();
    }

    [Fact]
    public async Task The_worker_reconnects_when_the_sidecar_comes_back()
    {
        await using var bed = WorkflowBed.Create();
        var port = NexusCart.Sidecar.Hosting.FreePorts.Next();
        var sidecar = await bed.Bed.StartSidecarAsync("orders", change: options => options with { GrpcPort = port });
        bed.Use("orders", sidecar);
        var client = await bed.StartWorkerAsync(options => options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input)));
        await client.ScheduleNewWorkflowAsync("echo", "first", "1");
        await client.WaitForWorkflowCompletionAsync("first");

        await bed.Bed.RestartAsync();
        await bed.Bed.StartSidecarAsync("orders", change: options => options with { GrpcPort = port });
        // While the client's channel backs off, calls fail at once.
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await client.ScheduleNewWorkflowAsync("echo", "second", "2");
                return true;
            }
            catch (RpcException away) when (away.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        });
        Assert.Equal("2", (await client.WaitForWorkflowCompletionAsync("second")).ReadOutputAs<string>());
        Assert.Equal("1", (await client.GetWorkflowStateAsync("first")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_app_that_stops_finishes_what_it_runs()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var runs = 0;
        Action<WorkflowRuntimeOptions> register = options =>
        {
            options.RegisterWorkflow<string, string>("works", (context, _) => context.CallActivityAsync<string>("work"));
            options.RegisterActivity<object?, string>("work", async (_, _) =>
            {
                Interlocked.Increment(ref runs);
                begun.TrySetResult();
                await release.Task;
                return "finished";
            });
        };
        var app = await bed.StartAppAsync(register);
        var client = app.Services.GetRequiredService<DaprWorkflowClient>();
        await client.ScheduleNewWorkflowAsync("works", "drained");
        await begun.Task;
        var stopping = bed.StopAppAsync(app);
        release.SetResult();
        await stopping;
        client = await bed.StartWorkerAsync(register);
        Assert.Equal("finished", (await client.WaitForWorkflowCompletionAsync("drained")).ReadOutputAs<string>());
        Assert.Equal(1, runs);
    }
}
