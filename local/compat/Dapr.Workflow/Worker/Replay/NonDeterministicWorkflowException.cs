namespace Dapr.Workflow.Worker.Replay;

/// <summary>A workflow's code does not repeat what its history says it did: the code was changed under running instances, or is not deterministic.</summary>
/// <param name="message">Where the two part.</param>
internal sealed class NonDeterministicWorkflowException(string message) : Exception(message);
