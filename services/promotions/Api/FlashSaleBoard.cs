using System.Collections.Concurrent;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;
using NexusCart.Promotions.Events;

namespace NexusCart.Promotions.Api;

/// <summary>
/// What this replica knows of the sales: read once, then kept up by what sales answer and by their events. Whoever comes too early, too
/// late or for a sale without a unit left is told so from here, and costs the sale nothing.
/// </summary>
public sealed class FlashSaleBoard(FlashSaleActors sales, FlashSaleOptions options, TimeProvider time, ILogger<FlashSaleBoard> logger)
{
    private readonly ConcurrentDictionary<string, FlashSaleSign> _signs = new(StringComparer.Ordinal);

    /// <summary>A sale's sign; null when there is no such sale.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: it could not be read.</exception>
    internal ValueTask<FlashSaleSign?> FindAsync(string saleId, CancellationToken cancellationToken)
    {
        if (!_signs.TryGetValue(saleId, out var sign))
            return new ValueTask<FlashSaleSign?>(ReadAsync(saleId, cancellationToken));
        if (sign.TakeRefresh(time.GetUtcNow(), options.NewsAge))
            _ = RefreshAsync(saleId);
        return new ValueTask<FlashSaleSign?>(sign);
    }

    /// <summary>Notes how a sale stands.</summary>
    internal FlashSaleSign Put(FlashSaleView view)
    {
        var saleId = view.Sale.Terms.SaleId;
        var sign = _signs.GetOrAdd(
            saleId, id => new FlashSaleSign(view, new KnownClaimants(from => sales.ReadClaimantsAsync(id, from, CancellationToken.None), logger)));
        sign.Hear(view, time.GetUtcNow());
        return sign;
    }

    /// <summary>Hears of a change; one that this replica knows already, or of a sale nobody has asked for here, changes nothing.</summary>
    public async Task HearAsync(FlashSaleChanged changed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changed);
        if (!_signs.TryGetValue(changed.SaleId, out var sign) || sign.View.Version >= changed.Version)
            return;
        // Figures come with the event; where the sale itself has moved on, it is read.
        if (sign.TryHear(changed, time.GetUtcNow()))
            return;
        await ReadAsync(changed.SaleId, cancellationToken);
    }

    private async Task<FlashSaleSign?> ReadAsync(string saleId, CancellationToken cancellationToken)
    {
        var reply = await sales.ExecuteAsync(saleId, new ReadSale(), cancellationToken);
        return reply.Sale is { } view ? Put(view) : null;
    }

    private async Task RefreshAsync(string saleId)
    {
        try
        {
            await ReadAsync(saleId, CancellationToken.None);
        }
        catch (Grpc.Core.RpcException failure)
        {
            logger.LogDebug(failure, "Sale {SaleId} could not be read; what is known of it holds until it can", saleId);
        }
    }
}

/// <summary>What a replica knows of one sale.</summary>
internal sealed class FlashSaleSign
{
    private readonly Lock _sync = new();
    private readonly KnownClaimants _claimants;
    private volatile Known _known;
    private long _heardAt;

    /// <param name="view">How the sale stands.</param>
    /// <param name="claimants">Who has claims in it.</param>
    public FlashSaleSign(FlashSaleView view, KnownClaimants claimants)
    {
        _claimants = claimants;
        _known = new Known(view, view.Version);
        var terms = view.Sale.Terms;
        if (terms.AdmissionsPerSecond > 0)
            Room = new AdmissionBucket(terms.AdmissionsPerSecond, terms.AdmissionBurst, terms.StartsAt);
    }

    /// <summary>How the sale stands, as far as this replica has heard.</summary>
    public FlashSaleView View => _known.View;

    /// <summary>The waiting room; null when the sale has none.</summary>
    public AdmissionBucket? Room { get; }

    /// <summary>Why a claim gets nothing, when that is certain without asking the sale; null otherwise.</summary>
    public ClaimVerdict? Refusal(string customerId, DateTimeOffset now)
    {
        var known = _known;
        switch (known.View.Sale.Status)
        {
            case FlashSaleStatus.Scheduling:
            case FlashSaleStatus.Scheduled when now < known.View.Sale.Terms.StartsAt:
                return ClaimVerdict.NotStarted;
            case FlashSaleStatus.Ended when _claimants.Excludes(customerId, known.EmptySince):
                return ClaimVerdict.Ended;
            case FlashSaleStatus.Live when known.View.Left == 0 && _claimants.Excludes(customerId, known.EmptySince):
                return ClaimVerdict.SoldOut;
            default:
                return null;
        }
    }

    /// <summary>Notes how the sale stands, unless that is older than what is known.</summary>
    public void Hear(FlashSaleView view, DateTimeOffset now)
    {
        lock (_sync)
        {
            Volatile.Write(ref _heardAt, now.UtcTicks);
            var (before, emptySince) = (_known.View, _known.EmptySince);
            if (view.Version <= before.Version)
                return;
            // Without a unit left, and no step missed, nobody can have got one meanwhile.
            var stayedEmpty = GivesNothing(before) && GivesNothing(view) && view.Version == before.Version + 1;
            _known = new Known(view, stayedEmpty ? emptySince : view.Version);
        }
    }

    /// <summary>Notes the figures of an answer.</summary>
    public void Hear(FlashSaleReply reply, DateTimeOffset now)
    {
        var view = View;
        if (reply.Version > view.Version)
            Hear(view with { Left = reply.Left, Version = reply.Version }, now);
    }

    /// <summary>Notes the figures of an event; false when it tells of another status, which the event does not tell in full.</summary>
    public bool TryHear(FlashSaleChanged changed, DateTimeOffset now)
    {
        var view = View;
        if (FlashSaleChanged.NameOf(view.Sale.Status) != changed.Status)
            return false;
        Hear(view with { Left = changed.UnitsLeft, Paid = changed.UnitsPaid, Version = changed.Version }, now);
        return true;
    }

    /// <summary>Whether it is time to ask the sale how it stands; answers one caller only.</summary>
    public bool TakeRefresh(DateTimeOffset now, TimeSpan age)
    {
        var heardAt = Volatile.Read(ref _heardAt);
        return now.UtcTicks - heardAt > age.Ticks && Interlocked.CompareExchange(ref _heardAt, now.UtcTicks, heardAt) == heardAt;
    }

    private static bool GivesNothing(FlashSaleView view) => view.Left == 0 || view.Sale.Status is FlashSaleStatus.Ended;

    /// <param name="View">How the sale stands.</param>
    /// <param name="EmptySince">The version since which it certainly gave nothing to anybody, if it gives nothing.</param>
    private sealed record Known(FlashSaleView View, long EmptySince);
}
