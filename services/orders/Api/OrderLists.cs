using System.Buffers.Text;
using System.Globalization;
using System.Text;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Orders.Api;

/// <summary>A page of orders.</summary>
/// <param name="Orders">The orders, newest first.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record OrderPage(IReadOnlyList<Order> Orders, string NextToken);

/// <summary>
/// Lists orders, newest first, with filters. A page looks at so many orders and no more: with a narrow filter it may be short while there
/// are others, and its token goes on from where it stopped.
/// </summary>
public sealed class OrderLists(OrderStore orders, IOrderBooks books)
{
    private const int MostLookedAt = 1_000;
    private const int Step = 50;

    /// <summary>Whether a text can be the token of a list.</summary>
    /// <param name="violations">Where it is told otherwise.</param>
    /// <param name="token">The text.</param>
    public static void CheckToken(Violations violations, string token)
    {
        ArgumentNullException.ThrowIfNull(violations);
        ArgumentNullException.ThrowIfNull(token);
        violations.Check(token.Length == 0 || TryRead(token) is not null, "pageToken", "must be the nextPageToken of the page before");
    }

    /// <summary>A customer's orders: those he placed, and those he claimed.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="search">Which.</param>
    /// <param name="token">Empty for the first page.</param>
    /// <param name="limit">Most orders in the page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OrderPage> OfCustomerAsync(
        string customerId, OrderSearch search, string token, int limit, CancellationToken cancellationToken)
    {
        var claimed = await ClaimedAsync(customerId, cancellationToken);
        var placed = new Source((at, count) => orders.ListAsync(customerId, at, count, cancellationToken));
        return await MergeAsync([placed, new Source(claimed)], order => order.CustomerId == customerId && search.Fits(order), search, token, limit);
    }

    /// <summary>Everybody's orders.</summary>
    /// <param name="search">Which.</param>
    /// <param name="token">Empty for the first page.</param>
    /// <param name="limit">Most orders in the page.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<OrderPage> OfAllAsync(OrderSearch search, string token, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(search);
        // A whole id is looked up, and a customer's orders are in one place.
        if (OrderId.TryParse(search.Text) is not null)
        {
            var known = await orders.ReadAsync(search.Text, cancellationToken);
            return new OrderPage(known is not null && search.Fits(known) ? [known] : [], string.Empty);
        }

        if (search.CustomerId.Length > 0)
            return await OfCustomerAsync(search.CustomerId, search, token, limit, cancellationToken);
        var cells = await orders.CellsAsync(cancellationToken);
        var shards = cells.SelectMany(cell => Enumerable.Range(0, orders.ShardCount)
            .Select(shard => new Source((at, count) => orders.ReadBackAsync(cell, shard, at, count, cancellationToken))));
        return await MergeAsync([.. shards], search.Fits, search, token, limit);
    }

    private static async Task<OrderPage> MergeAsync(
        IReadOnlyList<Source> sources, Func<Order, bool> fits, OrderSearch search, string token, int limit)
    {
        Restore(sources, token);
        var found = new List<Order>(limit);
        for (var looked = 0; looked < MostLookedAt && found.Count < limit; looked++)
        {
            var newest = default(Source);
            foreach (var source in sources)
            {
                if (await source.PeekAsync(Math.Min(Step, limit + 1)) is { } order && (newest is null || IsNewer(order, newest.Current!)))
                    newest = source;
            }

            if (newest is null || search.IsPast(newest.Current!))
                return new OrderPage(found, string.Empty);
            if (fits(newest.Current!))
                found.Add(newest.Current!);
            newest.Skip();
        }

        foreach (var source in sources)
        {
            if (await source.PeekAsync(1) is not null)
                return new OrderPage(found, Keep(sources));
        }

        return new OrderPage(found, string.Empty);
    }

    private async Task<List<Order>> ClaimedAsync(string customerId, CancellationToken cancellationToken)
    {
        var claimed = new List<Order>();
        foreach (var orderId in await books.ReadClaimedAsync(customerId, cancellationToken))
        {
            if (await orders.ReadAsync(orderId, cancellationToken) is { } order)
                claimed.Add(order);
        }

        claimed.Sort((left, right) => IsNewer(left, right) ? -1 : 1);
        return claimed;
    }

    private static bool IsNewer(Order left, Order right) => left.CreatedAt != right.CreatedAt
        ? left.CreatedAt > right.CreatedAt
        : string.CompareOrdinal(left.OrderId, right.OrderId) > 0;

    // The token: how many orders of each source are left, "" where it was not looked at yet.
    private static string Keep(IReadOnlyList<Source> sources) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(',', sources.Select(source => source.Position))));

    private static void Restore(IReadOnlyList<Source> sources, string token)
    {
        if (token.Length == 0)
            return;
        var positions = TryRead(token);
        if (positions is null || positions.Count != sources.Count)
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before, of the same list");
        for (var i = 0; i < sources.Count; i++)
            sources[i].Position = positions[i];
    }

    private static List<string>? TryRead(string token)
    {
        if (!Base64Url.IsValid(token))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(',').ToList();
        return parts.TrueForAll(part => part.Length == 0 || int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)) ? parts : null;
    }

    /// <summary>Orders of one place, newest first, read in steps.</summary>
    private sealed class Source
    {
        private readonly Func<string, int, Task<Platform.Actors.ShardPage<Order>>> _read;
        private readonly Queue<Order> _waiting = new();
        private bool _isDone;
        private string _after = string.Empty;

        public Source(Func<string, int, Task<Platform.Actors.ShardPage<Order>>> read) => _read = read;

        public Source(List<Order> orders) => _read = (at, count) =>
        {
            var end = int.TryParse(at, out var left) ? Math.Min(left, orders.Count) : orders.Count;
            var page = orders.Skip(orders.Count - end).Take(count).ToList();
            return Task.FromResult(new Platform.Actors.ShardPage<Order>(page, end > page.Count ? string.Create(null, $"{end - page.Count}") : string.Empty));
        };

        public Order? Current => _waiting.TryPeek(out var order) ? order : null;

        // How many are left before the one that comes next: what the next page goes on from; "0": nothing.
        public string Position
        {
            get => _waiting.Count > 0 ? string.Create(null, $"{(_after.Length == 0 ? 0 : int.Parse(_after, CultureInfo.InvariantCulture)) + _waiting.Count}")
                : _isDone ? "0"
                : _after;
            set
            {
                _after = value;
                _isDone = value.Length > 0 && int.Parse(value, CultureInfo.InvariantCulture) == 0;
            }
        }

        public async Task<Order?> PeekAsync(int count)
        {
            while (_waiting.Count == 0 && !_isDone)
            {
                var page = await _read(_after, count);
                foreach (var order in page.Entities)
                    _waiting.Enqueue(order);
                _after = page.NextToken;
                _isDone = page.NextToken.Length == 0;
            }

            return Current;
        }

        public void Skip() => _waiting.Dequeue();
    }
}
