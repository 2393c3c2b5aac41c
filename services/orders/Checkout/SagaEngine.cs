using Dapr.Workflow;
using Grpc.Core;

namespace NexusCart.Orders.Checkout;

/// <summary>What the workflow engine knows of an instance.</summary>
public enum SagaStanding
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>It runs, or is about to.</summary>
    Active,

    /// <summary>It came to its end.</summary>
    Completed,

    /// <summary>It was broken off: failed or terminated.</summary>
    Broken,
}

/// <summary>What orders needs of the workflow engine.</summary>
public interface ISagaEngine
{
    /// <summary>Starts an instance.</summary>
    /// <param name="workflow">The workflow's name.</param>
    /// <param name="instanceId">The instance.</param>
    /// <param name="input">Its input.</param>
    /// <param name="cancellationToken">Ends the attempt; its outcome is then unknown.</param>
    /// <exception cref="RpcException">It is active already, or no worker is connected, or the outcome is unknown.</exception>
    Task StartAsync<TInput>(string workflow, string instanceId, TInput input, CancellationToken cancellationToken);

    /// <summary>Looks an instance up.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<SagaStanding> FindAsync(string instanceId, CancellationToken cancellationToken);

    /// <summary>Raises an external event.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="payload">What it is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RpcException">It was not raised, or the outcome is unknown.</exception>
    Task RaiseAsync<TPayload>(string instanceId, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : class;

    /// <summary>Removes the history of an instance that is at its end.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether nothing is left of it; false while it runs.</returns>
    /// <exception cref="RpcException">The outcome is unknown.</exception>
    Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken);
}

/// <summary>The engine behind the sidecar. Every call has a deadline: without a worker some of them would wait for one.</summary>
public sealed class SagaEngine(DaprWorkflowClient workflows, TimeProvider clock) : ISagaEngine
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public Task StartAsync<TInput>(string workflow, string instanceId, TInput input, CancellationToken cancellationToken) =>
        BoundedAsync(
            bounded => workflows.ScheduleNewWorkflowAsync(workflow, instanceId, input, (DateTimeOffset?)null, bounded), cancellationToken);

    /// <inheritdoc/>
    public async Task<SagaStanding> FindAsync(string instanceId, CancellationToken cancellationToken)
    {
        var state = await BoundedAsync(
            bounded => workflows.GetWorkflowStateAsync(instanceId, getInputsAndOutputs: false, bounded), cancellationToken);
        if (!state.Exists)
            return SagaStanding.Missing;
        return state.RuntimeStatus switch
        {
            WorkflowRuntimeStatus.Completed => SagaStanding.Completed,
            WorkflowRuntimeStatus.Failed or WorkflowRuntimeStatus.Terminated or WorkflowRuntimeStatus.Canceled => SagaStanding.Broken,
            _ => SagaStanding.Active,
        };
    }

    /// <inheritdoc/>
    public Task RaiseAsync<TPayload>(string instanceId, string name, TPayload payload, CancellationToken cancellationToken)
        where TPayload : class =>
        BoundedAsync(
            async bounded =>
            {
                await workflows.RaiseEventAsync(instanceId, name, payload, bounded);
                return instanceId;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        // Looked up first: engines differ in what they say of one that is not there, and of one that runs.
        var standing = await FindAsync(instanceId, cancellationToken);
        if (standing is SagaStanding.Missing or SagaStanding.Active)
            return standing is SagaStanding.Missing;
        await BoundedAsync(bounded => workflows.PurgeInstanceAsync(instanceId, bounded), cancellationToken);
        return true;
    }

    private async Task<T> BoundedAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Deadline, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await call(both.Token);
        }
        catch (Exception failure) when (limit.IsCancellationRequested && failure is OperationCanceledException or RpcException)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"The workflow engine gave no answer in {Deadline.TotalSeconds} s.", failure));
        }
    }
}
