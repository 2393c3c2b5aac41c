using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>The order's record, for the saga.</summary>
public sealed partial class OrderJournal(OrderStore orders, OrderWatch watch, ILogger<OrderJournal> logger) : IOrderJournal
{
    /// <inheritdoc/>
    public async Task<bool> BeginAsync(string orderId) =>
        (await orders.ExecuteAsync(orderId, new BeginOrder(orderId))).Outcome is OrderOutcome.Done;

    /// <inheritdoc/>
    public void Post(string orderId, StepReport report) => _ = PostAsync(orderId, report);

    /// <inheritdoc/>
    public Task RequireActionAsync(string orderId, RequiredAction action, StepReport report)
    {
        ArgumentNullException.ThrowIfNull(action);
        var kept = new PaymentAction(action.Kind, action.PaymentId, action.ClientSecret, action.RedirectUrl);
        return WriteAsync(orderId, new RequireCustomerAction(orderId, kept, EntryOf(report), watch.IsWatched(orderId)));
    }

    /// <inheritdoc/>
    public Task CompleteAsync(string orderId, IReadOnlyList<StepReport> history) =>
        WriteAsync(orderId, new CompleteOrder(orderId, EntriesOf(history), watch.IsWatched(orderId)));

    /// <inheritdoc/>
    public Task CancelAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        WriteAsync(orderId, new CancelOrder(orderId, reason, detail, EntriesOf(history), watch.IsWatched(orderId)));

    /// <inheritdoc/>
    public Task ParkAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        WriteAsync(orderId, new ParkOrder(orderId, reason, detail, EntriesOf(history), watch.IsWatched(orderId)));

    private static HistoryEntry EntryOf(StepReport report) => new(report.At, report.Step, report.Outcome, report.Detail);

    private static List<HistoryEntry> EntriesOf(IReadOnlyList<StepReport> history) => [.. history.Select(EntryOf)];

    private async Task WriteAsync(string orderId, OrderCommand command)
    {
        var answer = await orders.ExecuteAsync(orderId, command);
        if (answer.Outcome is not OrderOutcome.Done)
        {
            // Never by the saga's own doing, and nothing it could put right: the attempt fails, visibly, and is repeated.
            throw new InvalidOperationException($"Order {orderId} is {answer.Status}; {command.GetType().Name} was {answer.Outcome}.");
        }

        if (answer.Order is { } order)
            watch.Tell(order);
    }

    private async Task PostAsync(string orderId, StepReport report)
    {
        try
        {
            await orders.ExecuteAsync(orderId, new ReportStep(orderId, EntryOf(report)));
        }
        catch (RpcException failure)
        {
            // The end of the saga brings the whole history, so this costs punctuality and nothing else.
            LogNotPosted(logger, orderId, report.Step, report.Outcome, failure.StatusCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId}: '{Step} {Outcome}' will be shown later ({Code})")]
    private static partial void LogNotPosted(ILogger logger, string orderId, string step, string outcome, StatusCode code);
}
