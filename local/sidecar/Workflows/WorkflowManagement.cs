using System.Buffers;
using Grpc.Core;
using NexusCart.Sidecar.Api;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows;

/// <summary>
/// The workflow API of Dapr itself, as against the one of the workflow SDKs: narrower ids, errors in another wording, and calls that
/// return before their effect is seen.
/// </summary>
internal sealed class WorkflowManagement(WorkflowRuntime runtime)
{
    private const int MaxIdLength = 64;

    private static readonly SearchValues<char> AllowedInIds =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Starts a workflow.</summary>
    /// <param name="instanceId">The id; empty: a new one.</param>
    /// <param name="name">The workflow's name.</param>
    /// <param name="input">Its input; null for none.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>The instance's id.</returns>
    /// <exception cref="DaprApiException">The id or name is not allowed, or the workflow did not start.</exception>
    internal async Task<string> StartAsync(string instanceId, string name, string? input, CancellationToken cancellation)
    {
        if (name.Length == 0)
            throw Invalid("ERR_WORKFLOW_NAME_MISSING", "workflow name is not configured");

        var id = instanceId.Length == 0 ? Guid.NewGuid().ToString() : instanceId;
        if (id.Length > MaxIdLength)
            throw Invalid("ERR_INSTANCE_ID_TOO_LONG", $"workflow instance ID exceeds the max length of {MaxIdLength} characters");

        if (id.AsSpan().ContainsAnyExcept(AllowedInIds))
        {
            throw Invalid(
                "ERR_INSTANCE_ID_INVALID",
                $"workflow instance ID '{id}' is invalid: only alphanumeric and underscore characters are allowed");
        }

        await Guard(
            "ERR_START_WORKFLOW",
            $"error starting workflow '{name}': unable to start workflow: failed to start workflow: ",
            () => runtime.Engine.StartAsync(new WorkflowStartRequest(id, name) { Input = input }, cancellation));
        return id;
    }

    /// <summary>Where an instance stands; null when there is none.</summary>
    /// <exception cref="DaprApiException">The id is missing.</exception>
    internal async Task<WorkflowState?> GetAsync(string instanceId, CancellationToken cancellation)
    {
        RequireId(instanceId);
        WorkflowState? state = null;
        await Guard(
            "ERR_GET_WORKFLOW",
            $"error getting workflow info on instance '{instanceId}': ",
            async () => state = await runtime.Engine.GetStateAsync(instanceId, withPayloads: true, cancellation));
        return state;
    }

    /// <summary>Raises an event.</summary>
    /// <exception cref="DaprApiException">The id or the event's name is missing, or there is no such instance.</exception>
    internal Task RaiseEventAsync(string instanceId, string name, string? data, CancellationToken cancellation)
    {
        RequireId(instanceId);
        if (name.Length == 0)
            throw Invalid("ERR_WORKFLOW_EVENT_NAME_MISSING", "missing workflow event name");

        return Guard(
            "ERR_RAISE_EVENT_WORKFLOW",
            $"error raising event on workflow '{instanceId}': failed to raise event {name} on workflow {instanceId}: failed to raise event: ",
            () => runtime.Engine.RaiseEventAsync(instanceId, name, data, cancellation));
    }

    /// <summary>Suspends an instance.</summary>
    /// <exception cref="DaprApiException">The id is missing, or there is no such instance.</exception>
    internal Task PauseAsync(string instanceId, CancellationToken cancellation)
    {
        RequireId(instanceId);
        return Guard(
            "ERR_PAUSE_WORKFLOW",
            $"error pausing workflow {instanceId}: failed to pause workflow {instanceId}: failed to suspend workflow: ",
            () => runtime.Engine.SuspendAsync(instanceId, reason: null, awaitTurn: false, cancellation));
    }

    /// <summary>Resumes an instance.</summary>
    /// <exception cref="DaprApiException">The id is missing, or there is no such instance.</exception>
    internal Task ResumeAsync(string instanceId, CancellationToken cancellation)
    {
        RequireId(instanceId);
        return Guard(
            "ERR_RESUME_WORKFLOW",
            $"error resuming workflow {instanceId}: failed to resume workflow {instanceId}: failed to resume workflow: ",
            () => runtime.Engine.ResumeAsync(instanceId, reason: null, awaitTurn: false, cancellation));
    }

    /// <summary>Ends an instance, and its children unless told not to.</summary>
    /// <exception cref="DaprApiException">The id is missing, or there is no such instance.</exception>
    internal Task TerminateAsync(string instanceId, bool recursive, CancellationToken cancellation)
    {
        RequireId(instanceId);
        return Guard(
            "ERR_TERMINATE_WORKFLOW",
            $"error terminating workflow {instanceId}: failed to terminate workflow {instanceId}: ",
            () => runtime.Engine.TerminateAsync(instanceId, output: null, recursive, awaitEnd: false, cancellation),
            NotFound(instanceId, "failed to submit termination request:: no such instance exists"));
    }

    /// <summary>Deletes an ended instance, and its children unless told not to.</summary>
    /// <exception cref="DaprApiException">The id is missing, there is no such instance, or it has not ended.</exception>
    internal Task PurgeAsync(string instanceId, bool recursive, CancellationToken cancellation)
    {
        RequireId(instanceId);
        return Guard(
            "ERR_PURGE_WORKFLOW",
            $"error purging workflow {instanceId}: failed to Purge workflow {instanceId}: failed to purge workflow state: ",
            () => runtime.Engine.PurgeAsync(instanceId, recursive, force: false, cancellation),
            NotFound(instanceId, "failed to purge workflow state: failed to fetch workflow state: no such instance exists"));
    }

    /// <summary>There is no such instance.</summary>
    internal static DaprApiException NotFound(string instanceId) => new(
        "ERR_INSTANCE_ID_NOT_FOUND",
        $"unable to find workflow with the provided instance ID: {instanceId}",
        StatusCodes.Status404NotFound,
        StatusCode.NotFound);

    /// <summary>In strict mode with what a slip of the pen in daprd adds to the text.</summary>
    private DaprApiException NotFound(string instanceId, string reason) =>
        NotFound(runtime.Engine.IsStrict ? $"{instanceId}%!(EXTRA *fmt.wrapError={reason})" : instanceId);

    private static void RequireId(string instanceId)
    {
        if (instanceId.Length == 0)
            throw Invalid("ERR_INSTANCE_ID_PROVIDED_MISSING", "no instance ID was provided");
    }

    private static DaprApiException Invalid(string code, string message) =>
        new(code, message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);

    private static async Task Guard(string code, string prefix, Func<Task> action, DaprApiException? missing = null)
    {
        try
        {
            await action();
        }
        catch (WorkflowFaultException fault) when (fault.Kind == WorkflowFaultKind.NoSuchInstance && missing is not null)
        {
            throw missing;
        }
        catch (WorkflowFaultException fault)
        {
            throw new DaprApiException(code, prefix + fault.Message, StatusCodes.Status500InternalServerError, StatusCode.Internal);
        }
    }
}
