using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Storage;

/// <summary>What one operation sees and changes. Lives inside the ledger's lock.</summary>
public sealed class LedgerTransaction
{
    private readonly LedgerState _state;
    private readonly RequestContext _request;
    private readonly Dictionary<string, PaymentIntent> _intents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Refund> _refunds = new(StringComparer.Ordinal);
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

    /// <summary>Records an event about a payment or refund saved in this transaction.</summary>
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
                Error = answer.Error,
                ExpandCharge = answer.ExpandCharge,
            };
            // The replay needs the object as it is now.
            if (answer.Intent is not null)
                _intents.TryAdd(answer.Intent.Id, answer.Intent);
            if (answer.Refund is not null)
                _refunds.TryAdd(answer.Refund.Id, answer.Refund);
        }

        if (_intents.Count == 0 && _refunds.Count == 0 && _events.Count == 0 && stored is null)
            return null;
        return new()
        {
            At = Now,
            Intents = _intents.Count == 0 ? null : [.. _intents.Values],
            Refunds = _refunds.Count == 0 ? null : [.. _refunds.Values],
            Events = _events.Count == 0 ? null : _events,
            Answer = stored,
        };
    }
}
