using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow;

/// <summary>Failures as messages and as what users see.</summary>
internal static class WireFailures
{
    internal static WorkflowTaskFailureDetails ToPublic(Wire.TaskFailureDetails? failure) =>
        failure is null
            ? new WorkflowTaskFailureDetails("Exception", "Unknown error")
            : new WorkflowTaskFailureDetails(
                failure.ErrorType,
                failure.ErrorMessage,
                string.IsNullOrEmpty(failure.StackTrace) ? null : failure.StackTrace);

    internal static Wire.TaskFailureDetails ToWire(Exception exception, bool isNonRetriable = false) => new()
    {
        ErrorType = exception.GetType().FullName ?? exception.GetType().Name,
        ErrorMessage = exception.Message,
        StackTrace = exception.StackTrace,
        IsNonRetriable = isNonRetriable,
        InnerFailure = exception.InnerException is { } inner ? ToWire(inner) : null,
    };
}
