using Dapr.Actors.Runtime;

namespace NexusCart.Platform.Actors;

/// <summary>Where an id index ends.</summary>
/// <param name="Last">Number of the last chunk, from 0.</param>
internal sealed record ChunkedIndexHead(int Last);

/// <summary>
/// An actor's list of ids in order of arrival, in chunks, so that a new id rewrites one small key and nobody reads the whole.
/// Keys: <c>{prefix}</c> (the head, written when a chunk is begun) and <c>{prefix}:{n}</c>.
/// </summary>
public sealed class ChunkedIndex(IActorStateManager state, int chunkSize, string prefix = "ix")
{
    private ChunkedIndexHead? _head;
    private readonly List<int> _full = [];
    private List<string> _last = [];

    /// <summary>Number of chunks.</summary>
    public int ChunkCount => _head is null ? 0 : _head.Last + 1;

    /// <summary>Number of ids: every chunk but the last is full.</summary>
    public int Count => _head is null ? 0 : (_head.Last * chunkSize) + _last.Count;

    /// <summary>Reads the head and the last chunk; at activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        _full.Clear();
        var head = await state.TryGetStateAsync<ChunkedIndexHead>(prefix, cancellationToken);
        _head = head.HasValue ? head.Value : null;
        _last = _head is null ? [] : await ReadChunkAsync(_head.Last, cancellationToken);
    }

    /// <summary>Notes new ids in the state manager; they count once the turn is saved.</summary>
    public async Task AppendAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var rest = ids;
        while (rest.Count > 0)
        {
            if (_head is null || _last.Count >= chunkSize)
            {
                if (_head is not null)
                    _full.Add(_head.Last);
                _head = new ChunkedIndexHead(ChunkCount);
                _last = [];
                await state.SetStateAsync(prefix, _head, cancellationToken);
            }

            // A copy: the state manager may still hold the former list as what was saved.
            var room = Math.Min(chunkSize - _last.Count, rest.Count);
            _last = [.. _last, .. rest.Take(room)];
            rest = [.. rest.Skip(room)];
            await state.SetStateAsync(ChunkKey(_head.Last), _last, cancellationToken);
        }
    }

    /// <summary>The ids of one chunk, without keeping it in memory.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(int chunk, CancellationToken cancellationToken)
    {
        if (chunk == _head?.Last)
            return _last;
        var ids = await ReadChunkAsync(chunk, cancellationToken);
        await state.UnloadStateAsync(ChunkKey(chunk), cancellationToken: cancellationToken);
        return ids;
    }

    /// <summary>Up to <paramref name="limit"/> ids before position <paramref name="end"/> (0 is the oldest), newest first.</summary>
    public async Task<IReadOnlyList<string>> ReadBackAsync(int end, int limit, CancellationToken cancellationToken)
    {
        var ids = new List<string>(limit);
        for (var at = Math.Min(end, Count); at > 0 && ids.Count < limit;)
        {
            var chunk = (at - 1) / chunkSize;
            var start = chunk * chunkSize;
            var members = await ReadAsync(chunk, cancellationToken);
            for (; at > start && ids.Count < limit; at--)
                ids.Add(members[at - 1 - start]);
        }

        return ids;
    }

    /// <summary>Takes the index out of memory, once nothing of it waits to be saved.</summary>
    public async Task UnloadAsync()
    {
        await SavedAsync();
        await state.UnloadStateAsync(prefix);
        if (_head is not null)
            await state.UnloadStateAsync(ChunkKey(_head.Last));
    }

    /// <summary>After a successful save: full chunks need no memory any more.</summary>
    public async Task SavedAsync()
    {
        foreach (var chunk in _full)
            await state.UnloadStateAsync(ChunkKey(chunk));
        _full.Clear();
    }

    private async Task<List<string>> ReadChunkAsync(int chunk, CancellationToken cancellationToken)
    {
        var ids = await state.TryGetStateAsync<List<string>>(ChunkKey(chunk), cancellationToken);
        return ids.HasValue ? ids.Value : throw new InvalidOperationException($"Index chunk {chunk} is missing.");
    }

    private string ChunkKey(int chunk) => string.Create(null, $"{prefix}:{chunk}");
}
