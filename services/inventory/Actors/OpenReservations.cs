using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>How many chunks of open reservations there are.</summary>
public sealed record OpenHead(int Chunks);

/// <summary>
/// The open reservations of a partition, all in memory, stored in chunks of bounded size: a turn rewrites the chunks
/// it touches, and an activation reads only what is open. Keys: <c>o</c> and <c>o:{n}</c>.
/// </summary>
internal sealed class OpenReservations(IActorStateManager state)
{
    /// <summary>Reservations in a chunk; about 5 KB.</summary>
    public const int ChunkSize = 32;

    /// <summary>Lines in a chunk, unless one reservation alone has more.</summary>
    public const int ChunkLines = 256;

    private const string HeadKey = "o";
    private readonly List<Chunk> _chunks = [];
    private readonly Dictionary<string, int> _chunkOf = new(StringComparer.Ordinal);
    private readonly SortedSet<int> _roomy = [];
    private readonly SortedSet<(DateTimeOffset At, string Id)> _expiries = [];
    private readonly HashSet<int> _dirty = [];
    private int _stored;

    /// <summary>When the next one expires; null when none is open.</summary>
    public DateTimeOffset? NextExpiry => _expiries.Count == 0 ? null : _expiries.Min.At;

    /// <summary>Every open reservation.</summary>
    public IEnumerable<Reservation> All => _chunks.SelectMany(chunk => chunk.Reservations.Values);

    /// <summary>Finds an open reservation.</summary>
    public Reservation? Find(string id) => _chunkOf.TryGetValue(id, out var chunk) ? _chunks[chunk].Reservations[id] : null;

    /// <summary>Up to <paramref name="most"/> reservations whose time is over, longest first.</summary>
    public IReadOnlyList<Reservation> Due(DateTimeOffset now, int most) =>
        [.. _expiries.TakeWhile(entry => entry.At <= now).Take(most).Select(entry => Find(entry.Id)!)];

    /// <summary>Reads everything; at activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        _chunks.Clear();
        _chunkOf.Clear();
        _roomy.Clear();
        _expiries.Clear();
        _dirty.Clear();
        var head = await state.TryGetStateAsync<OpenHead>(HeadKey, cancellationToken);
        _stored = head.HasValue ? head.Value.Chunks : 0;
        for (var number = 0; number < _stored; number++)
        {
            var chunk = await state.TryGetStateAsync<List<Reservation>>(Key(number), cancellationToken);
            _chunks.Add(new Chunk());
            foreach (var reservation in chunk.HasValue ? chunk.Value : [])
                Put(number, reservation);
            NoteRoom(number);
        }
    }

    /// <summary>Adds or replaces one.</summary>
    public void Set(Reservation reservation)
    {
        Remove(reservation.Id);
        var number = _roomy.Count > 0 ? PickRoomy() : AddChunk();
        Put(number, reservation);
        NoteRoom(number);
        _dirty.Add(number);
    }

    /// <summary>Takes one out; nothing happens when it is not there.</summary>
    public void Remove(string id)
    {
        if (!_chunkOf.Remove(id, out var number))
            return;
        _chunks[number].Reservations.Remove(id, out var reservation);
        _chunks[number].Lines -= reservation!.Lines.Count;
        _expiries.Remove((reservation.ExpiresAt, id));
        NoteRoom(number);
        _dirty.Add(number);
    }

    /// <summary>Puts what changed into the state manager.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_chunks.Count != _stored)
            await state.SetStateAsync(HeadKey, new OpenHead(_chunks.Count), cancellationToken);
        foreach (var number in _dirty)
            await state.SetStateAsync(Key(number), _chunks[number].Reservations.Values.ToList(), cancellationToken);
        _stored = _chunks.Count;
        _dirty.Clear();
    }

    /// <summary>A chunk that is written anyway, if one has room.</summary>
    private int PickRoomy()
    {
        foreach (var number in _dirty)
        {
            if (_roomy.Contains(number))
                return number;
        }

        return _roomy.Min;
    }

    private int AddChunk()
    {
        _chunks.Add(new Chunk());
        return _chunks.Count - 1;
    }

    private void Put(int number, Reservation reservation)
    {
        _chunks[number].Reservations.Add(reservation.Id, reservation);
        _chunks[number].Lines += reservation.Lines.Count;
        _chunkOf.Add(reservation.Id, number);
        _expiries.Add((reservation.ExpiresAt, reservation.Id));
    }

    private void NoteRoom(int number)
    {
        if (_chunks[number].Reservations.Count < ChunkSize && _chunks[number].Lines < ChunkLines)
            _roomy.Add(number);
        else
            _roomy.Remove(number);
    }

    private static string Key(int chunk) => string.Create(null, $"o:{chunk}");

    private sealed class Chunk
    {
        public Dictionary<string, Reservation> Reservations { get; } = new(StringComparer.Ordinal);

        public int Lines { get; set; }
    }
}
