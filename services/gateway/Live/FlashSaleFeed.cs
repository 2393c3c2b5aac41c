using System.Collections.Concurrent;
using Grpc.Core;
using NexusCart.Promotions.V1;

namespace NexusCart.Gateway.Live;

/// <summary>
/// The latest news of each sale that somebody watches here. News come by <c>broadcast</c>; the first, and any that got lost, are asked for.
/// </summary>
internal sealed class FlashSaleFeed(FlashSales.FlashSalesClient sales)
{
    private readonly ConcurrentDictionary<string, Watched> _watched = new(StringComparer.Ordinal);

    /// <summary>Sales that somebody watches.</summary>
    public int Count => _watched.Count;

    /// <summary>Hears of a sale; what nobody watches, or is older than what is known, changes nothing.</summary>
    public void Hear(FlashSaleNews news)
    {
        if (_watched.TryGetValue(news.SaleId, out var watched)) watched.Hear(news);
    }

    /// <summary>Watches a sale until disposed; the first news are there.</summary>
    /// <exception cref="RpcException">NOT_FOUND: there is no such sale. UNAVAILABLE: it could not be read.</exception>
    public async Task<Watch> WatchAsync(string saleId, CancellationToken cancellationToken)
    {
        var watched = Enter(saleId);
        try
        {
            if (watched.Latest is null) await AskAsync(saleId, watched, cancellationToken);
            return new Watch(this, saleId, watched);
        }
        catch
        {
            Leave(saleId, watched);
            throw;
        }
    }

    private async Task AskAsync(string saleId, Watched watched, CancellationToken cancellationToken)
    {
        var sale = await sales.GetFlashSaleAsync(new GetFlashSaleRequest { SaleId = saleId }, new CallOptions(cancellationToken: cancellationToken));
        watched.Hear(new FlashSaleNews(
            saleId, NameOf(sale.Status), sale.Reason.Length == 0 ? null : sale.Reason, sale.Terms.Units, sale.UnitsLeft, sale.UnitsPaid,
            sale.Terms.StartsAt.ToDateTimeOffset(), sale.Terms.EndsAt.ToDateTimeOffset(), sale.Version));
    }

    private Watched Enter(string saleId)
    {
        while (true)
        {
            var watched = _watched.GetOrAdd(saleId, static _ => new Watched());
            if (watched.TryEnter()) return watched;
        }
    }

    private void Leave(string saleId, Watched watched)
    {
        if (watched.Leave()) _watched.TryRemove(KeyValuePair.Create(saleId, watched));
    }

    private static string NameOf(FlashSaleStatus status) => status switch
    {
        FlashSaleStatus.Scheduled => "scheduled",
        FlashSaleStatus.Live => "live",
        FlashSaleStatus.Ended => FlashSaleNews.Ended,
        _ => "draft",
    };

    /// <summary>One who watches a sale.</summary>
    public sealed class Watch(FlashSaleFeed feed, string saleId, Watched watched) : IDisposable
    {
        /// <summary>The latest news.</summary>
        public FlashSaleNews Latest => watched.Latest!;

        /// <summary>Waits for news after a version; false when none came in time.</summary>
        public async Task<bool> WaitAsync(long after, TimeSpan limit, CancellationToken cancellationToken)
        {
            try
            {
                await watched.NextAsync(after).WaitAsync(limit, cancellationToken);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        /// <summary>Asks for news, when none have come for a while: they may have got lost. One of all who watch asks.</summary>
        public async Task AskAsync(CancellationToken cancellationToken)
        {
            if (!watched.TryAsk()) return;
            try
            {
                await feed.AskAsync(saleId, watched, cancellationToken);
            }
            catch (RpcException)
            {
                // What was heard last holds until the sale can be read.
            }
            finally
            {
                watched.Asked();
            }
        }

        public void Dispose() => feed.Leave(saleId, watched);
    }

    /// <summary>A sale and how many watch it.</summary>
    public sealed class Watched
    {
        private readonly Lock _sync = new();
        private TaskCompletionSource _changed = New();
        private int _watchers;
        private int _asking;

        public FlashSaleNews? Latest { get; private set; }

        public void Hear(FlashSaleNews news)
        {
            TaskCompletionSource changed;
            lock (_sync)
            {
                if (Latest?.Version >= news.Version) return;
                Latest = news;
                (changed, _changed) = (_changed, New());
            }
            changed.TrySetResult();
        }

        public Task NextAsync(long after)
        {
            lock (_sync) return Latest?.Version > after ? Task.CompletedTask : _changed.Task;
        }

        public bool TryAsk() => Interlocked.Exchange(ref _asking, 1) == 0;

        public void Asked() => Volatile.Write(ref _asking, 0);

        /// <summary>False when the last one has left meanwhile.</summary>
        public bool TryEnter()
        {
            lock (_sync)
            {
                if (_watchers < 0) return false;
                _watchers++;
                return true;
            }
        }

        /// <summary>True when it was the last one; then nobody enters any more.</summary>
        public bool Leave()
        {
            lock (_sync)
            {
                if (--_watchers > 0) return false;
                _watchers = -1;
                return true;
            }
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
