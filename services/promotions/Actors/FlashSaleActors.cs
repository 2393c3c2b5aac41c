using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Promotions.Actors;

/// <summary>Calls sales: what is asked of one while a call to it is under way leaves together with the next.</summary>
public sealed class FlashSaleActors
{
    private readonly IActorProxyFactory _proxies;
    private readonly ILogger _logger;
    private readonly TimeSpan _callTimeout;
    private readonly ActorBatcher<FlashSaleCommand, FlashSaleReply> _batcher;

    /// <param name="proxies">The way to the actors.</param>
    /// <param name="options">Bounds and deadlines.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public FlashSaleActors(IActorProxyFactory proxies, FlashSaleOptions options, TimeProvider time, ILogger<FlashSaleActors> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_proxies, _logger, _callTimeout) = (proxies, logger, options.CallTimeout);
        _batcher = new(
            async (saleId, batch, token) => await Sale(saleId).InvokeMethodAsync<FlashSaleCommand[], FlashSaleReply[]>(
                nameof(IFlashSaleActor.ExecuteAsync), [.. batch], token),
            new ActorBatcherOptions { MaxBatchSize = options.BatchSize, MaxQueued = options.MaxQueued, CallTimeout = options.CallTimeout },
            time,
            logger: logger);
    }

    /// <summary>Sends one command.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: unknown, repeat. RESOURCE_EXHAUSTED: too much waits.</exception>
    public Task<FlashSaleReply> ExecuteAsync(string saleId, FlashSaleCommand command, CancellationToken cancellationToken) =>
        _batcher.SendAsync(saleId, command, cancellationToken);

    /// <summary>A page of a sale's claims.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: it did not answer.</exception>
    public Task<ClaimPage> ReadClaimsAsync(string saleId, int from, CancellationToken cancellationToken) =>
        ReadAsync(saleId, token => Sale(saleId).InvokeMethodAsync<ClaimPageRequest, ClaimPage>(
            nameof(IFlashSaleActor.ReadClaimsAsync), new ClaimPageRequest(from), token), cancellationToken);

    /// <summary>A page of those who made claims.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: it did not answer.</exception>
    public Task<ClaimantsPage> ReadClaimantsAsync(string saleId, int from, CancellationToken cancellationToken) =>
        ReadAsync(saleId, token => Sale(saleId).InvokeMethodAsync<ClaimantsRequest, ClaimantsPage>(
            nameof(IFlashSaleActor.ReadClaimantsAsync), new ClaimantsRequest(from), token), cancellationToken);

    /// <summary>Notes that there is a sale, before there is one: the list may name what was never drafted, and never misses any.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: unknown, repeat.</exception>
    public Task<bool> ListAsync(string saleId, CancellationToken cancellationToken) =>
        ReadAsync(saleId, token => List.InvokeMethodAsync<string, bool>(nameof(ISaleListActor.AddAsync), saleId, token), cancellationToken);

    /// <summary>Sales, the newest first.</summary>
    /// <param name="end">The position to read back from; the whole list for null.</param>
    /// <param name="most">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RpcException">UNAVAILABLE: it did not answer.</exception>
    public Task<SaleList> ReadListAsync(int? end, int most, CancellationToken cancellationToken) =>
        ReadAsync("list", token => List.InvokeMethodAsync<SaleListRequest, SaleList>(
            nameof(ISaleListActor.ReadAsync), new SaleListRequest(end ?? int.MaxValue, most), token), cancellationToken);

    private ActorProxy List => _proxies.Create(new ActorId(SaleListActor.TheId), nameof(SaleListActor));

    private ActorProxy Sale(string saleId) => _proxies.Create(new ActorId(saleId), nameof(FlashSaleActor));

    private async Task<T> ReadAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_callTimeout);
        try
        {
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _logger.LogWarning(failure, "Flash sale {SaleId} did not answer", what);
            throw Refusal.Unavailable("The flash sale did not answer; repeat the call.");
        }
    }
}
