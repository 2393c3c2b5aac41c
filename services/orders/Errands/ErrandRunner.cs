using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.AfterSales;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Events;
using NexusCart.Orders.Papers;
using NexusCart.Platform.Actors;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns;

namespace NexusCart.Orders.Errands;

/// <summary>Runs what waits beside the events of a shard. Every errand is idempotent and is tried again until it is known to be done.</summary>
public sealed partial class ErrandRunner(
    ISagaEngine engine, IOrderBooks books, PaperDesk papers, OrderStore orders, OrderRepair repair, ILogger<ErrandRunner> logger)
{
    /// <summary>Runs a pending event that is an errand.</summary>
    /// <param name="pending">The pending event.</param>
    /// <param name="cancellationToken">Ends the attempt; its outcome is then unknown.</param>
    /// <returns>Null when it is no errand.</returns>
    /// <exception cref="RpcException">It is not known to be done: try again later.</exception>
    public Task? Run(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        return pending.Type switch
        {
            SagaErrand.Type => StartAsync(Read(pending, OrderEventsJson.Default.SagaErrand), cancellationToken),
            SignalErrand.Type => SignalAsync(Read(pending, OrderEventsJson.Default.SignalErrand), cancellationToken),
            AuditRecord.Type => books.AuditAsync(Read(pending, OrderEventsJson.Default.AuditRecord), cancellationToken),
            TaskNote.Type => books.NoteTaskAsync(Read(pending, OrderEventsJson.Default.TaskNote), cancellationToken),
            ClaimNote.Type => ClaimAsync(Read(pending, OrderEventsJson.Default.ClaimNote), cancellationToken),
            PurgeErrand.Type => PurgeAsync(Read(pending, OrderEventsJson.Default.PurgeErrand), cancellationToken),
            RepairErrand.Type => RepairAsync(Read(pending, OrderEventsJson.Default.RepairErrand), cancellationToken),
            PaperErrand.Type => IssueAsync(Read(pending, OrderEventsJson.Default.PaperErrand), cancellationToken),
            _ => null,
        };
    }

    private static T Read<T>(PendingEvent pending, JsonTypeInfo<T> json) =>
        pending.Data.Deserialize(json) ?? throw new JsonException($"Pending event {pending.Id} has no data.");

    // Looked up first: an attempt before this one may have started it, and it may be at its end.
    private async Task StartAsync(SagaErrand errand, CancellationToken cancellationToken)
    {
        if (await engine.FindAsync(errand.InstanceId, cancellationToken) is not SagaStanding.Missing)
            return;
        try
        {
            await engine.StartAsync(errand.Workflow, errand.InstanceId, errand.Input, cancellationToken);
        }
        catch (RpcException failure)
        {
            if (await engine.FindAsync(errand.InstanceId, cancellationToken) is SagaStanding.Missing)
                throw;
            LogStartedBefore(logger, errand.InstanceId, failure.StatusCode);
        }
    }

    // A saga that is not there yet, or at its end, needs no telling: it looks for itself.
    private async Task SignalAsync(SignalErrand errand, CancellationToken cancellationToken)
    {
        try
        {
            await engine.RaiseAsync(errand.InstanceId, ReturnWorkflow.ReturnUpdated, new ReturnUpdate(errand.InstanceId), cancellationToken);
        }
        catch (RpcException)
        {
            if (await engine.FindAsync(errand.InstanceId, cancellationToken) is SagaStanding.Active)
                throw;
        }
    }

    private async Task ClaimAsync(ClaimNote note, CancellationToken cancellationToken)
    {
        // Whoever was erased meanwhile has no further order.
        if (await books.NoteClaimAsync(note, cancellationToken))
            await ErasureDesk.MarkAsync(orders, note.OrderId, note.CustomerId, cancellationToken);
    }

    // The saga that closed the order is still writing that down: it is purged at a later attempt.
    private async Task PurgeAsync(PurgeErrand errand, CancellationToken cancellationToken)
    {
        foreach (var instanceId in errand.InstanceIds)
        {
            if (!await engine.PurgeAsync(instanceId, cancellationToken))
                throw new RpcException(new Status(StatusCode.Unavailable, $"Saga {instanceId} is not at its end yet."));
        }
    }

    private async Task RepairAsync(RepairErrand errand, CancellationToken cancellationToken)
    {
        if (await orders.ReadAsync(errand.OrderId, cancellationToken) is not { IsAtEnd: false } order || await repair.TryAsync(order, cancellationToken))
            return;
        // No sweep comes by here again, so this one sees to it that the repair runs.
        if (await engine.FindAsync(CheckoutRepairWorkflow.InstanceIdOf(errand.OrderId), cancellationToken) is not SagaStanding.Active
            && await orders.ReadStatusAsync(errand.OrderId, cancellationToken) is OrderStatus.Processing)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The repair was not started."));
        }
    }

    private Task<Order?> IssueAsync(PaperErrand errand, CancellationToken cancellationToken) => papers.IssueAsync(errand.OrderId, errand.DocumentId, cancellationToken);

    [LoggerMessage(Level = LogLevel.Information, Message = "Saga {InstanceId} had been started before ({Code})")]
    private static partial void LogStartedBefore(ILogger logger, string instanceId, StatusCode code);
}
