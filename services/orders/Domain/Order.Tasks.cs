namespace NexusCart.Orders.Domain;

/// <summary>What did not end by itself.</summary>
public sealed partial record Order
{
    /// <summary>Whether staff must look at it.</summary>
    public bool WaitsForStaff => Status is OrderStatus.NeedsAttention || Care.Tasks.Any(task => task.IsOpen);

    /// <summary>The tasks; a parked checkout is one of them.</summary>
    public IReadOnlyList<OrderTask> Tasks => Status is OrderStatus.NeedsAttention
        ? [new OrderTask(CheckoutTask, TaskKinds.Checkout, string.Empty, ReasonDetail ?? string.Empty, UpdatedAt), .. Care.Tasks]
        : Care.Tasks;

    private const string CheckoutTask = "checkout";

    /// <summary>Has a task tried again.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="now">The time.</param>
    public OrderChange RetryTask(string taskId, string reason, Performer by, DateTimeOffset now)
    {
        if (Obstacle(taskId, out var task) is { } obstacle)
            return obstacle;
        if (task is null)
            return new((Moved(OrderTrigger.Retry, now) with { Reason = null, ReasonDetail = null }).Noted("task", "started", reason, by, null, now, again: true));

        var order = With(task with { IsOpen = false }).Noted("task", "started", reason, by, task.Id, now);
        return task.Kind switch
        {
            TaskKinds.Refund => order.RetryRefund(task.Subject),
            TaskKinds.Return => order.RetryReturn(task.Subject),
            _ => order.RetryCancel(task.Subject, reason, by, now),
        };
    }

    /// <summary>Takes a task as settled by hand.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="reason">How, for people.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="now">The time.</param>
    public OrderChange ResolveTask(string taskId, string reason, Performer by, DateTimeOffset now)
    {
        if (Obstacle(taskId, out var task) is { } obstacle)
            return obstacle;
        if (task is null)
        {
            return new((Moved(OrderTrigger.Resolve, now) with { Reason = CancelReasons.Resolved, ReasonDetail = reason })
                .Noted("task", "succeeded", reason, by, null, now, again: true));
        }

        var order = With(task with { IsOpen = false }).Noted("task", "succeeded", reason, by, task.Id, now);
        var settled = new SettlementEnd(StepEnd.Done, StepEnd.Done);
        // What was stuck is taken as done, since staff say so; what was refused stays refused.
        return new(task.Kind switch
        {
            TaskKinds.Refund => order.EndRefund(task.Subject, StepEnd.Done, string.Empty, now),
            TaskKinds.Return => order.EndReturn(task.Subject, settled, now),
            _ => order.EndCancel(task.Subject, settled, now),
        });
    }

    // Null task and null obstacle: the parked checkout.
    private OrderChange? Obstacle(string taskId, out OrderTask? task)
    {
        task = Care.Tasks.FirstOrDefault(known => known.Id == taskId);
        if (taskId == CheckoutTask)
        {
            return Status is OrderStatus.NeedsAttention ? null
                : History.Any(entry => entry.Step == "task" && entry.Subject is null) ? new(this)
                : Unknown("task", taskId);
        }

        if (task is null)
            return Unknown("task", taskId);
        return task.IsOpen ? null : new(this);
    }

    private OrderChange RetryRefund(string refundId)
    {
        if (RefundOf(refundId) is not { Status: not SettlementStatus.Done } refund)
            return new(this);
        return refund.Status is SettlementStatus.Failed && refund.Share.Amount > Refundable
            ? Exceeds(refund.Share.Amount)
            : new(Again(refund));
    }

    private OrderChange RetryReturn(string returnId)
    {
        if (ReturnOf(returnId) is not { Status: ReturnStatus.Received } request)
            return new(this);
        var refund = RefundOf(request.RefundId);
        if (refund is { Status: SettlementStatus.Failed } && refund.Share.Amount > Refundable)
            return Exceeds(refund.Share.Amount);
        var order = refund is { Status: not SettlementStatus.Done } ? Again(refund) : this;
        return new(order.With(request with { Attempt = request.Attempt + 1 }));
    }

    // One that is stuck goes on; one that was refused is asked for anew.
    private OrderChange RetryCancel(string cancelId, string reason, Performer by, DateTimeOffset now)
    {
        var cancellation = Care.Cancellations.First(known => known.Id == cancelId);
        if (cancellation.Status is SettlementStatus.Requested)
            return new(With(cancellation with { Attempt = cancellation.Attempt + 1 }));
        var key = new RequestKey($"retry {cancelId}", string.Empty);
        return cancellation.Status is SettlementStatus.Done ? new(this) : RequestCancel(key, reason, by, now);
    }

    private bool HasOpenTask(string kind, string subject) => Care.Tasks.Any(task => task.IsOpen && task.Kind == kind && task.Subject == subject);

    private Order Opened(string kind, string subject, string detail, DateTimeOffset now)
    {
        if (HasOpenTask(kind, subject))
            return this;
        var opened = new OrderTask($"t{Care.Tasks.Count + 1}", kind, subject, detail, now);
        return this with { After = Care with { Tasks = [.. Care.Tasks, opened] } };
    }

    private Order Closed(string kind, string subject) => this with
    {
        After = Care with { Tasks = [.. Care.Tasks.Select(task => task.Kind == kind && task.Subject == subject ? task with { IsOpen = false } : task)] },
    };

    private Order With(OrderTask changed) => this with
    {
        After = Care with { Tasks = [.. Care.Tasks.Select(task => task.Id == changed.Id ? changed : task)] },
    };
}
