using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Errors;

namespace NexusCart.Orders.Actors;

/// <summary>The books that orders keeps beside the orders themselves.</summary>
public interface IOrderBooks
{
    /// <summary>Appends to the audit log, unless it is there.</summary>
    /// <param name="record">The entry.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">Unavailable: the outcome is unknown, repeat it.</exception>
    Task AuditAsync(AuditRecord record, CancellationToken cancellationToken);

    /// <summary>A page of the audit log, newest first.</summary>
    /// <param name="request">Which.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<AuditPage> ReadAuditAsync(AuditPageRequest request, CancellationToken cancellationToken);

    /// <summary>Notes whether an order waits for staff.</summary>
    /// <param name="note">The order.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task NoteTaskAsync(TaskNote note, CancellationToken cancellationToken);

    /// <summary>The orders that wait for staff.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<string>> ReadTasksAsync(CancellationToken cancellationToken);

    /// <summary>Notes an order that a customer claimed.</summary>
    /// <param name="note">Which, and who.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether the customer's account was erased.</returns>
    Task<bool> NoteClaimAsync(ClaimNote note, CancellationToken cancellationToken);

    /// <summary>Notes that a customer's account was erased; his orders are looked through again later.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task BeginErasureAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>Notes that an erased customer's orders were looked through again.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task EndErasureAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>The orders that a customer claimed.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<string>> ReadClaimedAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>The cell in which a customer is at home: the wanted one, or the one that was decided on before.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="wanted">Where he would be at home if nothing was decided before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<string> HomeAsync(string customerId, string wanted, CancellationToken cancellationToken);

    /// <summary>The cells that were opened, without the founding one.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<IReadOnlyList<string>> ReadCellsAsync(CancellationToken cancellationToken);

    /// <summary>Opens a cell for customers, for ever.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task OpenCellAsync(string cell, CancellationToken cancellationToken);

    /// <summary>The number of a document: the next of its series, or the one it got before.</summary>
    /// <param name="series">The series.</param>
    /// <param name="request">The document.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<SeriesNumber> NumberAsync(string series, SeriesRequest request, CancellationToken cancellationToken);
}

/// <summary>The books, as actors. Every call has a deadline.</summary>
public sealed partial class OrderBooks(IActorProxyFactory proxies, ILogger<OrderBooks> logger) : IOrderBooks
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    /// <inheritdoc/>
    public Task AuditAsync(AuditRecord record, CancellationToken cancellationToken) =>
        CallAsync(nameof(AuditLogActor), AuditLogActor.LogId, nameof(IAuditLogActor.AppendAsync), record, cancellationToken);

    /// <inheritdoc/>
    public Task<AuditPage> ReadAuditAsync(AuditPageRequest request, CancellationToken cancellationToken) =>
        AskAsync(
            AuditLogActor.LogId,
            token => Proxy(nameof(AuditLogActor), AuditLogActor.LogId).InvokeMethodAsync<AuditPageRequest, AuditPage>(nameof(IAuditLogActor.ReadAsync), request, token),
            cancellationToken);

    /// <inheritdoc/>
    public Task NoteTaskAsync(TaskNote note, CancellationToken cancellationToken) =>
        CallAsync(nameof(TaskDeskActor), TaskDeskActor.DeskId, nameof(ITaskDeskActor.NoteAsync), note, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadTasksAsync(CancellationToken cancellationToken) => await AskAsync(
        TaskDeskActor.DeskId,
        token => Proxy(nameof(TaskDeskActor), TaskDeskActor.DeskId).InvokeMethodAsync<List<string>>(nameof(ITaskDeskActor.ReadAsync), token),
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> NoteClaimAsync(ClaimNote note, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(note);
        var id = OrderStore.GroupOf(note.CustomerId);
        return AskAsync(
            id, token => Proxy(nameof(CustomerActor), id).InvokeMethodAsync<string, bool>(nameof(ICustomerActor.ClaimAsync), note.OrderId, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task BeginErasureAsync(string customerId, CancellationToken cancellationToken) =>
        CallAsync(nameof(CustomerActor), OrderStore.GroupOf(customerId), nameof(ICustomerActor.EraseAsync), customerId, cancellationToken);

    /// <inheritdoc/>
    public Task EndErasureAsync(string customerId, CancellationToken cancellationToken)
    {
        var id = OrderStore.GroupOf(customerId);
        return AskAsync(
            id,
            async token =>
            {
                await Proxy(nameof(CustomerActor), id).InvokeMethodAsync(nameof(ICustomerActor.EndErasureAsync), token);
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadClaimedAsync(string customerId, CancellationToken cancellationToken)
    {
        var id = OrderStore.GroupOf(customerId);
        var record = await AskAsync(
            id, token => Proxy(nameof(CustomerActor), id).InvokeMethodAsync<CustomerRecord>(nameof(ICustomerActor.ReadAsync), token), cancellationToken);
        return record.Claimed;
    }

    /// <inheritdoc/>
    public async Task<string> HomeAsync(string customerId, string wanted, CancellationToken cancellationToken)
    {
        var id = OrderStore.GroupOf(customerId);
        return await AskAsync(
            id, token => Proxy(nameof(CustomerActor), id).InvokeMethodAsync<string, string>(nameof(ICustomerActor.HomeAsync), wanted, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadCellsAsync(CancellationToken cancellationToken) => await AskAsync(
        CellsActor.CellsId,
        token => Proxy(nameof(CellsActor), CellsActor.CellsId).InvokeMethodAsync<List<string>>(nameof(ICellsActor.ReadAsync), token),
        cancellationToken);

    /// <inheritdoc/>
    public Task OpenCellAsync(string cell, CancellationToken cancellationToken) =>
        CallAsync(nameof(CellsActor), CellsActor.CellsId, nameof(ICellsActor.OpenAsync), cell, cancellationToken);

    /// <inheritdoc/>
    public Task<SeriesNumber> NumberAsync(string series, SeriesRequest request, CancellationToken cancellationToken) => AskAsync(
        series,
        token => Proxy(nameof(DocumentSeriesActor), series).InvokeMethodAsync<SeriesRequest, SeriesNumber>(nameof(IDocumentSeriesActor.NumberAsync), request, token),
        cancellationToken);

    private Task<bool> CallAsync<T>(string type, string id, string method, T request, CancellationToken cancellationToken) => AskAsync(
        id,
        async token =>
        {
            await Proxy(type, id).InvokeMethodAsync(method, request, token);
            return true;
        },
        cancellationToken);

    private ActorProxy Proxy(string type, string id) => proxies.Create(new ActorId(id), type);

    private async Task<T> AskAsync<T>(string id, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogSilent(logger, failure, id);
            throw Refusal.Unavailable("The books of orders did not answer; the outcome is unknown. Repeat with the same Idempotency-Key.");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Actor {ActorId} did not answer")]
    private static partial void LogSilent(ILogger logger, Exception failure, string actorId);
}
