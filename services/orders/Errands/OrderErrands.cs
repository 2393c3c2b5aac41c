using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Events;
using NexusCart.Platform.Actors;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns;

namespace NexusCart.Orders.Errands;

/// <summary>A saga that is to be started; never published.</summary>
/// <param name="Workflow">The workflow's name.</param>
/// <param name="InstanceId">The instance: a new one for each attempt, so that none is ever started twice with success.</param>
/// <param name="Input">Its input.</param>
public sealed record SagaErrand(string Workflow, string InstanceId, JsonElement Input)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.saga";
}

/// <summary>A waiting return saga that is to look at its return; never published.</summary>
/// <param name="InstanceId">The instance.</param>
public sealed record SignalErrand(string InstanceId)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.signal";
}

/// <summary>A parked checkout that is to be repaired; never published.</summary>
/// <param name="OrderId">The order.</param>
public sealed record RepairErrand(string OrderId)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.repair";
}

/// <summary>An entry of the audit log; never published.</summary>
/// <param name="Id">The order's id and the number of the action.</param>
/// <param name="At">When.</param>
/// <param name="StaffId">Who.</param>
/// <param name="Action">What: "shipment.create".</param>
/// <param name="OrderId">The order.</param>
/// <param name="Subject">The shipment, return, refund or task; may be empty.</param>
/// <param name="Reason">Why; may be empty.</param>
public sealed record AuditRecord(string Id, DateTimeOffset At, string StaffId, string Action, string OrderId, string Subject, string Reason)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.audit";
}

/// <summary>Whether an order waits for staff; never published.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Waits">Whether it does.</param>
public sealed record TaskNote(string OrderId, bool Waits)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.task";
}

/// <summary>An order that an account claimed; never published.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">The account.</param>
public sealed record ClaimNote(string OrderId, string CustomerId)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.claim";
}

/// <summary>A document that is to get its number; never published.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="DocumentId">The document.</param>
public sealed record PaperErrand(string OrderId, string DocumentId)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.paper";
}

/// <summary>Sagas at their end whose histories are to be removed, since they hold what the order no longer does; never published.</summary>
/// <param name="InstanceIds">The instances.</param>
public sealed record PurgeErrand(IReadOnlyList<string> InstanceIds)
{
    /// <summary>What tells it from a public event.</summary>
    public const string Type = "errand.purge";
}

/// <summary>
/// What an order's change has done elsewhere in orders. Errands wait beside the events, in the same transaction as the change, and are run
/// with the same patience; each is idempotent.
/// </summary>
public static class OrderErrands
{
    /// <summary>Sagas, signals, notes and documents that a change calls for.</summary>
    /// <param name="before">The order before.</param>
    /// <param name="after">The order after.</param>
    public static IEnumerable<PendingEvent> Between(Order before, Order after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (was, now) = (before.After ?? Aftercare.None, after.After ?? Aftercare.None);
        return Cancellations(after, was, now)
            .Concat(Refunds(after, was, now))
            .Concat(Returns(after, was, now))
            .Concat(Papers(after, was, now))
            .Concat(Repairs(before, after))
            .Concat(Notes(before, after));
    }

    /// <summary>Whether an order waits for staff, where that changed.</summary>
    /// <param name="before">The order before.</param>
    /// <param name="after">The order after.</param>
    public static IEnumerable<PendingEvent> Notes(Order before, Order after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.WaitsForStaff != after.WaitsForStaff)
        {
            // Each time something else: every attempt adds to the history, and the tasks only grow.
            var number = $"{after.History.Count}-{after.Tasks.Count}-{after.WaitsForStaff}";
            yield return Errand(after, "task", number, TaskNote.Type, new TaskNote(after.OrderId, after.WaitsForStaff), OrderEventsJson.Default.TaskNote);
        }

