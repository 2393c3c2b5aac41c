using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain.Redemptions;

namespace NexusCart.Promotions.Actors;

/// <summary>
/// The one writer of what was used of a campaign's promotions, or of one without a campaign. A turn loads what its batch touches, lets a
/// <see cref="LedgerTurn"/> decide, and writes what changed in one state transaction; <see cref="LoadedLedger"/> names the keys.
/// </summary>
public sealed class RedemptionLedgerActor : Actor, IRedemptionLedgerActor
{
    private const int OrdersPerIndexChunk = 128;
    private static readonly TimeSpan TurnTimeout = TimeSpan.FromSeconds(8);

    private readonly TimeProvider _time;
    private readonly Lazy<ChunkedIndex> _index;
    private bool _loaded;

    /// <summary>Creates the ledger; the actor runtime does.</summary>
    public RedemptionLedgerActor(ActorHost host, TimeProvider time)
        : base(host)
    {
        _time = time;
        // Lazy: tests put their own state manager in place after construction.
        _index = new(() => new ChunkedIndex(StateManager, OrdersPerIndexChunk));
    }

    /// <inheritdoc/>
    public Task<LedgerReply[]> ExecuteAsync(LedgerCommand[] batch) => GuardAsync(async deadline =>
    {
        var ledger = new LoadedLedger(StateManager, deadline);
        await ledger.LoadAsync(batch);
        var turn = new LedgerTurn(ledger, _time.GetUtcNow());
        var replies = Array.ConvertAll(batch, command => Apply(turn, command));
        if (!turn.IsEmpty)
        {
            await _index.Value.AppendAsync(await ledger.WriteAsync(turn), deadline);
            await StateManager.SaveStateAsync(deadline);
            await _index.Value.SavedAsync();
        }

        await ledger.EndAsync();
        return replies;
    });

    /// <inheritdoc/>
    public Task<LedgerPage> ReadPageAsync(LedgerPageRequest request) => GuardAsync(async deadline =>
    {
        var ledger = new LoadedLedger(StateManager, deadline);
        await ledger.LoadAsync([]);
        var chunk = int.TryParse(request.Token, out var parsed) && parsed > 0 ? parsed : 0;
        var promotions = chunk == 0 ? await ledger.ReadPromotionsAsync() : new Dictionary<string, Tally>();
        if (chunk >= _index.Value.ChunkCount)
            return new LedgerPage(ledger.Total, promotions, [], "");

        var orders = new List<OrderRedemption>();
        foreach (var id in await _index.Value.ReadAsync(chunk, deadline))
        {
            if (await ledger.ReadOrderAsync(id) is { } order)
                orders.Add(order);
        }

        await ledger.EndAsync();
        return new LedgerPage(ledger.Total, promotions, orders, chunk + 1 < _index.Value.ChunkCount ? string.Create(null, $"{chunk + 1}") : "");
    });

    private static LedgerReply Apply(LedgerTurn turn, LedgerCommand command)
    {
        switch (command)
        {
            case RedeemUses redeem:
                var answer = turn.Redeem(redeem.OrderId, redeem.CustomerId, redeem.Currency, redeem.Demands, redeem.Budget);
                return new LedgerReply(answer.Verdict, answer.Refusal);
            case RestoreUses restore:
                turn.Restore(restore.OrderId);
                return new LedgerReply(RedeemVerdict.Restored);
            case CountUses count:
                return new LedgerReply(
                    RedeemVerdict.Redeemed,
                    Uses: [.. count.PromotionIds.Select(id => new CountedUses(turn.Promotion(id).Uses, turn.UsesBy(id, count.CustomerId)))],
                    UsedCodes: [.. count.SingleUseCodes.Where(code => turn.HolderOf(code) is not null)],
                    Total: turn.Total);
            default:
                throw new InvalidOperationException($"Unknown command {command.GetType().Name}.");
        }
    }

    /// <summary>After a failed turn memory may hold what was never saved: the next turn reads everything again.</summary>
    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> turn)
    {
        using var deadline = new CancellationTokenSource(TurnTimeout, _time);
        try
        {
            if (!_loaded)
                await _index.Value.LoadAsync(deadline.Token);
            _loaded = true;
            return await turn(deadline.Token);
        }
        catch
        {
            _loaded = false;
            await StateManager.ClearCacheAsync();
            throw;
        }
    }
}
