using Dapr.Common.Serialization;
using Dapr.Workflow.Abstractions;
using Dapr.Workflow.Worker.Replay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker;

/// <summary>Runs turns: replays a workflow's past, lets what is new happen, and tells what it decided.</summary>
internal sealed class TurnRunner(
    IWorkflowsFactory factory,
    IServiceScopeFactory scopes,
    IDaprSerializer serializer,
    ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<TurnRunner>();

    /// <summary>Runs a turn.</summary>
    /// <returns>The answer; null when there must be none, because the code and the history part.</returns>
    internal async ValueTask<Wire.WorkflowResponse?> RunAsync(Wire.WorkflowRequest request)
    {
        var response = new Wire.WorkflowResponse { InstanceId = request.InstanceId };
        var last = request.NewEvents.Count > 0 ? request.NewEvents[^1] : request.PastEvents.LastOrDefault();
        if (last?.ExecutionTerminated is not null)
            return Ended(response, new Wire.CompleteWorkflowAction { WorkflowStatus = Wire.OrchestrationStatus.Terminated });

        if (last?.ExecutionSuspended is not null)
            return response;

        var started = request.NewEvents.LastOrDefault(static item => item.ExecutionStarted is not null)
            ?? request.PastEvents.LastOrDefault(static item => item.ExecutionStarted is not null);
        if (started is null)
            return Failed(response, "WorkflowNameMissing", "The work item names no workflow.");

        var name = started.ExecutionStarted.Name;
        await using var scope = scopes.CreateAsyncScope();
        if (!factory.TryCreateWorkflow(new TaskIdentifier(name), scope.ServiceProvider, out var workflow, out var activation))
        {
            return activation is null
                ? Failed(response, "WorkflowNotFound", $"Workflow '{name}' is not registered in this app.")
                : Failed(response, activation);
        }

        try
        {
            return Run(workflow, started, request, response);
        }
#pragma warning disable CA1031 // Whatever goes wrong here ends the workflow, as when its own code threw.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "A turn of workflow {Instance} failed", request.InstanceId);
            return Failed(new Wire.WorkflowResponse { InstanceId = request.InstanceId }, failure);
        }
    }

    private Wire.WorkflowResponse? Run(IWorkflow workflow, Wire.HistoryEvent started, Wire.WorkflowRequest request, Wire.WorkflowResponse response)
    {
        var turn = new TurnSynchronizationContext(() => _logger.LogError(
            "Workflow {Instance} awaited something that its context did not return; it will not go on from there",
            request.InstanceId));
        var context = new ReplayContext(started, request.InstanceId, serializer, loggers, turn);
        context.Learn(request.PastEvents);
        var run = Play(workflow, context, started, request, turn);
        if (context.Fault is { } fault)
        {
            _logger.LogError(
                fault,
                "The code of workflow {Name} does not fit the history of {Instance}; its turn is left open until a worker with fitting code connects",
                context.Name,
                request.InstanceId);
            return null;
        }

        context.WriteTo(response);
        if (context.ContinuesAsNew)
            return response;

        if (run.IsCompleted)
            return End(response, run);

        if (!context.IsWaiting)
            _logger.LogError("Workflow {Instance} waits for nothing that can come", request.InstanceId);

        return response;
    }

    private Task<object?> Play(
        IWorkflow workflow,
        ReplayContext context,
        Wire.HistoryEvent started,
        Wire.WorkflowRequest request,
        TurnSynchronizationContext turn)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(turn);
        try
        {
            var text = started.ExecutionStarted.Input;
            var input = string.IsNullOrEmpty(text) ? null : serializer.Deserialize(text, workflow.InputType);
            var isReplay = request.PastEvents.Count > 0;
            var first = isReplay ? request.PastEvents[0] : request.NewEvents.FirstOrDefault(static item => item.WorkflowStarted is not null);
            context.Enter(isReplay, first?.Timestamp ?? started.Timestamp);
            var run = workflow.RunAsync(context, input);
            turn.RunPosted();
            foreach (var item in request.PastEvents)
            {
                context.Play(item);
            }

            context.Enter(isReplaying: false, now: null);
            foreach (var item in request.NewEvents)
            {
                context.Play(item);
            }

            return run;
        }
        finally
        {
            turn.End();
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private Wire.WorkflowResponse End(Wire.WorkflowResponse response, Task<object?> run)
    {
        if (!run.IsCompletedSuccessfully)
            return Failed(response, run.Exception?.InnerException ?? new TaskCanceledException(run));

#pragma warning disable CA1849 // The task has completed.
        var output = run.Result;
#pragma warning restore CA1849
        return Ended(response, new Wire.CompleteWorkflowAction
        {
            WorkflowStatus = Wire.OrchestrationStatus.Completed,
            Result = output is null ? string.Empty : serializer.Serialize(output, output.GetType()),
        });
    }

    private static Wire.WorkflowResponse Failed(Wire.WorkflowResponse response, Exception failure) =>
        Ended(response, new Wire.CompleteWorkflowAction
        {
            WorkflowStatus = Wire.OrchestrationStatus.Failed,
            FailureDetails = WireFailures.ToWire(failure, isNonRetriable: true),
        });

    private static Wire.WorkflowResponse Failed(Wire.WorkflowResponse response, string errorType, string message) =>
        Ended(response, new Wire.CompleteWorkflowAction
        {
            WorkflowStatus = Wire.OrchestrationStatus.Failed,
            FailureDetails = new Wire.TaskFailureDetails { ErrorType = errorType, ErrorMessage = message, IsNonRetriable = true },
        });

    private static Wire.WorkflowResponse Ended(Wire.WorkflowResponse response, Wire.CompleteWorkflowAction end)
    {
        response.Actions.Add(new Wire.WorkflowAction { CompleteWorkflow = end });
        return response;
    }
}
