using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Orders.Cells;

/// <summary>Opens cells for customers.</summary>
public sealed class CellOpener(
    IOrderCells cells, IOrderBooks books, IActorProxyFactory proxies, IOptions<OrdersOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(8);

    /// <summary>Opens a cell; one that is open stays so.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>All cells, this one among them.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: orders is not spread over cells, or nobody answers for this one.</exception>
    public async Task<IReadOnlyList<string>> OpenAsync(string cell, CancellationToken cancellationToken)
    {
        if (!options.Value.InCells)
            throw Refusal.Precondition("not_in_cells", "cell: every process of orders must run with Orders__InCells=true before a second cell is opened.");
        var known = await cells.AllAsync(cancellationToken);
        if (known.Contains(cell, StringComparer.Ordinal))
            return known;
        await AskAsync(cell, cancellationToken);
        await books.OpenCellAsync(cell, cancellationToken);
        return [.. known.Append(cell).Order(StringComparer.Ordinal)];
    }

    // Before the first customer is sent there: do its shards answer?
    private async Task AskAsync(string cell, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            foreach (var shard in new[] { 0, cells.ShardCount - 1 })
            {
                await proxies.Create(new ActorId(string.Create(null, $"{shard}")), OrdersOptions.ActorTypeOf(cell))
                    .InvokeMethodAsync<ShardPageRequest, ShardPage<Order>>(nameof(IOrderActor.ReadPageAsync), new ShardPageRequest(string.Empty), either.Token)
                    .WaitAsync(either.Token);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refusal.Precondition("cell_silent", $"cell: nobody answers for the cell '{cell}' ({failure.GetType().Name}); start its processes first.");
        }
    }
}
