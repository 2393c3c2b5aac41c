using Dapr.Workflow;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>
/// The engine dies at each of its commits, just before and just after it, and another takes over what the store holds: the workflow
/// ends as if nothing had happened, and each task of its history ended once.
/// </summary>
public sealed class CrashTests
{
    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<int, string>("order", async (context, _) =>
        {
            var reserved = await context.CallActivityAsync<int>("reserve", 1);
            var both = await Task.WhenAll(context.CallActivityAsync<int>("a", 2), context.CallActivityAsync<int>("b", 3));
            await context.CreateTimer(TimeSpan.FromMilliseconds(1));
            var child = await context.CallChildWorkflowAsync<int>("child", 4, new ChildWorkflowTaskOptions($"{context.InstanceId}-child"));
            var approved = await context.WaitForExternalEventAsync<string>("approve");
            return $"{reserved}{both[0]}{both[1]}{child}{approved}";
        });
        options.RegisterWorkflow<int, int>("child", async (context, value) => await context.CallActivityAsync<int>("c", value));
        options.RegisterWorkflow<int, string>("generations", async (context, left) =>
        {
            var value = await context.CallActivityAsync<int>("a", left);
            if (left > 0)
                context.ContinueAsNew(left - 1);
            return $"end {value}";
        });
        foreach (var name in (string[])["reserve", "a", "b", "c"])
            options.RegisterActivity<int, int>(name, (_, value) => Task.FromResult(value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_survives_a_crash_at_every_commit(bool committed)
    {
        for (var crash = 1; ; crash++)
        {
            await using var bed = new EngineBed(Register);
            await bed.StartAsync();
            bed.StartWorker();
            bed.Store.DieAt = crash;
            bed.Store.CommitsLast = committed;
            var died = bed.Store.Died;
            var run = DriveAsync(bed);
            if (await Task.WhenAny(run, died) == run && !died.IsCompleted)
            {
                await run;
                Assert.True(crash > 8, $"only {crash} commits");
                return;
            }

            await bed.StartAsync();
            bed.StartWorker();
            await DriveAsync(bed);
            await AssertEachTaskEndedOnceAsync(bed, "order-1");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Generations_survive_a_crash_at_every_commit(bool committed)
    {
        for (var crash = 1; ; crash++)
        {
            await using var bed = new EngineBed(Register);
            await bed.StartAsync();
            bed.StartWorker();
            bed.Store.DieAt = crash;
            bed.Store.CommitsLast = committed;
            var died = bed.Store.Died;
            var run = FinishAsync(bed, "generations", "3");
            if (await Task.WhenAny(run, died) == run && !died.IsCompleted)
            {
                Assert.Equal("\"end 0\"", await run);
                Assert.True(crash > 4, $"only {crash} commits");
                return;
            }

            await bed.StartAsync();
            bed.StartWorker();
            Assert.Equal("\"end 0\"", await FinishAsync(bed, "generations", "3"));
        }
    }

    [Fact]
    public async Task A_store_that_refuses_a_commit_now_and_then_only_delays()
    {
        await using var bed = new EngineBed(Register);
        await bed.StartAsync();
        bed.StartWorker();
        var turns = 0;
        bed.Store.Refuses = operations => operations.Any(static operation => operation.Key.Contains("||history-", StringComparison.Ordinal))
            && Interlocked.Increment(ref turns) is 1 or 2 or 5;
        await DriveAsync(bed);
        await AssertEachTaskEndedOnceAsync(bed, "order-1");
    }

    /// <summary>Starts the order unless it is there, approves it, and waits for its end.</summary>
    private static async Task DriveAsync(EngineBed bed)
    {
        await EnsureStartedAsync(bed, "order-1", "order", "1");
        var state = await bed.Engine.GetStateAsync("order-1", false, CancellationToken.None);
        if (state!.WorkflowStatus != OrchestrationStatus.Completed && !await IsApprovedAsync(bed))
            await bed.Engine.RaiseEventAsync("order-1", "approve", "\"yes\"", CancellationToken.None);
        Assert.Equal("\"1234yes\"", (await bed.EndAsync("order-1")).Output);
    }

    private static async Task<string> FinishAsync(EngineBed bed, string name, string input)
    {
        await EnsureStartedAsync(bed, "generations-1", name, input);
        return (await bed.EndAsync("generations-1")).Output;
    }

    private static async Task EnsureStartedAsync(EngineBed bed, string id, string name, string input)
    {
        if (await bed.Engine.GetStateAsync(id, false, CancellationToken.None) is null)
            await bed.StartAsync(id, name, input);
    }

    private static async Task<bool> IsApprovedAsync(EngineBed bed) =>
        (await bed.Engine.GetHistoryAsync("order-1", CancellationToken.None))!.Any(static item => item.EventRaised is not null);

    private static async Task AssertEachTaskEndedOnceAsync(EngineBed bed, string id)
    {
        var history = (await bed.Engine.GetHistoryAsync(id, CancellationToken.None))!;
        var ended = history.Where(static item => item.TaskCompleted is not null).Select(static item => item.TaskCompleted.TaskScheduledId).ToList();
        Assert.Equal(3, ended.Count);
        Assert.Equal(ended.Distinct(), ended);
        Assert.Single(history, static item => item.TimerFired is not null);
        Assert.Single(history, static item => item.ChildWorkflowInstanceCompleted is not null);
        Assert.Single(history, static item => item.ExecutionCompleted is not null);
    }
}
