using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Storage;

/// <summary>The memory image of the journal. Guarded by the ledger's lock.</summary>
public sealed class LedgerState
{
    private readonly List<string> _intentOrder = [];
    private readonly List<string> _refundOrder = [];
    private readonly List<string> _eventOrder = [];
    private readonly Dictionary<string, PaymentIntent> _intents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Refund> _refunds = new(StringComparer.Ordinal);
    private readonly List<string> _objectOrder = [];
    private readonly Dictionary<string, StripeObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredEvent> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (StoredAnswer Stored, Answer Answer, DateTimeOffset At)> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _intentsByMetadata = new(StringComparer.Ordinal);

    /// <summary>Payments by id.</summary>
    public IReadOnlyDictionary<string, PaymentIntent> Intents => _intents;

    /// <summary>Refunds by id.</summary>
    public IReadOnlyDictionary<string, Refund> Refunds => _refunds;

    /// <summary>Customers, cards, setups and disputes by id.</summary>
    public IReadOnlyDictionary<string, StripeObject> Objects => _objects;

    /// <summary>Their ids, oldest first.</summary>
    public IReadOnlyList<string> ObjectOrder => _objectOrder;

    /// <summary>Events by id.</summary>
    public IReadOnlyDictionary<string, StoredEvent> Events => _events;

    /// <summary>Ids of payments, oldest first.</summary>
    public IReadOnlyList<string> IntentOrder => _intentOrder;

    /// <summary>Ids of refunds, oldest first.</summary>
    public IReadOnlyList<string> RefundOrder => _refundOrder;

    /// <summary>Ids of events, oldest first.</summary>
    public IReadOnlyList<string> EventOrder => _eventOrder;

    /// <summary>Ids of the payments that were created with a metadata pair, oldest first.</summary>
    public IReadOnlyList<string> IntentsWith(string key, string value) =>
        _intentsByMetadata.GetValueOrDefault(MetadataKey(key, value)) ?? [];

    /// <summary>The answer kept under an idempotency key, unless it is older than the retention.</summary>
    public (StoredAnswer Stored, Answer Answer)? FindAnswer(string key, DateTimeOffset now) =>
        _answers.TryGetValue(key, out var found) && now - found.At < Ledger.Retention ? (found.Stored, found.Answer) : null;

    /// <summary>Takes one commit in.</summary>
    internal void Apply(Commit commit)
    {
        foreach (var intent in commit.Intents ?? [])
            ApplyIntent(intent);
        foreach (var refund in commit.Refunds ?? [])
        {
            if (!_refunds.ContainsKey(refund.Id))
                _refundOrder.Add(refund.Id);
            _refunds[refund.Id] = refund;
        }

        foreach (var item in commit.Objects ?? [])
        {
            if (!_objects.ContainsKey(item.Id))
                _objectOrder.Add(item.Id);
            _objects[item.Id] = item;
        }

        foreach (var entry in commit.Events ?? [])
        {
            if (!_events.ContainsKey(entry.Id))
                _eventOrder.Add(entry.Id);
            _events[entry.Id] = new(entry, commit.At, _intents.GetValueOrDefault(entry.ObjectId), _refunds.GetValueOrDefault(entry.ObjectId), _objects.GetValueOrDefault(entry.ObjectId));
        }

        if (commit.Answer is { } stored)
            _answers[stored.Key] = (stored, Resolve(stored), commit.At);
        if (commit.Delivered is { } delivered && _events.TryGetValue(delivered.EventId, out var known))
            _events[delivered.EventId] = known with { Entry = known.Entry with { Endpoints = [.. known.Entry.Endpoints.Where(e => e != delivered.Endpoint)] } };
    }

    /// <summary>
    /// The commits of a smaller journal: payments and refunds in one, then the events and answers still worth keeping.
    /// Null when there is nothing old.
    /// </summary>
    internal List<Commit>? FoldOlderThan(DateTimeOffset oldest)
    {
        var keptEvents = _eventOrder.Select(id => _events[id]).Where(e => e.Created >= oldest || e.Entry.Endpoints.Count > 0).ToList();
        var keptAnswers = _answers.Values.Where(a => a.At >= oldest).ToList();
        if (keptEvents.Count == _events.Count && keptAnswers.Count == _answers.Count)
            return null;

        var folded = new List<Commit>();
        foreach (var (stored, answer, at) in keptAnswers)
            folded.Add(new() { At = at, Answer = stored, Intents = OneOrNone(answer.Intent), Refunds = OneOrNone(answer.Refund), Objects = OneOrNone(answer.Item) });
        foreach (var kept in keptEvents)
            folded.Add(new() { At = kept.Created, Events = [kept.Entry], Intents = OneOrNone(kept.Intent), Refunds = OneOrNone(kept.Refund), Objects = OneOrNone(kept.Item) });
        // The latest versions last, so that they win over the snapshots above; in the order of creation.
        var latest = new Commit
        {
            At = oldest,
            Intents = [.. _intentOrder.Select(id => _intents[id])],
            Refunds = [.. _refundOrder.Select(id => _refunds[id])],
            Objects = [.. _objectOrder.Select(id => _objects[id])],
        };
        return [latest, .. folded, latest];
    }

    internal void Clear()
    {
        _intentOrder.Clear();
        _refundOrder.Clear();
        _eventOrder.Clear();
        _objectOrder.Clear();
        _objects.Clear();
        _intents.Clear();
        _refunds.Clear();
        _events.Clear();
        _answers.Clear();
        _intentsByMetadata.Clear();
    }

    private void ApplyIntent(PaymentIntent intent)
    {
        if (!_intents.ContainsKey(intent.Id))
        {
            _intentOrder.Add(intent.Id);
            foreach (var (key, value) in intent.Metadata)
            {
                var name = MetadataKey(key, value);
                if (!_intentsByMetadata.TryGetValue(name, out var ids))
                    _intentsByMetadata[name] = ids = [];
                ids.Add(intent.Id);
            }
        }

        _intents[intent.Id] = intent;
    }

    private Answer Resolve(StoredAnswer stored) => new(stored.Status)
    {
        Intent = stored.IntentId is null ? null : _intents[stored.IntentId],
        Refund = stored.RefundId is null ? null : _refunds[stored.RefundId],
        Item = stored.ObjectId is null ? null : _objects[stored.ObjectId],
        Error = stored.Error,
        ExpandCharge = stored.ExpandCharge,
    };

    private static T[]? OneOrNone<T>(T? item)
        where T : class => item is null ? null : [item];

    private static string MetadataKey(string key, string value) => $"{key}={value}";
}
