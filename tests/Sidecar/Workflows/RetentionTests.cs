using Dapr.Workflow;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Workflows;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Ended instances go when the policy says so, on a clock that stands still.</summary>
public sealed class RetentionTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Noon);

    private static WorkflowEngineOptions Keep(WorkflowEngineOptions options) => options with
    {
        Limits = new WorkflowSpec
        {
            Retention = new WorkflowRetentionSpec(TimeSpan.FromSeconds(3), Completed: null, Failed: TimeSpan.FromHours(1), Terminated: null),
        },
    };

    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input));
        options.RegisterWorkflow<string, string>("fails", (_, _) => throw new InvalidOperationException("as asked"));
        options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
    }

    [Fact]
    public async Task What_is_said_of_a_status_is_stronger_than_what_is_said_of_all()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Keep);
        bed.StartWorker();
        await EndAllAsync(bed);

        _clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(["completed", "failed", "running", "terminated"], await IdsAsync(bed));
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).SequenceEqual(["failed", "running"]));
        _clock.Advance(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).SequenceEqual(["running"]));
        Assert.Null(await bed.Engine.GetStateAsync("failed", withPayloads: false, CancellationToken.None));
        Assert.Equal(OrchestrationStatus.Running, (await bed.Engine.GetStateAsync("running", withPayloads: false, CancellationToken.None))!.WorkflowStatus);
    }

    [Fact]
    public async Task A_restart_forgets_none()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Keep);
        bed.StartWorker();
        await EndAllAsync(bed);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await bed.StartAsync(change: Keep);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).SequenceEqual(["failed", "running"]));
        Assert.Empty(await NotesBeforeAsync(bed, _clock.GetUtcNow()));
    }

    [Fact]
    public async Task Another_instance_of_the_id_has_a_time_of_its_own()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Keep);
        bed.StartWorker();
        await bed.StartAsync("again", "echo", "\"1\"");
        await bed.EndAsync("again");
        _clock.Advance(TimeSpan.FromSeconds(2));
        await bed.StartAsync("again", "echo", "\"2\"");
        await bed.EndAsync("again");
        await bed.StartAsync("other", "waits");

        _clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(async () => (await NotesBeforeAsync(bed, _clock.GetUtcNow())).Count == 0);
        Assert.Equal("\"2\"", (await bed.Engine.GetStateAsync("again", withPayloads: true, CancellationToken.None))!.Output);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).SequenceEqual(["other"]));
    }

    [Fact]
    public async Task More_than_a_batch_goes_at_once()
    {
        await using var bed = new EngineBed(Register, _clock);
        await bed.StartAsync(change: Keep);
        bed.StartWorker();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => bed.StartAsync($"many{i}", "echo", "\"x\"")));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => bed.EndAsync($"many{i}")));
        _clock.Advance(TimeSpan.FromSeconds(4));
        await Eventually.TrueAsync(async () => (await IdsAsync(bed)).Count == 0);
        Assert.Empty(await bed.Store.ScanKeysAsync("orders||", after: null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_sidecar_takes_the_policy_from_its_configuration_file()
    {
        await using var bed = WorkflowBed.Create();
        var config = Path.Combine(bed.Bed.Folder, "config.yaml");
        await File.WriteAllTextAsync(config, """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: { name: c }
            spec: { workflow: { stateRetentionPolicy: { completed: 1ms } } }
            """);
        bed.Use("orders", await bed.Bed.StartSidecarAsync("orders", change: options => options with { ConfigPaths = [config] }));
        var client = await bed.StartWorkerAsync(Register);
        await client.ScheduleNewWorkflowAsync("echo", "brief", "x");
        await Eventually.TrueAsync(async () => await client.GetWorkflowStateAsync("brief") is not { Exists: true });
    }

    private static async Task EndAllAsync(EngineBed bed)
    {
        await bed.StartAsync("completed", "echo", "\"x\"");
        await bed.StartAsync("failed", "fails", "\"x\"");
        await bed.StartAsync("terminated", "waits");
        await bed.StartAsync("running", "waits");
        await bed.Engine.TerminateAsync("terminated", null, recursive: false, awaitEnd: true, CancellationToken.None);
        await bed.EndAsync("completed");
        await bed.EndAsync("failed");
    }

    private static async Task<IReadOnlyList<string>> IdsAsync(EngineBed bed) =>
        [.. (await bed.Engine.ListAsync(after: null, count: null, CancellationToken.None)).Ids.Order(StringComparer.Ordinal)];

    private static async Task<IReadOnlyList<string>> NotesBeforeAsync(EngineBed bed, DateTimeOffset time)
    {
        const string Prefix = "orders||dapr.internal.default.orders.workflow.retained||";
        var keys = await bed.Store.ScanKeysAsync(Prefix, after: null, 1000, CancellationToken.None);
        return [.. keys.Where(key => string.CompareOrdinal(key[Prefix.Length..], $"{time.UtcTicks:D19}") < 0)];
    }
}
