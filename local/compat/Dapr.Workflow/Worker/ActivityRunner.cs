using System.Diagnostics;
using Dapr.Common.Serialization;
using Dapr.Workflow.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker;

/// <summary>Runs activities.</summary>
internal sealed class ActivityRunner(
    IWorkflowsFactory factory,
    IServiceScopeFactory scopes,
    IDaprSerializer serializer,
    ILogger<ActivityRunner> logger)
{
    private static readonly ActivitySource Source = new("Dapr.Workflow");

    /// <summary>Runs an activity; a failure is part of the answer.</summary>
    internal async Task<Wire.ActivityResponse> RunAsync(Wire.ActivityRequest request)
    {
        var response = new Wire.ActivityResponse
        {
            InstanceId = request.WorkflowInstance?.InstanceId ?? string.Empty,
            TaskId = request.TaskId,
        };
        using var span = StartSpan(request);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var name = new TaskIdentifier(request.Name);
            if (!factory.TryCreateActivity(name, scope.ServiceProvider, out var activity, out var activation))
            {
                response.FailureDetails = activation is null
                    ? new Wire.TaskFailureDetails { ErrorType = "ActivityNotFoundException", ErrorMessage = $"Activity '{request.Name}' not found" }
                    : WireFailures.ToWire(activation);
                return response;
            }

            var input = string.IsNullOrEmpty(request.Input) ? null : serializer.Deserialize(request.Input, activity.InputType);
            var output = await activity.RunAsync(new Context(name, request, response.InstanceId), input);
            response.Result = output is null ? string.Empty : serializer.Serialize(output, output.GetType());
        }
#pragma warning disable CA1031 // An activity may throw anything; it is told to the workflow.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogDebug(failure, "Activity {Name} of workflow {Instance} failed", request.Name, response.InstanceId);
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
            response.Result = null;
            response.FailureDetails = WireFailures.ToWire(failure);
        }

        return response;
    }

    /// <summary>Continues the workflow's trace, so that the activity's own calls belong to it.</summary>
    private static Activity? StartSpan(Wire.ActivityRequest request) =>
        ActivityContext.TryParse(request.ParentTraceContext?.TraceParent, request.ParentTraceContext?.TraceState, isRemote: true, out var parent)
            ? Source.StartActivity($"activity {request.Name}", ActivityKind.Server, parent)
            : null;

    private sealed class Context(TaskIdentifier identifier, Wire.ActivityRequest request, string instanceId) : WorkflowActivityContext
    {
        public override TaskIdentifier Identifier => identifier;

        public override string TaskExecutionKey { get; } = request.TaskExecutionId.Length > 0
            ? request.TaskExecutionId
            : request.TaskId.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public override string InstanceId => instanceId;
    }
}