        if (before.CustomerId != after.CustomerId)
            yield return Errand(after, "claim", "1", ClaimNote.Type, new ClaimNote(after.OrderId, after.CustomerId), OrderEventsJson.Default.ClaimNote);
    }

    /// <summary>An entry of the audit log.</summary>
    /// <param name="order">The changed order.</param>
    /// <param name="command">What changed it.</param>
    /// <param name="now">The turn's time.</param>
    public static PendingEvent Audit(Order order, AfterSalesCommand command, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(command);
        var (action, subject) = ActionOf(order, command);
        var number = $"{order.After!.StaffActions}";
        var record = new AuditRecord($"{order.OrderId}:{number}", now, command.By.Id, action, order.OrderId, subject, command.Reason ?? string.Empty);
        return Errand(order, "audit", number, AuditRecord.Type, record, OrderEventsJson.Default.AuditRecord);
    }

    /// <summary>Removes the histories of an order's sagas: the checkout's has its address, the others what people wrote.</summary>
    /// <param name="order">The order.</param>
    public static PendingEvent Purge(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var after = order.After ?? Aftercare.None;
        List<string> instances = [order.OrderId, CheckoutRepairWorkflow.InstanceIdOf(order.OrderId)];
        instances.AddRange(after.Cancellations.SelectMany(cancellation => Attempts($"can-{cancellation.Id}", cancellation.Attempt)));
        instances.AddRange(after.Refunds.Where(refund => refund.Origin is null).SelectMany(refund => Attempts($"ref-{refund.Id}", refund.Attempt)));
        instances.AddRange(after.Returns.SelectMany(request => Attempts($"ret-{request.Id}", request.Attempt)));
        return Errand(order, "purge", "1", PurgeErrand.Type, new PurgeErrand(instances), OrderEventsJson.Default.PurgeErrand);

        IEnumerable<string> Attempts(string what, int last) => Enumerable.Range(1, last).Select(attempt => InstanceId(order, what, attempt));
    }

    private static (string Action, string Subject) ActionOf(Order order, AfterSalesCommand command) => command switch
    {
        CreateShipment => ("shipment.create", order.After!.Shipments[^1].Id),
        TrackShipment track => ("shipment.track", track.ShipmentId),
        MoveShipment move => ($"shipment.{move.To.ToString().ToLowerInvariant()}", move.ShipmentId),
        RequestCancel => ("order.cancel", order.After!.Cancellations[^1].Id),
        RequestRefund => ("order.refund", order.After!.Refunds[^1].Id),
        RequestReturn => ("return.request", order.After!.Returns[^1].Id),
        DecideReturn decide => (decide.Approve ? "return.approve" : "return.reject", decide.ReturnId),
        ReceiveReturn receive => ("return.receive", receive.ReturnId),
        SettleTask task => (task.Retry ? "task.retry" : "task.resolve", task.TaskId),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Nothing that staff do."),
    };

    // A parked checkout that is tried again: its saga is at an end, so it is repaired.
    private static IEnumerable<PendingEvent> Repairs(Order before, Order after)
    {
        if (before.Status is OrderStatus.NeedsAttention && after.Status is OrderStatus.Processing)
            yield return Errand(after, "repair", $"{after.History.Count}", RepairErrand.Type, new RepairErrand(after.OrderId), OrderEventsJson.Default.RepairErrand);
    }

    private static IEnumerable<PendingEvent> Cancellations(Order order, Aftercare was, Aftercare now) =>
        from cancellation in now.Cancellations
        where cancellation.Status is SettlementStatus.Requested
            && was.Cancellations.FirstOrDefault(known => known.Id == cancellation.Id)?.Attempt != cancellation.Attempt
        let input = new CancelInput(
            order.OrderId, cancellation.Id, MoneyOf(order, cancellation.RefundId),
            [.. cancellation.Lines.Select(line => new StockBack(line.Sku, line.Quantity, line.WarehouseId, IsForSale: true))])
        select Saga(order, nameof(CancelOrderWorkflow), $"can-{cancellation.Id}", cancellation.Attempt, input, OrderEventsJson.Default.CancelInput);

    private static IEnumerable<PendingEvent> Refunds(Order order, Aftercare was, Aftercare now) =>
        from refund in now.Refunds
        where refund is { Status: SettlementStatus.Requested, Origin: null }
            && was.Refunds.FirstOrDefault(known => known.Id == refund.Id)?.Attempt != refund.Attempt
        select Saga(
            order, nameof(RefundWorkflow), $"ref-{refund.Id}", refund.Attempt, new RefundInput(order.OrderId, MoneyOf(order, refund.Id)!),
            OrderEventsJson.Default.RefundInput);

    private static IEnumerable<PendingEvent> Returns(Order order, Aftercare was, Aftercare now)
    {
        foreach (var request in now.Returns)
        {
            var known = was.Returns.FirstOrDefault(candidate => candidate.Id == request.Id);
            if (known?.Attempt != request.Attempt)
            {
                yield return Saga(
                    order, nameof(ReturnWorkflow), $"ret-{request.Id}", request.Attempt, new ReturnInput(order.OrderId, request.Id),
                    OrderEventsJson.Default.ReturnInput);
            }
            else if (known.Status != request.Status)
            {
                var instance = InstanceId(order, $"ret-{request.Id}", request.Attempt);
                yield return Errand(order, instance, request.Status.ToString(), SignalErrand.Type, new SignalErrand(instance), OrderEventsJson.Default.SignalErrand);
            }
        }
    }

    // The invoice goes with the first shipment, a credit note with its refund; both can be asked for earlier.
    private static IEnumerable<PendingEvent> Papers(Order order, Aftercare was, Aftercare now)
    {
        if (now.Shipments.Any(shipment => shipment.HasLeft) && !was.Shipments.Any(shipment => shipment.HasLeft))
            yield return Paper(order, Order.InvoiceId);
        foreach (var refund in now.Refunds.Where(refund => refund.Status is SettlementStatus.Done))
        {
            if (was.Refunds.FirstOrDefault(known => known.Id == refund.Id)?.Status is not SettlementStatus.Done)
                yield return Paper(order, Order.CreditIdOf(refund.Id));
        }
    }

    private static PendingEvent Paper(Order order, string documentId) =>
        Errand(order, "paper", documentId, PaperErrand.Type, new PaperErrand(order.OrderId, documentId), OrderEventsJson.Default.PaperErrand);

    private static MoneyBack? MoneyOf(Order order, string? refundId) =>
        order.After!.Refunds.FirstOrDefault(refund => refund.Id == refundId) is { Status: SettlementStatus.Requested } refund
            ? new MoneyBack(refund.Id, refund.PaymentRefundId, refund.Share.Amount.MinorUnits, refund.Share.Amount.Currency, refund.Reason)
            : null;

    private static string InstanceId(Order order, string what, int attempt) =>
        attempt == 1 ? $"{order.OrderId}-{what}" : $"{order.OrderId}-{what}-{attempt}";

    private static PendingEvent Saga<T>(Order order, string workflow, string what, int attempt, T input, JsonTypeInfo<T> json)
    {
        var instance = InstanceId(order, what, attempt);
        return Errand(
            order, instance, "start", SagaErrand.Type, new SagaErrand(workflow, instance, JsonSerializer.SerializeToElement(input, json)),
            OrderEventsJson.Default.SagaErrand);
    }

    // A key of its own: an errand holds up neither the order's events nor other errands; those of one key are run in order.
    private static PendingEvent Errand<T>(Order order, string key, string number, string type, T data, JsonTypeInfo<T> json) =>
        PendingEvent.Create($"{order.OrderId}:{key}:{number}", type, OrderEvents.Topic, $"{order.OrderId}:{key}", data, json);
}
