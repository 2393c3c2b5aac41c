using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>
/// The order's record, for the saga. Reports of steps wait a moment: most sagas are over before anybody could look, and their end
/// brings the whole history in one write.
/// </summary>
public sealed partial class OrderJournal(
    OrderStore orders, OrderWatch watch, TimeProvider clock, ILogger<OrderJournal> logger) : IOrderJournal
{
    private static readonly TimeSpan ReportDelay = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, List<HistoryEntry>> _unreported = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<bool> BeginAsync(string orderId) =>
        (await orders.ExecuteAsync(orderId, new BeginOrder(orderId))).Outcome is OrderOutcome.Done;

    /// <inheritdoc/>
    public void Post(string orderId, StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        lock (_unreported)
        {
            if (_unreported.TryGetValue(orderId, out var waiting))
            {
                waiting.Add(EntryOf(report));
                return;
            }

            _unreported[orderId] = [EntryOf(report)];
        }

        _ = ReportLaterAsync(orderId);
    }

    /// <inheritdoc/>
    public Task RequireActionAsync(string orderId, RequiredAction action, StepReport report)
    {
        ArgumentNullException.ThrowIfNull(action);
        var kept = new PaymentAction(action.Kind, action.PaymentId, action.ClientSecret, action.RedirectUrl);
        return WriteAsync(orderId, new RequireCustomerAction(orderId, kept, EntryOf(report), watch.IsWatched(orderId)));
    }

    /// <inheritdoc/>
    public Task CompleteAsync(string orderId, IReadOnlyList<StepReport> history, IReadOnlyList<StockAllocation>? allocations = null) =>
        EndAsync(
            orderId,
            new CompleteOrder(
                orderId, EntriesOf(history), watch.IsWatched(orderId),
                allocations?.Select(given => new Allocation(given.Sku, given.WarehouseId, given.Quantity)).ToList()));

    /// <inheritdoc/>
    public Task CancelAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        EndAsync(orderId, new CancelOrder(orderId, reason, detail, EntriesOf(history), watch.IsWatched(orderId)));

    /// <inheritdoc/>
    public Task ParkAsync(string orderId, string reason, string detail, IReadOnlyList<StepReport> history) =>
        EndAsync(orderId, new ParkOrder(orderId, reason, detail, EntriesOf(history), watch.IsWatched(orderId)));

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

    private Task EndAsync(string orderId, OrderCommand command)
    {
        TakeUnreported(orderId);
        return WriteAsync(orderId, command);
    }

    private List<HistoryEntry>? TakeUnreported(string orderId)
    {
        lock (_unreported)
            return _unreported.Remove(orderId, out var waiting) ? waiting : null;
    }

    private async Task ReportLaterAsync(string orderId)
    {
        await Task.Delay(ReportDelay, clock);
        if (TakeUnreported(orderId) is not { } entries)
            return;
        try
        {
            await orders.ExecuteAsync(orderId, new ReportSteps(orderId, entries));
        }
        catch (RpcException failure)
        {
            // The end of the saga brings the whole history, so this costs punctuality and nothing else.
            LogNotReported(logger, orderId, entries[^1].Step, entries[^1].Outcome, failure.StatusCode);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId}: '{Step} {Outcome}' will be shown later ({Code})")]
    private static partial void LogNotReported(ILogger logger, string orderId, string step, string outcome, StatusCode code);
}
