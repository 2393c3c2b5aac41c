using Dapr.Workflow;
using Dapr.Workflow.Worker.Answers;
using Grpc.Core;
using NexusCart.TaskHub;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Answers on one stream mean what the calls mean; and whatever the stream cannot bring to its end is left to the calls.</summary>
public sealed class AnswerStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_workflow_ends_by_answers_on_the_stream_alone()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        using var answers = Open(sidecar);
        var start = worker.StartAsync("a").ResponseAsync;

        await SendAsync(answers, Turn(1, await worker.NextTurnAsync(), RawWorker.Schedule(0, "act")));
        Assert.Equal([1], await StoredAsync(answers, 1));
        await start;
        await SendAsync(answers, Activity(2, await worker.NextActivityAsync(), "out"));
        var turn = await worker.NextTurnAsync();
        Assert.Equal("out", turn.NewEvents[^1].TaskCompleted.Result);
        await SendAsync(answers, Turn(3, turn, RawWorker.Done(1, "end")));

        Assert.Equal([2, 3], await StoredAsync(answers, 2));
        Assert.Equal("end", (await worker.EndAsync("a")).Output);
    }

    [Fact]
    public async Task Late_second_and_unknown_answers_are_acknowledged_and_dropped()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        using var answers = Open(sidecar);
        var start = worker.StartAsync("a").ResponseAsync;
        var turn = await worker.NextTurnAsync();

        await SendAsync(
            answers,
            Turn(1, turn, RawWorker.Done(0, "first")),
            Turn(2, turn, RawWorker.Done(0, "second")),
            new Answer { Number = 3, Turn = new WorkflowResponse { InstanceId = "never" } },
            new Answer { Number = 4, Activity = new ActivityResponse { InstanceId = "a", TaskId = 77 } });

        Assert.Equal([1, 2, 3, 4], await StoredAsync(answers, 4));
        await start;
        Assert.Equal("first", (await worker.EndAsync("a")).Output);
    }

    [Fact]
    public async Task What_is_no_answer_is_refused_and_the_others_count()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        using var answers = Open(sidecar);

        await SendAsync(answers, new Answer { Number = 1 }, new Answer { Number = 2, Turn = new WorkflowResponse { InstanceId = "never" } });

        var (stored, refused) = await ReceiptsAsync(answers, 2);
        Assert.Equal([2], stored);
        Assert.Equal([1], refused);
    }

    [Fact]
    public async Task The_stream_ends_after_its_last_receipt_when_the_worker_has_no_more()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        using var answers = Open(sidecar);
        var start = worker.StartAsync("a").ResponseAsync;
        await SendAsync(answers, Turn(1, await worker.NextTurnAsync(), RawWorker.Schedule(0, "act"), RawWorker.Schedule(1, "act")));
        await start;

        await SendAsync(answers, Activity(2, await worker.NextActivityAsync(), "out"), Activity(3, await worker.NextActivityAsync(), "out"));
        await answers.RequestStream.CompleteAsync();
        // The turn that takes both results is answered otherwise; only then are they stored.
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Done(2, "end"));

        Assert.Equal([1, 2, 3], await StoredAsync(answers, 3));
        using var limit = new CancellationTokenSource(Patience);
        Assert.False(await answers.ResponseStream.MoveNext(limit.Token));
        Assert.Equal(StatusCode.OK, answers.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_worker_opens_no_stream_where_none_is_offered()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        Assert.Null(AnswerStream.TryOpen([new Metadata.Entry("some-header", "1")], sidecar.Grpc.CreateCallInvoker(), CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_stream_answers_are_calls()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var answers = new WorkAnswers(worker.Hub, stream: null, CancellationToken.None);
        var start = worker.StartAsync("a").ResponseAsync;
        await answers.GiveAsync(new WorkflowResponse { InstanceId = (await worker.NextTurnAsync()).InstanceId, Actions = { RawWorker.Schedule(0, "act") } });
        await start;
        var activity = await worker.NextActivityAsync();
        var given = answers.GiveAsync(new ActivityResponse { InstanceId = "a", TaskId = activity.TaskId, Result = "out" });
        await answers.GiveAsync(new WorkflowResponse { InstanceId = (await worker.NextTurnAsync()).InstanceId, Actions = { RawWorker.Done(1, "end") } });
        await given;
        Assert.Equal("end", (await worker.EndAsync("a")).Output);
    }

    [Fact]
    public async Task A_large_answer_is_left_to_a_call()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        using var end = new CancellationTokenSource();
        await using var stream = AnswerStream.TryOpen(await OffersAsync(sidecar, end.Token), sidecar.Grpc.CreateCallInvoker(), end.Token)!;
        var response = new ActivityResponse { InstanceId = "a", TaskId = 0, Result = new string('x', 1 << 20) };

        Assert.False(await stream.TryGiveAsync(new Answer { Activity = response }).WaitAsync(Patience));
        response.Result = "small";
        Assert.True(await stream.TryGiveAsync(new Answer { Activity = response }).WaitAsync(Patience));
        await end.CancelAsync();
    }

    [Fact]
    public async Task What_has_no_outcome_when_the_stream_breaks_is_left_to_calls()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        using var end = new CancellationTokenSource();
        var stream = AnswerStream.TryOpen(await OffersAsync(sidecar, end.Token), sidecar.Grpc.CreateCallInvoker(), end.Token)!;
        var start = worker.StartAsync("a").ResponseAsync;
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "act"));
        await start;
        var activity = await worker.NextActivityAsync();

        // Its turn is not answered, so its outcome is not known when the stream ends.
        var given = stream.TryGiveAsync(new Answer { Activity = new ActivityResponse { InstanceId = "a", TaskId = activity.TaskId, Result = "out" } });
        var turn = await worker.NextTurnAsync();
        await end.CancelAsync();
        Assert.False(await given.WaitAsync(Patience));
        Assert.False(await stream.TryGiveAsync(new Answer { Turn = new WorkflowResponse { InstanceId = "a" } }).WaitAsync(Patience));
        await stream.DisposeAsync();

        await worker.AnswerAsync(turn, RawWorker.Done(1, "end"));
        Assert.Equal("end", (await worker.EndAsync("a")).Output);
    }

    [Fact]
    public async Task A_thousand_workflows_at_once_all_end()
    {
        var (bed, client) = await WorkflowBed.StartAsync(static options =>
        {
            options.RegisterWorkflow<int, int>("sum", static async (context, count) =>
            {
                var results = await Task.WhenAll(Enumerable.Range(0, count).Select(i => context.CallActivityAsync<int>("same", i)));
                return results.Sum() + await context.CallActivityAsync<int>("same", 1);
            });
            options.RegisterActivity<int, int>("same", static (_, number) => Task.FromResult(number));
        });
        await using var _ = bed;
        var ids = Enumerable.Range(0, 1000).Select(static i => $"w{i}").ToArray();
        await Task.WhenAll(ids.Select(id => client.ScheduleNewWorkflowAsync("sum", id, 5)));
        foreach (var id in ids)
            Assert.Equal(11, (await client.WaitForWorkflowCompletionAsync(id)).ReadOutputAs<int>());
    }

    private static AsyncDuplexStreamingCall<AnswerBatch, AnswerReceipt> Open(TestSidecar sidecar) => new TaskHubAnswers.TaskHubAnswersClient(sidecar.Grpc).Send();

    /// <summary>What a sidecar says to a worker when it connects.</summary>
    private static async Task<Metadata> OffersAsync(TestSidecar sidecar, CancellationToken end)
    {
        using var stream = new TaskHubSidecarService.TaskHubSidecarServiceClient(sidecar.Grpc).GetWorkItems(new GetWorkItemsRequest(), cancellationToken: end);
        return await stream.ResponseHeadersAsync.WaitAsync(Patience, end);
    }

    private static Answer Turn(ulong number, WorkflowRequest turn, params WorkflowAction[] actions) =>
        new() { Number = number, Turn = new WorkflowResponse { InstanceId = turn.InstanceId, Actions = { actions } } };

    private static Answer Activity(ulong number, ActivityRequest activity, string result) =>
        new() { Number = number, Activity = new ActivityResponse { InstanceId = activity.WorkflowInstance.InstanceId, TaskId = activity.TaskId, Result = result } };

    private static Task SendAsync(AsyncDuplexStreamingCall<AnswerBatch, AnswerReceipt> stream, params Answer[] answers) =>
        stream.RequestStream.WriteAsync(new AnswerBatch { Answers = { answers } });

    private static async Task<ulong[]> StoredAsync(AsyncDuplexStreamingCall<AnswerBatch, AnswerReceipt> stream, int count)
    {
        var (stored, refused) = await ReceiptsAsync(stream, count);
        Assert.Empty(refused);
        return stored;
    }

    /// <summary>Reads receipts until they name so many answers; the numbers in order.</summary>
    private static async Task<(ulong[] Stored, ulong[] Refused)> ReceiptsAsync(AsyncDuplexStreamingCall<AnswerBatch, AnswerReceipt> stream, int count)
    {
        var (stored, refused) = (new SortedSet<ulong>(), new SortedSet<ulong>());
        using var limit = new CancellationTokenSource(Patience);
        while (stored.Count + refused.Count < count)
        {
            Assert.True(await stream.ResponseStream.MoveNext(limit.Token), "the sidecar ended the stream");
            stored.UnionWith(stream.ResponseStream.Current.Stored);
            refused.UnionWith(stream.ResponseStream.Current.Refused);
        }

        return ([.. stored], [.. refused]);
    }
}
