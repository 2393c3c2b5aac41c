using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Storage;

/// <summary>What one operation sees and changes. Lives inside the ledger's lock.</summary>
public sealed class LedgerTransaction
{
    private readonly LedgerState _state;
    private readonly RequestContext _request;
    private readonly Dictionary<string, PaymentIntent> _intents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Refund> _refunds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StripeObject> _objects = new(StringComparer.Ordinal);
    private readonly List<EventEntry> _events = [];

    internal LedgerTransaction(LedgerState state, DateTimeOffset now, RequestContext request)
    {
        _state = state;
        _request = request;
        Now = now;
    }

    /// <summary>The sandbox's time.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The latest version of a payment.</summary>
    public PaymentIntent? FindIntent(string id) => _intents.GetValueOrDefault(id) ?? _state.Intents.GetValueOrDefault(id);

    /// <summary>The latest version of a refund.</summary>
    public Refund? FindRefund(string id) => _refunds.GetValueOrDefault(id) ?? _state.Refunds.GetValueOrDefault(id);

    /// <summary>The latest version of a customer, card, setup or dispute.</summary>
    public T? Find<T>(string id)
        where T : StripeObject => (_objects.GetValueOrDefault(id) ?? _state.Objects.GetValueOrDefault(id)) as T;

    /// <summary>The latest versions of all objects of a kind.</summary>
    public IReadOnlyList<T> All<T>()
        where T : StripeObject => [.. _state.Objects.Keys.Union(_objects.Keys).Select(Find<T>).OfType<T>()];

    /// <summary>The payment a charge belongs to.</summary>
    public PaymentIntent? FindIntentOfCharge(string chargeId) =>
        _state.Intents.Values.FirstOrDefault(intent => intent.LatestCharge?.Id == chargeId);

    /// <summary>Keeps a new version of a payment.</summary>
    public void Save(PaymentIntent intent)
    {
        ArgumentNullException.ThrowIfNull(intent);
        _intents[intent.Id] = intent;
    }

    /// <summary>Keeps a new version of a refund.</summary>
    public void Save(Refund refund)
    {
        ArgumentNullException.ThrowIfNull(refund);
        _refunds[refund.Id] = refund;
    }

    /// <summary>Keeps a new version of a customer, card, setup or dispute.</summary>
    public void Save(StripeObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        _objects[item.Id] = item;
    }

    /// <summary>Records an event about what was saved in this transaction.</summary>
    public void Raise(string type, string objectId) =>
        _events.Add(new(Ids.New("evt"), type, objectId, _request.RequestId, _request.IdempotencyKey) { Endpoints = _request.Subscribers(type) });

    /// <summary>Saves a transition and raises its events.</summary>
    public void Save(Transition transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        Save(transition.Intent);
        foreach (var type in transition.Events)
            Raise(type, transition.Intent.Id);
    }

    internal Commit? ToCommit(Answer answer)
    {
        StoredAnswer? stored = null;
        if (_request.IdempotencyKey is { } key && answer.Executed)
        {
            stored = new(key, _request.Fingerprint!, _request.RequestId!, answer.Status)
            {
                IntentId = answer.Intent?.Id,
                RefundId = answer.Refund?.Id,
                ObjectId = answer.Item?.Id,
                Error = answer.Error,
                ExpandCharge = answer.ExpandCharge,
            };
            // The replay needs the object as it is now.
            if (answer.Intent is not null)
                _intents.TryAdd(answer.Intent.Id, answer.Intent);
            if (answer.Refund is not null)
                _refunds.TryAdd(answer.Refund.Id, answer.Refund);
            if (answer.Item is not null)
                _objects.TryAdd(answer.Item.Id, answer.Item);
        }

        if (_intents.Count == 0 && _refunds.Count == 0 && _objects.Count == 0 && _events.Count == 0 && stored is null)
            return null;
        return new()
        {
            At = Now,
            Intents = _intents.Count == 0 ? null : [.. _intents.Values],
            Refunds = _refunds.Count == 0 ? null : [.. _refunds.Values],
            Objects = _objects.Count == 0 ? null : [.. _objects.Values],
            Events = _events.Count == 0 ? null : _events,
            Answer = stored,
        };
    }
}
