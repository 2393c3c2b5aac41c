using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Workflows;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary><c>spec.workflow</c>'s limits, with a worker that answers by hand, one item at a time.</summary>
public sealed class LimitTests
{
    private const int Activities = 8;

    [Fact]
    public async Task No_more_turns_and_activities_are_out_at_once_than_allowed()
    {
        await using var bed = new EngineBed(static _ => { });
        await bed.StartAsync(change: static options => options with { Limits = new WorkflowSpec { MaxTurns = 2, MaxActivities = 3 } });
        var most = await RunAsync(bed, ["fan", "fan", "fan", "fan", "fan", "fan"]);
        Assert.Equal((2, 3), (most.Turns, most.Activities));
    }

    [Fact]
    public async Task Limits_of_each_sidecar_add_up_and_the_global_one_does_not()
    {
        await using var bed = new EngineBed(static _ => { });
        var engine = await bed.StartAsync(change: static options => options with
        {
            Limits = new WorkflowSpec { MaxTurns = 2, MaxActivities = 3, GlobalMaxActivities = 4 },
        });
        engine.SetSidecars(2);
        var most = await RunAsync(bed, ["fan", "fan", "fan", "fan", "fan", "fan"]);
        Assert.Equal((4, 4), (most.Turns, most.Activities));
    }

    [Fact]
    public async Task The_limit_of_a_name_keeps_back_that_name_alone()
    {
        await using var bed = new EngineBed(static _ => { });
        var engine = await bed.StartAsync(change: static options => options with
        {
            Limits = new WorkflowSpec
            {
                TurnsByName = new Dictionary<string, int> { ["scarce"] = 1 },
                ActivitiesByName = new Dictionary<string, int> { ["of scarce"] = 2 },
            },
        });
        using var worker = engine.ConnectWorker();
        var starts = Start(bed, ["scarce", "scarce", "free", "free", "scarce", "free"]);
        var turns = Drain(worker);
        Assert.Equal(["free", "free", "free", "scarce"], turns.Select(NameOf).Order());

        foreach (var turn in turns)
            await engine.CompleteTurnAsync(Answer(turn.WorkflowRequest));
        var out2 = Drain(worker);
        Assert.Equal(3 * Activities, out2.Count(static item => item.ActivityRequest?.Name == "of free"));
        Assert.Equal(2, out2.Count(static item => item.ActivityRequest?.Name == "of scarce"));
        Assert.Equal("scarce", NameOf(Assert.Single(out2, static item => item.WorkflowRequest is not null)));
        worker.Dispose();

        var most = await RunAsync(bed, []);
        Assert.Equal(2, most.Scarce);
        await Task.WhenAll(starts);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 6).Select(i => bed.EndAsync($"i{i}"))), static state =>
            Assert.Equal(OrchestrationStatus.Completed, state.WorkflowStatus));
    }

    [Fact]
    public void A_configuration_file_sets_them()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "config.yaml");
        File.WriteAllText(file, """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata: { name: c }
            spec:
              workflow:
                maxConcurrentWorkflowInvocations: 2
                maxConcurrentActivityInvocations: 3
                globalMaxConcurrentWorkflowInvocations: 20
                globalMaxConcurrentActivityInvocations: 30
                workflowConcurrencyLimits: [ { name: checkout, maxConcurrent: 5 } ]
                activityConcurrencyLimits: [ { name: capture, maxConcurrent: 7 } ]
                stateRetentionPolicy: { anyTerminal: 3s, failed: 1h }
            """);
        var spec = ConfigurationReader.Read([file]).Workflow!;
        Assert.Equal((2, 3, 20, 30), (spec.MaxTurns!.Value, spec.MaxActivities!.Value, spec.GlobalMaxTurns!.Value, spec.GlobalMaxActivities!.Value));
        Assert.Equal((5, 7), (spec.TurnsByName["checkout"], spec.ActivitiesByName["capture"]));
        Assert.Equal(new WorkflowRetentionSpec(TimeSpan.FromSeconds(3), null, TimeSpan.FromHours(1), null), spec.Retention);
    }

    /// <summary>Starts workflows and answers all there is, oldest first, until nothing is left.</summary>
    /// <returns>The most that was out at once.</returns>
    private static async Task<(int Turns, int Activities, int Scarce)> RunAsync(EngineBed bed, string[] names)
    {
        using var worker = bed.Engine.ConnectWorker();
        var starts = Start(bed, names);
        var answers = new List<Task>();
        var atHand = new List<WorkItem>();
        var most = (Turns: 0, Activities: 0, Scarce: 0);
        while (true)
        {
            atHand.AddRange(Drain(worker));
            if (atHand.Count == 0)
                break;

            most = (
                Math.Max(most.Turns, atHand.Count(static item => item.WorkflowRequest is not null)),
                Math.Max(most.Activities, atHand.Count(static item => item.ActivityRequest is not null)),
                Math.Max(most.Scarce, atHand.Count(static item => item.ActivityRequest?.Name == "of scarce")));
            var item = atHand[0];
            atHand.RemoveAt(0);
            if (item.WorkflowRequest is { } turn)
                await bed.Engine.CompleteTurnAsync(Answer(turn));
            else
                answers.Add(bed.Engine.CompleteActivityAsync(new ActivityResponse { InstanceId = item.ActivityRequest.WorkflowInstance.InstanceId, TaskId = item.ActivityRequest.TaskId }));
        }

        await Task.WhenAll([.. starts, .. answers]);
        return most;
    }

    private static Task[] Start(EngineBed bed, string[] names) => [.. names.Select((name, index) => bed.StartAsync($"i{index}", name))];

    private static List<WorkItem> Drain(WorkerConnection worker)
    {
        var items = new List<WorkItem>();
        while (worker.TryNext(out var frame))
            items.Add(EngineBed.Parse(frame));
        return items;
    }

    /// <summary>Schedules the activities in the first turn, and ends when all are back.</summary>
    private static WorkflowResponse Answer(WorkflowRequest turn)
    {
        var response = new WorkflowResponse { InstanceId = turn.InstanceId };
        if (turn.PastEvents.Count == 0)
        {
            var name = turn.NewEvents.Single(static item => item.ExecutionStarted is not null).ExecutionStarted.Name;
            for (var i = 0; i < Activities; i++)
                response.Actions.Add(new WorkflowAction { Id = i, ScheduleTask = new ScheduleTaskAction { Name = "of " + name } });
        }
        else if (turn.PastEvents.Concat(turn.NewEvents).Count(static item => item.TaskCompleted is not null) == Activities)
        {
            response.Actions.Add(new WorkflowAction
            {
                Id = Activities,
                CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Completed },
            });
        }

        return response;
    }

    private static string NameOf(WorkItem turn) =>
        turn.WorkflowRequest.NewEvents.Single(static item => item.ExecutionStarted is not null).ExecutionStarted.Name;
}
