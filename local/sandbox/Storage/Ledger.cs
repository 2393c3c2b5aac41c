using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Storage;

/// <summary>
/// All payments, refunds, events and stored answers. One operation at a time: it sees the latest versions, and what it
/// changed is journalled before anybody else can see it.
/// </summary>
public sealed class Ledger : IDisposable
{
    /// <summary>How long answers are kept under their idempotency keys, and events in the event list across a restart.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private readonly Journal<Commit> _journal;
    private readonly TimeProvider _time;
    private readonly LedgerState _state = new();

    /// <summary>Opens the journal and replays it; what is older than <see cref="Retention"/> is folded into one commit.</summary>
    public Ledger(SandboxOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _journal = new(options.DataDirectory, "journal.jsonl", JournalJson.Default.Commit);
        foreach (var commit in _journal.ReadAll())
            _state.Apply(commit);
        if (_state.FoldOlderThan(_time.GetUtcNow() - Retention) is { } folded)
        {
            _journal.Rewrite(folded);
            _state.Clear();
            foreach (var commit in folded)
                _state.Apply(commit);
        }
    }

    /// <summary>Raised, outside the lock, for each event that is to be delivered.</summary>
    public event Action<StoredEvent>? EventRaised;

    /// <summary>Runs one operation and makes its changes durable, together with its answer when a key is given.</summary>
    /// <param name="operation">Reads and changes through the transaction; must not block.</param>
    /// <param name="request">Who asks: written into events and stored answers.</param>
    /// <returns>The operation's answer.</returns>
    public Answer Execute(Func<LedgerTransaction, Answer> operation, RequestContext request)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(request);
        Commit? commit;
        Answer answer;
        lock (_gate)
        {
            var transaction = new LedgerTransaction(_state, _time.GetUtcNow(), request);
            answer = operation(transaction);
            commit = transaction.ToCommit(answer);
            if (commit is not null)
            {
                _journal.Append(commit);
                _state.Apply(commit);
            }
        }

        foreach (var entry in commit?.Events ?? [])
        {
            if (entry.Endpoints.Count > 0 && FindEvent(entry.Id) is { } raised)
                EventRaised?.Invoke(raised);
        }

        return answer;
    }

    /// <summary>Reads under the lock; the function must not keep the state.</summary>
    public T Read<T>(Func<LedgerState, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_gate)
            return query(_state);
    }

    /// <summary>Finds an event by id.</summary>
    public StoredEvent? FindEvent(string id) => Read(state => state.Events.GetValueOrDefault(id));

    /// <summary>Remembers that an endpoint took an event.</summary>
    public void MarkDelivered(string eventId, string endpoint)
    {
        lock (_gate)
        {
            // The event may be gone: a reset does not wait for deliveries.
            if (!_state.Events.ContainsKey(eventId))
                return;
            var commit = new Commit { At = _time.GetUtcNow(), Delivered = new(eventId, endpoint) };
            _journal.Append(commit);
            _state.Apply(commit);
        }
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

/// <summary>Who asks for an operation.</summary>
/// <param name="RequestId">The sandbox's id of the request; null when the sandbox acts by itself.</param>
/// <param name="IdempotencyKey">The caller's key, if any.</param>
/// <param name="Fingerprint">Digest of the request's parameters.</param>
public sealed record RequestContext(string? RequestId, string? IdempotencyKey = null, string? Fingerprint = null)
{
    /// <summary>Which endpoints want an event type.</summary>
    public Func<string, IReadOnlyList<string>> Subscribers { get; init; } = static _ => [];
}
