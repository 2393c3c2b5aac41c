using Grpc.Core;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>A worker without an SDK: it takes items one by one and answers them as it is told.</summary>
internal sealed class RawWorker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly AsyncServerStreamingCall<WorkItem> _stream;

    public RawWorker(ChannelBase channel)
    {
        Hub = new TaskHubSidecarService.TaskHubSidecarServiceClient(channel);
        _stream = Hub.GetWorkItems(new GetWorkItemsRequest());
    }

    public TaskHubSidecarService.TaskHubSidecarServiceClient Hub { get; }

    public static WorkflowAction Schedule(int id, string name, string? input = null, string? app = null) => new()
    {
        Id = id,
        ScheduleTask = new ScheduleTaskAction { Name = name, Input = input },
        Router = app is null ? null : new TaskRouter { TargetAppID = app },
    };

    public static WorkflowAction Done(int id, string? result, OrchestrationStatus status = OrchestrationStatus.Completed) => new()
    {
        Id = id,
        CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = status, Result = result },
    };

    /// <summary>Returns when the sidecar has taken the worker in.</summary>
    public async Task<RawWorker> ConnectedAsync()
    {
        await _stream.ResponseHeadersAsync.WaitAsync(Patience);
        return this;
    }

    public async Task<WorkItem> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        Assert.True(await _stream.ResponseStream.MoveNext(limit.Token), "the sidecar ended the stream");
        return _stream.ResponseStream.Current;
    }

    public async Task<WorkflowRequest> NextTurnAsync()
    {
        var item = await NextAsync();
        Assert.Equal(WorkItem.RequestOneofCase.WorkflowRequest, item.RequestCase);
        return item.WorkflowRequest;
    }

    public async Task<ActivityRequest> NextActivityAsync()
    {
        var item = await NextAsync();
        Assert.Equal(WorkItem.RequestOneofCase.ActivityRequest, item.RequestCase);
        return item.ActivityRequest;
    }

    public async Task AnswerAsync(WorkflowRequest turn, params WorkflowAction[] actions) =>
        await Hub.CompleteOrchestratorTaskAsync(new WorkflowResponse { InstanceId = turn.InstanceId, Actions = { actions } });

    public async Task AnswerAsync(ActivityRequest activity, string? result) =>
        await Hub.CompleteActivityTaskAsync(
            new ActivityResponse { InstanceId = activity.WorkflowInstance.InstanceId, TaskId = activity.TaskId, Result = result });

    public AsyncUnaryCall<CreateInstanceResponse> StartAsync(string id, string name = "W", string? input = null) =>
        Hub.StartInstanceAsync(new CreateInstanceRequest { InstanceId = id, Name = name, Input = input });

    public async Task<WorkflowState?> StateAsync(string id) =>
        (await Hub.GetInstanceAsync(new GetInstanceRequest { InstanceId = id, GetInputsAndOutputs = true })).WorkflowState;

    public async Task<WorkflowState> EndAsync(string id) =>
        (await Hub.WaitForInstanceCompletionAsync(
            new GetInstanceRequest { InstanceId = id, GetInputsAndOutputs = true },
            deadline: DateTime.UtcNow + Patience)).WorkflowState;

    /// <summary>The kinds of an instance's events, in order.</summary>
    public async Task<List<HistoryEvent.EventTypeOneofCase>> HistoryAsync(string id) =>
        [.. (await Hub.GetInstanceHistoryAsync(new GetInstanceHistoryRequest { InstanceId = id })).Events.Select(static item => item.EventTypeCase)];

    /// <summary>Goes away without a word.</summary>
    public void Cut() => _stream.Dispose();

    public ValueTask DisposeAsync()
    {
        _stream.Dispose();
        return ValueTask.CompletedTask;
    }
}
