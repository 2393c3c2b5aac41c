using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;

namespace NexusCart.Orders.Checkout;

/// <summary>
/// Lets a request wait for an order to come to an end or to need its customer. What this process itself writes is told at once;
/// what another replica writes is found by looking now and then.
/// </summary>
public sealed class OrderWatch(OrderStore orders, TimeProvider clock)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, List<Seat>> _seats = new(StringComparer.Ordinal);
    private readonly Lock _sync = new();

    private OrderStore Orders => orders;

    private TimeProvider Clock => clock;

    /// <summary>Whether waiting for this order makes no sense (any more).</summary>
    /// <param name="order">The order.</param>
    public static bool IsSettled(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.IsAtEnd || order.Status is OrderStatus.ActionRequired;
    }

    /// <summary>Begins to watch an order; what is told from now on is not missed.</summary>
    /// <param name="orderId">The order.</param>
    public Seat Watch(string orderId)
    {
        var seat = new Seat(this, orderId);
        lock (_sync)
        {
            if (!_seats.TryGetValue(orderId, out var seats))
                _seats[orderId] = seats = [];
            seats.Add(seat);
        }

        return seat;
    }

    /// <summary>Whether somebody in this process waits for an order.</summary>
    /// <param name="orderId">The order.</param>
    public bool IsWatched(string orderId)
    {
        lock (_sync)
            return _seats.ContainsKey(orderId);
    }

    /// <summary>Tells everybody who waits for an order.</summary>
    /// <param name="order">The order as it is now.</param>
    public void Tell(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (!IsSettled(order))
            return;
        lock (_sync)
        {
            foreach (var seat in _seats.GetValueOrDefault(order.OrderId) ?? [])
                seat.Told.TrySetResult(order);
        }
    }

    private void Leave(Seat seat)
    {
        lock (_sync)
        {
            if (_seats.TryGetValue(seat.OrderId, out var seats) && seats.Remove(seat) && seats.Count == 0)
                _seats.Remove(seat.OrderId);
        }
    }

    /// <summary>One who waits.</summary>
    public sealed class Seat : IDisposable
    {
        private readonly OrderWatch _watch;

        internal Seat(OrderWatch watch, string orderId)
        {
            _watch = watch;
            OrderId = orderId;
        }

        /// <summary>The order waited for.</summary>
        public string OrderId { get; }

        internal TaskCompletionSource<Order> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Waits until the order is settled, or for as long as patience lasts.</summary>
        /// <param name="known">The order as it was last seen.</param>
        /// <param name="patience">How long to wait.</param>
        /// <param name="cancellationToken">Gives up.</param>
        /// <returns>The order as it is then.</returns>
        public async Task<Order> WaitAsync(Order known, TimeSpan patience, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(known);
            var started = _watch.Clock.GetTimestamp();
            while (!IsSettled(known))
            {
                var left = patience - _watch.Clock.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                    break;
                try
                {
                    return await Told.Task.WaitAsync(left < LookInterval ? left : LookInterval, _watch.Clock, cancellationToken);
                }
                catch (TimeoutException)
                {
                    known = await _watch.Orders.ReadAsync(OrderId, cancellationToken) ?? known;
                }
            }

            return known;
        }

        /// <summary>Stops watching.</summary>
        public void Dispose() => _watch.Leave(this);
    }
}
