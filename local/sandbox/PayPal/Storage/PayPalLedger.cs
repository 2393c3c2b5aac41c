using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.PayPal.Storage;

/// <summary>All orders, events and kept answers. One operation at a time; what it changed is journalled before anybody can see it.</summary>
public sealed class PayPalLedger : IDisposable
{
    private static readonly TimeSpan EventRetention = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Journal<PayPalCommit> _journal;
    private readonly PayPalState _state = new();

    /// <summary>Opens the journal and replays it; what is out of date is left out of it from now on.</summary>
    public PayPalLedger(SandboxOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _journal = new(options.DataDirectory, "paypal.jsonl", PayPalJournalJson.Default.PayPalCommit);
        foreach (var commit in _journal.ReadAll())
            _state.Apply(commit);
        var now = time.GetUtcNow();
        if (_state.Fold(now, now - EventRetention) is { } folded)
        {
            _journal.Rewrite(folded);
            _state.Clear();
            foreach (var commit in folded)
                _state.Apply(commit);
        }
    }

    /// <summary>Raised, outside the lock, for each event that is to be delivered.</summary>
    public event Action<PayPalEvent>? EventRaised;

    /// <summary>Runs one operation and makes what it did durable.</summary>
    /// <param name="operation">Reads the state and says what changes; must not block.</param>
    public T Execute<T>(Func<PayPalState, DateTimeOffset, (T Result, PayPalCommit? Commit)> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        T result;
        PayPalCommit? commit;
        lock (_gate)
        {
            (result, commit) = operation(_state, _time.GetUtcNow());
            if (commit is not null)
            {
                _journal.Append(commit);
                _state.Apply(commit);
            }
        }

        foreach (var raised in commit?.Events ?? [])
        {
            if (raised.Endpoints.Count > 0)
                EventRaised?.Invoke(raised);
        }

        return result;
    }

    /// <summary>Reads under the lock; the function must not keep the state.</summary>
    public T Read<T>(Func<PayPalState, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_gate)
            return query(_state);
    }

    /// <summary>Remembers that an endpoint took an event.</summary>
    public void MarkDelivered(string eventId, string endpoint) => Execute<object?>((state, now) => (null,
        state.Events.ContainsKey(eventId) ? new PayPalCommit { At = now, Delivery = new(eventId, endpoint, Taken: true) } : null));

    /// <summary>Sends an event again.</summary>
    /// <returns>False when there is no such event.</returns>
    public bool Resend(string eventId, IReadOnlyList<string> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        foreach (var endpoint in endpoints)
        {
            Execute<object?>((state, now) => (null,
                state.Events.ContainsKey(eventId) ? new PayPalCommit { At = now, Delivery = new(eventId, endpoint, Taken: false) } : null));
        }

        if (Read(state => state.Events.GetValueOrDefault(eventId)) is not { } again)
            return false;
        EventRaised?.Invoke(again);
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _journal.Rewrite([]);
            _state.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _journal.Dispose();
    }
}

/// <summary>The memory image of the journal. Guarded by the ledger's lock.</summary>
public sealed class PayPalState
{
    private readonly Dictionary<string, PayPalOrder> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PayPalEvent> _events = new(StringComparer.Ordinal);
    private readonly List<string> _eventOrder = [];
    private readonly Dictionary<string, PayPalKept> _kept = new(StringComparer.Ordinal);

    /// <summary>Orders by id.</summary>
    public IReadOnlyDictionary<string, PayPalOrder> Orders => _orders;

    /// <summary>Events by id.</summary>
    public IReadOnlyDictionary<string, PayPalEvent> Events => _events;

    /// <summary>Ids of events, oldest first.</summary>
    public IReadOnlyList<string> EventOrder => _eventOrder;

    /// <summary>The order that a hold, capture or refund belongs to.</summary>
    public PayPalOrder? OwnerOf(string objectId) => _owners.TryGetValue(objectId, out var id) ? _orders[id] : null;

    /// <summary>The orders that the caller gave this custom id or invoice number, oldest first.</summary>
    public IReadOnlyList<PayPalOrder> OrdersNamed(string name) => [.. (_byName.GetValueOrDefault(name) ?? []).Select(id => _orders[id])];

    /// <summary>True when an order other than <paramref name="orderId"/> was paid under the same invoice number.</summary>
    public bool IsInvoiceUsed(string? invoiceId, string orderId) => invoiceId is not null
        && OrdersNamed(invoiceId).Any(order => order.Id != orderId && order.Unit.InvoiceId == invoiceId
            && (order.Authorizations.Any(held => held.Status != AuthorizationStatus.Denied) || order.Captures.Any(taken => taken.Status.MovesMoney())));

    /// <summary>The answer kept under a key, while it is replayed.</summary>
    public PayPalKept? FindKept(string key, DateTimeOffset now) => _kept.TryGetValue(key, out var kept) && kept.Expires > now ? kept : null;

    internal void Apply(PayPalCommit commit)
    {
        if (commit.Order is { } order)
            Apply(order);
        foreach (var raised in commit.Events ?? [])
        {
            if (_events.TryAdd(raised.Id, raised))
                _eventOrder.Add(raised.Id);
        }

        if (commit.Kept is { } kept)
            _kept[kept.Key] = kept;
        if (commit.Delivery is { } delivery && _events.TryGetValue(delivery.EventId, out var sent))
        {
            var others = sent.Endpoints.Where(endpoint => endpoint != delivery.Endpoint);
            _events[sent.Id] = sent with { Endpoints = delivery.Taken ? [.. others] : [.. others, delivery.Endpoint] };
        }
    }

    /// <summary>A smaller journal; null when nothing is out of date.</summary>
    internal List<PayPalCommit>? Fold(DateTimeOffset now, DateTimeOffset oldestEvent)
    {
        var kept = _kept.Values.Where(answer => answer.Expires > now).ToList();
        var events = _eventOrder.Select(id => _events[id]).Where(e => e.Created >= oldestEvent || e.Endpoints.Count > 0).ToList();
        if (kept.Count == _kept.Count && events.Count == _events.Count)
            return null;
        return
        [
            .. _orders.Values.OrderBy(order => order.Created).Select(order => new PayPalCommit { At = order.Updated, Order = order }),
            .. events.Select(e => new PayPalCommit { At = e.Created, Events = [e] }),
            .. kept.Select(answer => new PayPalCommit { At = now, Kept = answer }),
        ];
    }

    internal void Clear()
    {
        _orders.Clear();
        _owners.Clear();
        _byName.Clear();
        _events.Clear();
        _eventOrder.Clear();
        _kept.Clear();
    }

    private void Apply(PayPalOrder order)
    {
        if (!_orders.ContainsKey(order.Id))
        {
            foreach (var name in new[] { order.Unit.CustomId, order.Unit.InvoiceId }.OfType<string>().Distinct())
            {
                if (!_byName.TryGetValue(name, out var ids))
                    _byName[name] = ids = [];
                ids.Add(order.Id);
            }
        }

        _orders[order.Id] = order;
        foreach (var id in order.Authorizations.Select(held => held.Id).Concat(order.Captures.Select(taken => taken.Id)).Concat(order.Refunds.Select(given => given.Id)))
            _owners[id] = order.Id;
    }
}
