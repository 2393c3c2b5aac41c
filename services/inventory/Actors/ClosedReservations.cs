using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>Which chunks of the closing log exist; none when <paramref name="Last"/> is below <paramref name="First"/>.</summary>
public sealed record ClosedHead(int First, int Last);

/// <summary>Reservations in the order they were closed.</summary>
/// <param name="Ids">Their ids.</param>
/// <param name="Until">When the last of them was closed.</param>
public sealed record ClosedChunk(IReadOnlyList<string> Ids, DateTimeOffset Until);

/// <summary>
/// The closed reservations of a partition: one key each (<c>r:{id}</c>), read when somebody asks for it, and a log in
/// chunks (<c>c</c>, <c>c:{n}</c>) that says which to forget after the retention. While there are not too many, their
/// ids are in memory, so that a new reservation costs no look-up.
/// </summary>
internal sealed class ClosedReservations(IActorStateManager state, TimeSpan retention)
{
    /// <summary>Ids in a chunk of the log.</summary>
    public const int ChunkSize = 128;

    /// <summary>Chunks read at activation to know all ids; with more of them, ids are looked up one by one.</summary>
    private const int ChunksRead = 64;

    /// <summary>Ids kept in memory; about 10 MB.</summary>
    private const int MostKnown = 100_000;

    private const string HeadKey = "c";
    private readonly Dictionary<string, Reservation?> _looked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);
    private HashSet<string>? _known = new(StringComparer.Ordinal);
    private ClosedHead _head = new(0, -1);
    private ClosedChunk _last = Empty;
    private DateTimeOffset? _oldestUntil;

    private static ClosedChunk Empty => new([], DateTimeOffset.MinValue);

    /// <summary>Whether the oldest chunk of the log is past the retention.</summary>
    public bool CanPrune(DateTimeOffset now) => _oldestUntil + retention <= now;

    /// <summary>Reads the ends of the log; at activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        _looked.Clear();
        _loaded.Clear();
        var head = await state.TryGetStateAsync<ClosedHead>(HeadKey, cancellationToken);
        _head = head.HasValue ? head.Value : new ClosedHead(0, -1);
        _last = _head.Last < _head.First ? Empty : await ReadAsync(_head.Last, cancellationToken);
        await NoteOldestAsync(cancellationToken);
        await LearnIdsAsync(cancellationToken);
    }

    /// <summary>Reads one for this turn.</summary>
    public async Task LookUpAsync(string id, CancellationToken cancellationToken)
    {
        if (_looked.ContainsKey(id) || _known?.Contains(id) == false)
            return;
        var stored = await state.TryGetStateAsync<Reservation>(RecordKey(id), cancellationToken);
        _looked[id] = stored.HasValue ? stored.Value : null;
        _loaded.Add(RecordKey(id));
    }

    /// <summary>One that was looked up in this turn.</summary>
    public Reservation? Find(string id) => _looked.GetValueOrDefault(id);

    /// <summary>Puts newly closed ones, and new states of closed ones, into the state manager.</summary>
    public async Task WriteAsync(IReadOnlyList<Reservation> closed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (closed.Count == 0)
            return;
        foreach (var reservation in closed)
        {
            await state.SetStateAsync(RecordKey(reservation.Id), reservation, cancellationToken);
            _loaded.Add(RecordKey(reservation.Id));
        }

        foreach (var ids in closed.Where(reservation => Find(reservation.Id) is null).Select(reservation => reservation.Id).Chunk(ChunkSize))
            await AppendAsync(ids, now, cancellationToken);
        if (_known?.Count > MostKnown)
            _known = null;
    }

    /// <summary>Forgets the oldest chunk of the log and its reservations; at the start of a turn, before anything is looked up.</summary>
    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        var oldest = await ReadAsync(_head.First, cancellationToken);
        foreach (var id in oldest.Ids)
        {
            await EraseAsync(RecordKey(id), Tombstone, cancellationToken);
            _known?.Remove(id);
        }

        await EraseAsync(LogKey(_head.First), Empty, cancellationToken);
        if (_head.First == _head.Last)
            _last = Empty;
        _head = _head with { First = _head.First + 1 };
        await state.SetStateAsync(HeadKey, _head, cancellationToken);
        await NoteOldestAsync(cancellationToken);
    }

    /// <summary>After the turn: what was looked up needs no memory any more.</summary>
    public async Task EndTurnAsync()
    {
        foreach (var key in _loaded)
            await state.UnloadStateAsync(key);
        _loaded.Clear();
        _looked.Clear();
    }

    private static Reservation Tombstone { get; } = new("", ReservationStatus.Released, [], "", "", DateTimeOffset.MinValue);

    private async Task AppendAsync(string[] ids, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_head.Last < _head.First || _last.Ids.Count + ids.Length > ChunkSize)
        {
            if (_head.Last >= _head.First)
                _loaded.Add(LogKey(_head.Last));
            _head = _head with { Last = _head.Last + 1 };
            _last = Empty;
            await state.SetStateAsync(HeadKey, _head, cancellationToken);
        }

        _last = new ClosedChunk([.. _last.Ids, .. ids], now);
        _known?.UnionWith(ids);
        await state.SetStateAsync(LogKey(_head.Last), _last, cancellationToken);
        if (_head.First == _head.Last)
            _oldestUntil = now;
    }

    private async Task LearnIdsAsync(CancellationToken cancellationToken)
    {
        _known = null;
        if (_head.Last - _head.First >= ChunksRead)
            return;
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var chunk = _head.First; chunk <= _head.Last; chunk++)
        {
            known.UnionWith((await ReadAsync(chunk, cancellationToken)).Ids);
            if (chunk != _head.Last)
                await state.UnloadStateAsync(LogKey(chunk), cancellationToken: cancellationToken);
        }

        _known = known;
    }

    private async Task NoteOldestAsync(CancellationToken cancellationToken) =>
        _oldestUntil = _head.Last < _head.First ? null : (await ReadAsync(_head.First, cancellationToken)).Until;

    private async Task<ClosedChunk> ReadAsync(int chunk, CancellationToken cancellationToken)
    {
        if (chunk == _head.Last && _last.Ids.Count > 0)
            return _last;
        var stored = await state.TryGetStateAsync<ClosedChunk>(LogKey(chunk), cancellationToken);
        return stored.HasValue ? stored.Value : throw new InvalidOperationException($"Chunk {chunk} of the closing log is missing.");
    }

    /// <summary>Removes a key without asking the store for it first, which a plain remove does for keys not in memory.</summary>
    private async Task EraseAsync<T>(string key, T placeholder, CancellationToken cancellationToken)
    {
        await state.SetStateAsync(key, placeholder, cancellationToken);
        await state.RemoveStateAsync(key, cancellationToken);
    }

    private static string RecordKey(string id) => $"r:{id}";

    private static string LogKey(int chunk) => string.Create(null, $"c:{chunk}");
}
