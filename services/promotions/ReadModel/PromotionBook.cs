using System.Collections.Concurrent;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;

namespace NexusCart.Promotions.ReadModel;

/// <summary>
/// All that staff defined, in memory, and laid out for evaluation when somebody asks after a change. Whatever arrives twice or late
/// changes nothing, since only a higher version replaces.
/// </summary>
/// <param name="store">Where definitions are read that are not here yet.</param>
/// <param name="codes">Knows generated codes.</param>
public sealed class PromotionBook(DefinitionStore store, CouponCodes codes)
{
    private readonly ConcurrentDictionary<string, Definition> _byKey = new(StringComparer.Ordinal);
    private readonly Lock _layout = new();
    private long _changes;
    private Laid _laid = new(CompiledPromotions.Empty, 0);

    /// <summary>Whether everything that was stored before the start has been read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Definitions known.</summary>
    public int Count => _byKey.Count;

    /// <summary>All of one kind, by id.</summary>
    public IEnumerable<T> All<T>()
        where T : Definition => _byKey.Values.OfType<T>().OrderBy(definition => definition.Id, StringComparer.Ordinal);

    /// <summary>Takes a definition in, unless a newer version is there.</summary>
    public void Put(Definition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var kept = _byKey.AddOrUpdate(definition.Key, definition, (_, present) => present.Version >= definition.Version ? present : definition);
        if (ReferenceEquals(kept, definition))
            Interlocked.Increment(ref _changes);
    }

    /// <summary>The version known of a definition; 0 when it is not.</summary>
    public long VersionOf(string key) => _byKey.TryGetValue(key, out var definition) ? definition.Version : 0;

    /// <summary>Marks the first reading as done.</summary>
    public void Loaded() => IsLoaded = true;

    /// <summary>A definition; read from where it is stored when it is not here yet; null when there is none.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: it could not be read.</exception>
    public async Task<T?> FindAsync<T>(string key, CancellationToken cancellationToken)
        where T : Definition
    {
        if (_byKey.TryGetValue(key, out var known))
            return (T)known;
        if (await store.ReadAsync(key, cancellationToken) is not T read)
            return null;
        Put(read);
        return read;
    }

    /// <summary>All promotions, laid out; never older than what was put before the call.</summary>
    public CompiledPromotions Current()
    {
        var changes = Interlocked.Read(ref _changes);
        var laid = Volatile.Read(ref _laid);
        if (laid.Changes >= changes)
            return laid.Promotions;

        lock (_layout)
        {
            changes = Interlocked.Read(ref _changes);
            if (_laid.Changes < changes)
                Volatile.Write(ref _laid, new Laid(CompiledPromotions.Compile(_byKey.Values, codes), changes));
            return _laid.Promotions;
        }
    }

    private sealed record Laid(CompiledPromotions Promotions, long Changes);
}
