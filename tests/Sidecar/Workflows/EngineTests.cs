using Dapr.Workflow;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Workflows;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>What the engine does with time, sizes and ids, on a clock that stands still.</summary>
public sealed class EngineTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Noon);

    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<double, string>("sleeps", async (context, days) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(days));
            return "woke";
        });
        options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
        options.RegisterWorkflow<string, string>("parent", (context, child) =>
            context.CallChildWorkflowAsync<string>("echo", "from the parent", new ChildWorkflowTaskOptions(child)));
        options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input));
        options.RegisterWorkflow<int, string>("grows", async (context, count) =>
        {
            for (var i = 0; i < count; i++)
                await context.CallActivityAsync<string>("kilobyte");
            return "done";
        });
        options.RegisterActivity<object?, string>("kilobyte", (_, _) => Task.FromResult(new string('x', 1000)));
    }

    [Fact]
    public async Task A_timer_of_months_fires_on_its_day_and_survives_a_restart()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("sleeper", "sleeps", "90");
        _clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal(OrchestrationStatus.Running, (await StateAsync(bed, "sleeper"))!.WorkflowStatus);

        await bed.StartAsync();
        bed.StartWorker();
        _clock.Advance(TimeSpan.FromDays(29));
        Assert.Equal(OrchestrationStatus.Running, (await StateAsync(bed, "sleeper"))!.WorkflowStatus);
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal("\"woke\"", (await bed.EndAsync("sleeper")).Output);
    }

    [Fact]
    public async Task A_start_in_the_future_is_pending_until_its_time_also_after_a_restart()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("later", "echo", "\"x\"", Noon.AddHours(5));
        var pending = await StateAsync(bed, "later");
        Assert.Equal(OrchestrationStatus.Pending, pending!.WorkflowStatus);
        Assert.Equal("", pending.Name);

        await bed.StartAsync();
        bed.StartWorker();
        Assert.Equal(OrchestrationStatus.Pending, (await StateAsync(bed, "later"))!.WorkflowStatus);
        _clock.Advance(TimeSpan.FromHours(6));
        Assert.Equal("\"x\"", (await bed.EndAsync("later")).Output);
    }

    [Fact]
    public async Task An_event_starts_a_pending_instance_before_its_time()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("early", "waits", null, Noon.AddHours(5));
        await bed.Engine.RaiseEventAsync("early", "go", "\"now\"", CancellationToken.None);
        Assert.Equal("\"now\"", (await bed.EndAsync("early")).Output);
    }

    [Fact]
    public async Task Without_a_worker_a_start_is_refused_and_leaves_nothing()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        var start = bed.StartAsync("nobody-there", "echo");
        _clock.Advance(TimeSpan.FromSeconds(21));
        var fault = await Assert.ThrowsAsync<WorkflowFaultException>(() => start);
        Assert.Equal(WorkflowFaultKind.NoWorker, fault.Kind);
        Assert.Contains("dapr.internal.default.orders.workflow/nobody-there", fault.Message);
        Assert.Null(await StateAsync(bed, "nobody-there"));
        Assert.Equal(0, bed.Store.Commits);
    }

    [Fact]
    public async Task A_start_waits_for_a_worker_that_comes()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        var start = bed.StartAsync("patient", "echo", "\"x\"");
        bed.StartWorker();
        await start;
        Assert.Equal("\"x\"", (await bed.EndAsync("patient")).Output);
    }

    [Fact]
    public async Task An_event_without_a_worker_is_kept_and_in_strict_mode_refused()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        var worker = bed.StartWorker();
        await bed.StartAsync("deaf", "waits");
        worker.Dispose();
        await bed.Engine.RaiseEventAsync("deaf", "go", "\"kept\"", CancellationToken.None);

        await bed.StartAsync(strict: true);
        var raise = bed.Engine.RaiseEventAsync("deaf", "go", "\"lost\"", CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(WorkflowFaultKind.NoWorker, (await Assert.ThrowsAsync<WorkflowFaultException>(() => raise)).Kind);
        bed.StartWorker();
        Assert.Equal("\"kept\"", (await bed.EndAsync("deaf")).Output);
    }

    [Fact]
    public async Task A_child_waits_until_its_id_is_free()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("taken", "waits");
        await bed.StartAsync("parent", "parent", "\"taken\"");
        Assert.Equal(OrchestrationStatus.Running, (await StateAsync(bed, "parent"))!.WorkflowStatus);
        await bed.Engine.RaiseEventAsync("taken", "go", "1", CancellationToken.None);
        Assert.Equal("\"from the parent\"", (await bed.EndAsync("parent")).Output);
        Assert.Equal("\"from the parent\"", (await bed.EndAsync("taken")).Output);
    }

    [Fact]
    public async Task A_history_that_outgrows_a_message_stalls_and_goes_on_with_a_larger_limit()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(maxBodySize: 4000);
        bed.StartWorker();
        await bed.StartAsync("large", "grows", "6");
        await Eventually.TrueAsync(() => StateAsync(bed, "large").Result!.WorkflowStatus == OrchestrationStatus.Stalled);
        var refused = await Assert.ThrowsAsync<WorkflowFaultException>(() => bed.Engine.RaiseEventAsync("large", "x", null, CancellationToken.None));
        Assert.Equal("failed to invoke method for workflow 'large': actor is stalled", refused.Message);
        var history = await bed.Engine.GetHistoryAsync("large", CancellationToken.None);
        Assert.Equal(StalledReason.PayloadSizeExceeded, history![^1].ExecutionStalled.Reason);

        await bed.StartAsync();
        bed.StartWorker();
        Assert.Equal("\"done\"", (await bed.EndAsync("large")).Output);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("")]
    public async Task Ids_that_daprd_cannot_take_are_refused(string id)
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        var fault = await Assert.ThrowsAsync<WorkflowFaultException>(() => bed.StartAsync(id, "echo"));
        Assert.Equal(WorkflowFaultKind.InvalidRequest, fault.Kind);
    }

    [Theory]
    [InlineData("a.b:c é")]
    [InlineData("a||b")]
    public async Task Other_ids_work_and_are_listed(string id)
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync(id, "echo", "\"x\"");
        Assert.Equal("\"x\"", (await bed.EndAsync(id)).Output);
        Assert.Equal([id], (await bed.Engine.ListAsync(null, null, CancellationToken.None)).Ids);
        Assert.Equal(1, await bed.Engine.PurgeAsync(id, recursive: true, force: false, CancellationToken.None));
        Assert.Empty((await bed.Engine.ListAsync(null, null, CancellationToken.None)).Ids);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Waiting_instances_come_back_with_their_events_in_few_scans_where_a_scan_is_dear(bool scansEveryKey)
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        string[] ids = [.. Enumerable.Range(0, 20).Select(number => $"a||inbox-{number}")];
        foreach (var id in ids)
            await bed.StartAsync(id, "echo", $"\"{id}\"", Noon.AddHours(5));
        foreach (var id in ids)
            await bed.Engine.SuspendAsync(id, null, awaitTurn: false, CancellationToken.None);

        // No worker: what was asked for stays in the inboxes.
        await bed.StartAsync(prepare: store => store.ScansEveryKey = scansEveryKey);
        if (scansEveryKey)
            Assert.InRange(bed.Store.Scans, 1, 5);
        bed.StartWorker();
        foreach (var id in ids)
            await bed.Engine.ResumeAsync(id, null, awaitTurn: false, CancellationToken.None);
        foreach (var id in ids)
            Assert.Equal($"\"{id}\"", (await bed.EndAsync(id)).Output);
        Assert.DoesNotContain(await bed.Store.ScanKeysAsync("", null, 1000, CancellationToken.None), key => key.EndsWith("||inbox-000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_purge_by_force_ends_a_running_instance_and_leaves_no_key()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync();
        bed.StartWorker();
        await bed.StartAsync("forced", "waits");
        await Assert.ThrowsAsync<WorkflowFaultException>(() => bed.Engine.PurgeAsync("forced", recursive: true, force: false, CancellationToken.None));
        Assert.Equal(1, await bed.Engine.PurgeAsync("forced", recursive: true, force: true, CancellationToken.None));
        Assert.Null(await StateAsync(bed, "forced"));
        Assert.Empty(await bed.Store.ScanKeysAsync("", null, 100, CancellationToken.None));
    }

    [Fact]
    public async Task In_strict_mode_a_sent_event_blocks_the_turn_as_it_does_on_daprd()
    {
        await using var bed = new EngineBed(
            options => options.RegisterWorkflow<string, string>("sends", (context, _) =>
            {
                context.SendEvent("other", "x", "y");
                return Task.FromResult("sent");
            }),
            _clock);
        await bed.StartAsync(strict: true);
        bed.StartWorker();
        var start = bed.Engine.StartAsync(new WorkflowStartRequest("sender", "sends"), CancellationToken.None);
        await Eventually.TrueAsync(() => StateAsync(bed, "sender").Result is { WorkflowStatus: OrchestrationStatus.Pending });
        Assert.False(start.IsCompleted);
        Assert.Equal(0, bed.Store.Commits);
    }

    private static Task<NexusCart.TaskHub.WorkflowState?> StateAsync(EngineBed bed, string id) =>
        bed.Engine.GetStateAsync(id, withPayloads: true, CancellationToken.None);
}
