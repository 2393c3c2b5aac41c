using Dapr.Workflow;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Workflows;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Instances that only wait leave memory and come back; long ones cost no more per turn than short ones.</summary>
public sealed class MemoryTests
{
    private const int Many = 200;
    private const int Bound = 20;
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Noon);

    private static WorkflowEngineOptions Small(WorkflowEngineOptions options) => options with { ActiveInMemory = Bound };

    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
        options.RegisterWorkflow<string, string>("two events", async (context, _) =>
        {
            var first = await context.WaitForExternalEventAsync<string>("first");
            context.SetCustomStatus(first);
            return first + await context.CallActivityAsync<string>("echo", await context.WaitForExternalEventAsync<string>("second"));
        });
        options.RegisterWorkflow<double, string>("sleeps", async (context, days) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(days));
            return "woke";
        });
        options.RegisterWorkflow<string, string>("parent", async (context, child) =>
            "child: " + await context.CallChildWorkflowAsync<string>("waits", "x", new ChildWorkflowTaskOptions(child)));
        options.RegisterWorkflow<int, int>("counts", async (context, count) =>
        {
            for (var i = 0; i < count; i++)
                await context.CallActivityAsync<string>("echo", "x");
            return count;
        });
        options.RegisterActivity<string, string>("echo", (_, input) => Task.FromResult(input));
    }

    [Fact]
    public async Task What_waits_leaves_memory_and_goes_on_when_its_event_comes()
    {
        await using var bed = await StartAsync("two events");
        await LeaveAsync(bed);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => RaiseAsync(bed, i, "first", $"\"{i}/\"")));
        await Eventually.TrueAsync(async () => (await bed.Engine.GetStateAsync("i7", withPayloads: true, CancellationToken.None))!.CustomStatus == "\"7/\"");
        await LeaveAsync(bed);
        Assert.Equal("\"7/\"", (await bed.Engine.GetStateAsync("i7", withPayloads: true, CancellationToken.None))!.CustomStatus);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => RaiseAsync(bed, i, "second", "\"end\"")));
        for (var i = 0; i < Many; i++)
            Assert.Equal($"\"{i}/end\"", (await bed.EndAsync($"i{i}")).Output);
        Assert.Equal(Many, bed.Runs["echo"]);
    }

    [Fact]
    public async Task A_timer_brings_its_instance_back()
    {
        await using var bed = await StartAsync("sleeps", "1.5");
        await LeaveAsync(bed);
        _clock.Advance(TimeSpan.FromDays(1.4));
        Assert.Equal(OrchestrationStatus.Running, (await bed.Engine.GetStateAsync("i0", withPayloads: false, CancellationToken.None))!.WorkflowStatus);
        await LeaveAsync(bed);
        _clock.Advance(TimeSpan.FromDays(0.2));
        for (var i = 0; i < Many; i++)
            Assert.Equal("\"woke\"", (await bed.EndAsync($"i{i}")).Output);
    }

    [Fact]
    public async Task A_start_in_the_future_comes_back_at_its_time()
    {
        await using var bed = await StartAsync("sleeps", "0", Noon.AddDays(2));
        await LeaveAsync(bed);
        _clock.Advance(TimeSpan.FromDays(2));
        for (var i = 0; i < Many; i++)
            Assert.Equal("\"woke\"", (await bed.EndAsync($"i{i}")).Output);
    }

    [Fact]
    public async Task A_child_that_ends_brings_its_parent_back()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Small);
        bed.StartWorker();
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => bed.StartAsync($"p{i}", "parent", $"\"i{i}\"")));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).Count == 2 * Many);
        await LeaveAsync(bed);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => RaiseAsync(bed, i, "go", $"\"{i}\"")));
        for (var i = 0; i < Many; i++)
            Assert.Equal($"\"child: {i}\"", (await bed.EndAsync($"p{i}")).Output);
    }

    [Fact]
    public async Task An_id_out_of_memory_is_still_taken_and_can_be_suspended_terminated_and_purged()
    {
        await using var bed = await StartAsync("waits");
        await LeaveAsync(bed);
        for (var i = 0; i < Many; i++)
        {
            var id = $"i{i}";
            var fault = await Assert.ThrowsAsync<WorkflowFaultException>(() => bed.StartAsync(id, "waits"));
            Assert.Equal(WorkflowFaultKind.ActiveInstance, fault.Kind);
            await bed.Engine.SuspendAsync(id, null, awaitTurn: true, CancellationToken.None);
        }

        await LeaveAsync(bed);
        for (var i = 0; i < Many; i++)
        {
            var id = $"i{i}";
            Assert.Equal(OrchestrationStatus.Suspended, (await bed.Engine.GetStateAsync(id, withPayloads: false, CancellationToken.None))!.WorkflowStatus);
            await bed.Engine.TerminateAsync(id, null, recursive: true, awaitEnd: true, CancellationToken.None);
            Assert.Equal(1, await bed.Engine.PurgeAsync(id, recursive: true, force: false, CancellationToken.None));
        }

        Assert.Empty(await IdsAsync(bed));
    }

    [Fact]
    public async Task A_restart_does_not_take_in_what_waits()
    {
        await using var bed = await StartAsync("waits");
        await bed.StartAsync(change: Small);
        Assert.InRange(bed.Engine.ActiveInMemory, 0, Bound);
        bed.StartWorker();
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => RaiseAsync(bed, i, "go", "\"after\"")));
        for (var i = 0; i < Many; i++)
            Assert.Equal("\"after\"", (await bed.EndAsync($"i{i}")).Output);
    }

    [Fact]
    public async Task A_turn_of_a_long_history_writes_no_more_than_one_of_a_short_and_reads_nothing()
    {
        const int Activities = 700;
        await using var bed = new EngineBed(Register);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("long", "counts", "700");
        var reads = bed.Store.Reads;
        await bed.EndAsync("long");
        Assert.Equal(reads, bed.Store.Reads);
        Assert.True((await bed.Engine.GetHistoryAsync("long", CancellationToken.None))!.Count > 2000);

        // One commit a turn. Answers may be stored on their own besides when the machine is busy, and are deleted with their turn.
        var turns = bed.Store.Written.Where(static commit => commit.Bytes > 150).ToList();
        Assert.Equal(Activities + 1, turns.Count);
        var early = turns.Skip(5).Take(10).ToList();
        var late = turns.SkipLast(1).TakeLast(10).ToList();
        Assert.Equal(early.Min(static commit => commit.Rows), late.Min(static commit => commit.Rows));
        // The numbers of tasks grow by a byte.
        Assert.InRange(late.Min(static commit => commit.Bytes), 0, early.Min(static commit => commit.Bytes) + 16);
    }

    private async Task<EngineBed> StartAsync(string name, string? input = null, DateTimeOffset? at = null)
    {
        var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Small);
        bed.StartWorker();
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => bed.StartAsync($"i{i}", name, input, at)));
        return bed;
    }

    /// <summary>Lets time pass until what waits has left memory.</summary>
    private Task LeaveAsync(EngineBed bed) => Eventually.TrueAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return bed.Engine.ActiveInMemory <= Bound;
    });

    private static Task RaiseAsync(EngineBed bed, int index, string name, string input) =>
        bed.Engine.RaiseEventAsync($"i{index}", name, input, CancellationToken.None);

    private static async Task<IReadOnlyList<string>> IdsAsync(EngineBed bed) =>
        (await bed.Engine.ListAsync(after: null, count: null, CancellationToken.None)).Ids;
}
