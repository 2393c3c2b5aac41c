using Grpc.Core;
using NexusCart.TaskHub;
using Kind = NexusCart.TaskHub.HistoryEvent.EventTypeOneofCase;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>What a worker sees on the wire, without an SDK between (recorded from daprd).</summary>
public sealed class WireTests
{
    [Fact]
    public async Task A_turn_cut_off_goes_to_the_next_worker_with_the_same_events()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var first = await bed.Connect().ConnectedAsync();
        var start = first.StartAsync("cut").ResponseAsync;
        await first.NextTurnAsync();
        first.Cut();

        await using var second = bed.Connect();
        var turn = await second.NextTurnAsync();
        Assert.Equal([Kind.WorkflowStarted, Kind.ExecutionStarted], turn.NewEvents.Select(static item => item.EventTypeCase));
        await second.AnswerAsync(turn, RawWorker.Done(0, "1"));
        await start;
        Assert.Equal("1", (await second.EndAsync("cut")).Output);
    }

    [Fact]
    public async Task An_activity_cut_off_runs_again_elsewhere()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var first = await bed.Connect().ConnectedAsync();
        var start = first.StartAsync("cut").ResponseAsync;
        await first.AnswerAsync(await first.NextTurnAsync(), RawWorker.Schedule(0, "act", "in"));
        await start;
        await first.NextActivityAsync();
        first.Cut();

        await using var second = bed.Connect();
        var activity = await second.NextActivityAsync();
        Assert.Equal(("act", "in", 0), (activity.Name, activity.Input, activity.TaskId));
        var answered = second.AnswerAsync(activity, "out");
        var turn = await second.NextTurnAsync();
        Assert.Equal("out", turn.NewEvents[^1].TaskCompleted.Result);
        await second.AnswerAsync(turn, RawWorker.Done(1, "end"));
        await answered;
    }

    [Fact]
    public async Task Late_second_and_unknown_answers_are_accepted_and_dropped()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var start = worker.StartAsync("once").ResponseAsync;
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "act"));
        await start;
        var activity = await worker.NextActivityAsync();
        var answered = worker.AnswerAsync(activity, "first");
        var turn = await worker.NextTurnAsync();
        await worker.AnswerAsync(activity, "second");
        await worker.Hub.CompleteActivityTaskAsync(new ActivityResponse { InstanceId = "once", TaskId = 77 });
        await worker.AnswerAsync(turn, RawWorker.Done(1, "end"));
        await answered;
        await worker.AnswerAsync(turn, RawWorker.Done(1, "again"));
        await worker.Hub.CompleteOrchestratorTaskAsync(new WorkflowResponse { InstanceId = "never" });

        Assert.Equal("end", (await worker.EndAsync("once")).Output);
        Assert.Single(await worker.HistoryAsync("once"), Kind.TaskCompleted);
    }

    [Fact]
    public async Task A_worker_that_keeps_its_place_until_the_answer_is_acknowledged_is_not_waited_for()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using (var worker = await bed.Connect().ConnectedAsync())
        {
            var start = worker.StartAsync("narrow").ResponseAsync;
            await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "act"));
            await start;
            // The turn that would take it is left alone: the answer is acknowledged all the same, and is durable.
            await worker.AnswerAsync(await worker.NextActivityAsync(), "kept");
        }

        await bed.RestartAsync();
        await bed.StartSidecarAsync();
        await using var next = await bed.Connect().ConnectedAsync();
        var turn = await next.NextTurnAsync();
        Assert.Equal("kept", turn.NewEvents[^1].TaskCompleted.Result);
        await next.AnswerAsync(turn, RawWorker.Done(1, "end"));
        Assert.Equal("end", (await next.EndAsync("narrow")).Output);
    }

    [Fact]
    public async Task An_activity_of_an_earlier_generation_does_not_answer_for_a_later_one()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var start = worker.StartAsync("again").ResponseAsync;
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "old"));
        await start;
        var old = await worker.NextActivityAsync();

        await worker.Hub.RaiseEventAsync(new RaiseEventRequest { InstanceId = "again", Name = "x" });
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Done(1, "2", OrchestrationStatus.ContinuedAsNew));
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "new"));
        await worker.AnswerAsync(old, "of the past");
        var young = await worker.NextActivityAsync();
        Assert.Equal("new", young.Name);
        var answered = worker.AnswerAsync(young, "of the present");
        var turn = await worker.NextTurnAsync();
        Assert.Equal("of the present", turn.NewEvents[^1].TaskCompleted.Result);
        await worker.AnswerAsync(turn, RawWorker.Done(1, "end"));
        await answered;
    }

    [Fact]
    public async Task Two_workers_share_the_work_and_nothing_comes_twice()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var one = await bed.Connect().ConnectedAsync();
        await using var two = await bed.Connect().ConnectedAsync();
        var served = await Task.WhenAll(ServeAsync(one), ServeAsync(two), StartAllAsync(one));
        Assert.Equal(60, served[0] + served[1]);
        Assert.All(served[..2], count => Assert.InRange(count, 6, 54));

        async Task<int> StartAllAsync(RawWorker client)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            {
                await client.StartAsync($"shared-{i}");
                await client.EndAsync($"shared-{i}");
            }));
            one.Cut();
            two.Cut();
            return 0;
        }

        static async Task<int> ServeAsync(RawWorker worker)
        {
            var count = 0;
            var answers = new List<Task>();
            try
            {
                while (true)
                {
                    var item = await worker.NextAsync();
                    count++;
                    answers.Add(item.ActivityRequest is { } activity
                        ? worker.AnswerAsync(activity, "1")
                        : worker.AnswerAsync(item.WorkflowRequest, item.WorkflowRequest.PastEvents.Count == 0 ? RawWorker.Schedule(0, "act") : RawWorker.Done(1, "1")));
                }
            }
            catch (RpcException ended) when (ended.StatusCode == StatusCode.Cancelled)
            {
                await Task.WhenAll(answers);
                return count;
            }
        }
    }

    [Fact]
    public async Task What_waits_for_an_app_that_is_not_here_yet_goes_on_when_it_comes()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var start = worker.StartAsync("far").ResponseAsync;
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "remote", app: "late"));
        await start;

        await bed.StartSidecarAsync("late");
        await using var other = await bed.Connect("late").ConnectedAsync();
        var activity = await other.NextActivityAsync();
        Assert.Equal("remote", activity.Name);
        var answered = other.AnswerAsync(activity, "done");
        var turn = await worker.NextTurnAsync();
        Assert.Equal("late", turn.NewEvents[^1].Router.TargetAppID);
        await worker.AnswerAsync(turn, RawWorker.Done(1, "end"));
        await answered;
    }

    [Fact]
    public async Task Patches_are_kept_once_each_on_the_turn_that_met_them()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var start = worker.StartAsync("patched").ResponseAsync;
        await AnswerAsync(await worker.NextTurnAsync(), ["p1"], RawWorker.Schedule(0, "act"));
        await start;
        var answered = worker.AnswerAsync(await worker.NextActivityAsync(), "1");
        var turn = await worker.NextTurnAsync();
        Assert.Equal(["p1"], turn.PastEvents[0].WorkflowStarted.Version.Patches);
        await AnswerAsync(turn, ["p1", "p2"], RawWorker.Done(1, "end"));
        await answered;

        var history = (await worker.Hub.GetInstanceHistoryAsync(new GetInstanceHistoryRequest { InstanceId = "patched" })).Events;
        var turns = history.Where(static item => item.WorkflowStarted is not null).Select(static item => item.WorkflowStarted.Version.Patches);
        Assert.Equal([["p1"], ["p2"]], turns.Select(static patches => patches.ToArray()));

        async Task AnswerAsync(WorkflowRequest request, string[] patches, WorkflowAction action) =>
            await worker.Hub.CompleteOrchestratorTaskAsync(new WorkflowResponse
            {
                InstanceId = request.InstanceId,
                Actions = { action },
                Version = new WorkflowVersion { Name = "v2", Patches = { patches } },
            });
    }

    [Fact]
    public async Task A_worker_without_the_right_version_stalls_the_instance()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var start = worker.StartAsync("stalled").ResponseAsync;
        await worker.AnswerAsync(
            await worker.NextTurnAsync(),
            new WorkflowAction { WorkflowVersionNotAvailable = new WorkflowVersionNotAvailableAction() });
        await start;
        Assert.Equal(OrchestrationStatus.Stalled, (await worker.StateAsync("stalled"))!.WorkflowStatus);
        Assert.Equal([Kind.ExecutionStalled], await worker.HistoryAsync("stalled"));
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await worker.Hub.RaiseEventAsync(new RaiseEventRequest { InstanceId = "stalled", Name = "x" }));
        Assert.Equal("failed to invoke method for workflow 'stalled': actor is stalled", refused.Status.Detail);
        var purge = new PurgeInstancesRequest { InstanceId = "stalled", Force = true };
        Assert.Equal(1, (await worker.Hub.PurgeInstancesAsync(purge)).DeletedInstanceCount);
    }
}
