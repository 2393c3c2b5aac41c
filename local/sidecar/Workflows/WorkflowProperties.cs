using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>An instance's state as the Dapr API shows it: a status by name, the rest as properties.</summary>
internal static class WorkflowProperties
{
    private const string Prefix = "dapr.workflow.";

    /// <summary>The status's name.</summary>
    internal static string StatusOf(WorkflowState state) => state.WorkflowStatus switch
    {
        OrchestrationStatus.ContinuedAsNew => "CONTINUED_AS_NEW",
        var status => status.ToString().ToUpperInvariant(),
    };

    /// <summary>Input, output, custom status and failure, each where it is not empty.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Of(WorkflowState state)
    {
        (string Name, string? Value)[] all =
        [
            ("input", state.Input),
            ("output", state.Output),
            ("custom_status", state.CustomStatus),
            ("failure.error_type", state.FailureDetails?.ErrorType),
            ("failure.error_message", state.FailureDetails?.ErrorMessage),
            ("failure.stack_trace", state.FailureDetails?.StackTrace),
        ];
        return all.Where(static item => !string.IsNullOrEmpty(item.Value)).Select(static item => KeyValuePair.Create(Prefix + item.Name, item.Value!));
    }
}
