using Dapr.Workflow;

namespace NexusCart.Workflows.Checkout;

/// <summary>
/// How long each kind of step is tried. All repeat with the same ids, so a repetition never acts twice.
/// </summary>
internal static class StepPolicies
{
    /// <summary>Steps that can be given up: about half a minute, long enough for a service to restart.</summary>
    public static readonly WorkflowTaskOptions Forward = new(new WorkflowRetryPolicy(
        maxNumberOfAttempts: 9,
        firstRetryInterval: TimeSpan.FromMilliseconds(250),
        backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(8)));

    /// <summary>The capture: everything else is done, so patience (some ten minutes) is cheaper than giving up.</summary>
    public static readonly WorkflowTaskOptions Capture = new(new WorkflowRetryPolicy(
        maxNumberOfAttempts: 20,
        firstRetryInterval: TimeSpan.FromMilliseconds(250),
        backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(60)));

    /// <summary>An undo: some five hours, then it is parked for staff.</summary>
    public static readonly WorkflowTaskOptions Undo = new(new WorkflowRetryPolicy(
        maxNumberOfAttempts: 70,
        firstRetryInterval: TimeSpan.FromMilliseconds(250),
        backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromMinutes(5)));

    /// <summary>Writing the end of the order down: until it is done.</summary>
    public static readonly WorkflowTaskOptions UntilDone = new(new WorkflowRetryPolicy(
        maxNumberOfAttempts: int.MaxValue,
        firstRetryInterval: TimeSpan.FromMilliseconds(250),
        backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromMinutes(5)));
}
