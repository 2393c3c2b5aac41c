using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Promotions.Actors;

/// <summary>Asks for sales.</summary>
/// <param name="End">The position to read back from.</param>
/// <param name="Most">How many.</param>
public sealed record SaleListRequest(int End, int Most);

/// <summary>Sales, the newest first.</summary>
/// <param name="SaleIds">Their ids.</param>
/// <param name="End">The position to read on from; 0 when there are no more.</param>
public sealed record SaleList(IReadOnlyList<string> SaleIds, int End);

/// <summary>The calls the list of sales takes.</summary>
public interface ISaleListActor : IActor
{
    /// <summary>Notes a sale; one that is there already changes nothing.</summary>
    Task<bool> AddAsync(string saleId);

    /// <summary>A page.</summary>
    Task<SaleList> ReadAsync(SaleListRequest request);
}

/// <summary>The ids of all flash sales, in the order they were drafted; there is one.</summary>
public sealed class SaleListActor : Actor, ISaleListActor
{
    /// <summary>The id of the one there is.</summary>
    public const string TheId = "all";

    private const int ChunkSize = 128;
    private readonly FlashSaleOptions _options;
    private readonly TimeProvider _time;
    private readonly Lazy<ChunkedIndex> _lazySales;
    private HashSet<string>? _known;

    /// <summary>Creates the list; the actor runtime does.</summary>
    public SaleListActor(ActorHost host, FlashSaleOptions options, TimeProvider time)
        : base(host)
    {
        (_options, _time) = (options, time);
        // Lazy: tests put their own state manager in place after construction.
        _lazySales = new(() => new ChunkedIndex(StateManager, ChunkSize));
    }

    private ChunkedIndex Sales => _lazySales.Value;

    /// <inheritdoc/>
    public Task<bool> AddAsync(string saleId) => GuardAsync(async deadline =>
    {
        if (!_known!.Add(saleId))
            return false;
        await Sales.AppendAsync([saleId], deadline);
        await StateManager.SaveStateAsync(deadline);
        await Sales.SavedAsync();
        return true;
    });

    /// <inheritdoc/>
    public Task<SaleList> ReadAsync(SaleListRequest request) => GuardAsync(async deadline =>
    {
        var end = Math.Clamp(request.End, 0, Sales.Count);
        var ids = await Sales.ReadBackAsync(end, request.Most, deadline);
        return new SaleList(ids, end - ids.Count);
    });

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> turn)
    {
        using var deadline = new CancellationTokenSource(_options.TurnTimeout, _time);
        try
        {
            if (_known is null)
            {
                await Sales.LoadAsync(deadline.Token);
                _known = [.. await Sales.ReadBackAsync(Sales.Count, Sales.Count, deadline.Token)];
            }

            return await turn(deadline.Token);
        }
        catch
        {
            // Memory may hold what was never saved: the next turn reads everything again.
            _known = null;
            await StateManager.ClearCacheAsync();
            throw;
        }
    }
}
