using Dapr.Workflow;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>
/// The store does what it was asked to, and the answer is lost on the way: the connection broke, the server was killed. What is tried
/// again must not take the first try for somebody else's, nor happen twice.
/// </summary>
public sealed class LostAnswerTests
{
    private static void Register(WorkflowRuntimeOptions options)
    {
        options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input));
        options.RegisterWorkflow<string, string>("gathers", async (context, _) =>
        {
            var gathered = new List<string>();
            while (gathered.LastOrDefault() != "last")
                gathered.Add(await context.WaitForExternalEventAsync<string>("letter"));
            return string.Join(' ', gathered);
        });
        options.RegisterWorkflow<string, string>("sends", async (context, receiver) =>
        {
            context.SendEvent(receiver, "letter", "hello");
            await context.CallActivityAsync<string>("rest");
            return "sent";
        });
        options.RegisterActivity<object?, string>("rest", (_, _) => Task.FromResult("rested"));
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("gathers")]
    public async Task A_start_whose_answer_is_lost_goes_on(string workflow)
    {
        await using var bed = await StartAsync();
        bed.Store.LosesAnswer = Once(_ => true);
        await bed.StartAsync("a", workflow, "\"x\"");
        if (workflow == "gathers")
            await RaiseAsync(bed, "a", "last");
        Assert.Equal(workflow == "echo" ? "\"x\"" : "\"last\"", (await bed.EndAsync("a")).Output);
        Assert.Empty(Inbox(bed));
    }

    [Fact]
    public async Task A_start_in_the_future_whose_answer_is_lost_can_be_repeated()
    {
        await using var bed = await StartAsync();
        bed.Store.LosesAnswer = Once(_ => true);
        await bed.StartAsync("a", "echo", "\"x\"", DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Equal("\"x\"", (await bed.EndAsync("a")).Output);
    }

    [Fact]
    public async Task An_event_whose_answer_is_lost_does_not_come_up_later()
    {
        await using var bed = await StartAsync();
        await bed.StartAsync("a", "gathers");
        bed.Store.LosesAnswer = Once(WritesInbox);
        await Assert.ThrowsAsync<IOException>(() => RaiseAsync(bed, "a", "first"));
        await RaiseAsync(bed, "a", "first");
        await Eventually.TrueAsync(() => Inbox(bed).Count == 0);

        await bed.StartAsync();
        bed.StartWorker();
        await RaiseAsync(bed, "a", "last");
        Assert.Equal("\"first last\"", (await bed.EndAsync("a")).Output);
    }

    [Fact]
    public async Task An_event_to_another_instance_is_not_sent_twice()
    {
        await using var bed = await StartAsync();
        await bed.StartAsync("receiver", "gathers");
        bed.Store.LosesAnswer = Once(WritesInbox);
        await bed.StartAsync("sender", "sends", "\"receiver\"");
        await bed.EndAsync("sender");
        await Eventually.TrueAsync(() => Inbox(bed).Count == 0);

        await bed.StartAsync();
        bed.StartWorker();
        await RaiseAsync(bed, "receiver", "last");
        Assert.Equal("\"hello last\"", (await bed.EndAsync("receiver")).Output);
    }

    [Fact]
    public async Task Workflows_go_on_when_the_store_is_back_after_the_start()
    {
        await using var bed = await StartAsync();
        await bed.StartAsync("a", "gathers");
        var failures = 2;
        await bed.StartAsync(prepare: store => store.RefusesScan = () => Interlocked.Decrement(ref failures) >= 0);
        bed.StartWorker();
        await RaiseAsync(bed, "a", "last");
        Assert.Equal("\"last\"", (await bed.EndAsync("a")).Output);
    }

    private static async Task<EngineBed> StartAsync()
    {
        var bed = new EngineBed(Register);
        await bed.StartAsync();
        bed.StartWorker();
        return bed;
    }

    private static Task RaiseAsync(EngineBed bed, string instanceId, string letter) =>
        bed.Engine.RaiseEventAsync(instanceId, "letter", $"\"{letter}\"", CancellationToken.None);

    private static Func<IReadOnlyList<StateOperation>, bool> Once(Func<IReadOnlyList<StateOperation>, bool> which)
    {
        var lost = 0;
        return operations => which(operations) && Interlocked.Exchange(ref lost, 1) == 0;
    }

    private static bool WritesInbox(IReadOnlyList<StateOperation> operations) =>
        operations.Any(operation => operation is StateUpsert && IsInbox(operation.Key));

    private static IReadOnlyList<string> Inbox(EngineBed bed) =>
        [.. bed.Store.ScanKeysAsync("", null, 1000, CancellationToken.None).AsTask().Result.Where(IsInbox)];

    private static bool IsInbox(string key) => key.Contains("||inbox", StringComparison.Ordinal);
}
