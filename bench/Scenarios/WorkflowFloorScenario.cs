using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Bench.Load;
using NexusCart.TaskHub;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// The messages of <see cref="WorkflowScenario"/> between two processes that do nothing but send them: what the protocol costs over
/// Kestrel and the gRPC library, and so the most that a workflow engine on them can reach on this machine.
/// </summary>
public static class WorkflowFloorScenario
{
    private const string TaskExecutionId = "0123456789abcdef0123456789abcdef";
    private const int EventsOfATurn = 3;

    /// <summary>Saturates the exchange.</summary>
    /// <param name="activities">Activities of each workflow.</param>
    /// <param name="inFlight">Workflows under way at once.</param>
    /// <param name="count">Workflows of the run.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public static async Task<LoadResult> RunAsync(int activities, int inFlight, int count, CancellationToken cancellation)
    {
        await using var hub = await AppProcess.StartHubAsync(activities, cancellation);
        using var channel = GrpcChannel.ForAddress(hub.Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, AllowAutoRedirect = false, UseCookies = false, UseProxy = false },
            DisposeHttpClient = true,
        });
        var client = new TaskHubSidecarService.TaskHubSidecarServiceClient(channel);
        using var stream = client.GetWorkItems(new GetWorkItemsRequest(), cancellationToken: cancellation);
        await stream.ResponseHeadersAsync;
        _ = WorkAsync(client, stream.ResponseStream, cancellation);

        await WarmUp.SettleAsync(round => CpuMeter.MeasureAsync(hub, () =>
            OpenLoop.SaturateAsync("warm-up", inFlight, WarmUp.Round, (index, stop) => OneAsync($"w{round}-{index}", stop), cancellation)));
        return await CpuMeter.MeasureAsync(hub, () => OpenLoop.SaturateAsync(
            $"messages of a workflow of {activities}, {inFlight} in flight", inFlight, count, (index, stop) => OneAsync($"f{index}", stop), cancellation));

        async Task<bool> OneAsync(string name, CancellationToken stop)
        {
            var id = $"0123456789ab-{activities}-{inFlight}-{name}";
            var start = new CreateInstanceRequest { InstanceId = id, Name = "steps", Input = activities.ToString(CultureInfo.InvariantCulture) };
            await client.StartInstanceAsync(start, cancellationToken: stop);
            var state = await client.WaitForInstanceCompletionAsync(new GetInstanceRequest { InstanceId = id, GetInputsAndOutputs = true }, cancellationToken: stop);
            return state.WorkflowState.WorkflowStatus == OrchestrationStatus.Completed;
        }
    }

    private static async Task WorkAsync(TaskHubSidecarService.TaskHubSidecarServiceClient client, IAsyncStreamReader<WorkItem> items, CancellationToken stop)
    {
        try
        {
            while (await items.MoveNext(stop))
            {
                _ = items.Current.ActivityRequest is { } activity ? AnswerAsync(client, activity) : AnswerAsync(client, items.Current.WorkflowRequest);
                await Task.Yield();
            }
        }
        catch (RpcException)
        {
            // The run is over.
        }
    }

    private static async Task AnswerAsync(TaskHubSidecarService.TaskHubSidecarServiceClient client, ActivityRequest activity) =>
        await client.CompleteActivityTaskAsync(new ActivityResponse
        {
            InstanceId = activity.WorkflowInstance.InstanceId,
            TaskId = activity.TaskId,
            Result = activity.Input,
        });

    private static async Task AnswerAsync(TaskHubSidecarService.TaskHubSidecarServiceClient client, WorkflowRequest turn)
    {
        var step = turn.PastEvents.Count / EventsOfATurn;
        var events = step == 0 ? turn.NewEvents : turn.PastEvents;
        var action = step < int.Parse(events[1].ExecutionStarted.Input, CultureInfo.InvariantCulture)
            ? new WorkflowAction { Id = step, ScheduleTask = new ScheduleTaskAction { Name = "step", Input = step.ToString(CultureInfo.InvariantCulture), TaskExecutionId = TaskExecutionId } }
            : new WorkflowAction { Id = step, CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Completed, Result = "10" } };
        await client.CompleteOrchestratorTaskAsync(new WorkflowResponse { InstanceId = turn.InstanceId, Actions = { action } });
    }
}
