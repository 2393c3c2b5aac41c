using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Orders.Errands;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of the audit log.</summary>
public interface IAuditLogActor : IActor
{
    /// <summary>Appends an entry, unless it is there.</summary>
    Task AppendAsync(AuditRecord record);

    /// <summary>A page of entries, newest first.</summary>
    Task<AuditPage> ReadAsync(AuditPageRequest request);
}

/// <summary>Asks for a page of the audit log.</summary>
/// <param name="End">The position before which to read; 0 for the newest.</param>
/// <param name="Limit">Most entries, 1 to 100.</param>
public sealed record AuditPageRequest(int End, int Limit);

/// <summary>Entries of the audit log, newest first.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Rest">The position to go on from; 0 when there is nothing left.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Entries, int Rest);

/// <summary>How far the audit log is.</summary>
/// <param name="Count">Entries so far.</param>
public sealed record AuditHead(int Count);

/// <summary>
/// What staff did, in the order it was told. There is no call that changes or removes an entry. State keys: <c>head</c>, <c>c:{n}</c> with
/// <see cref="ChunkSize"/> entries each, <c>i:{id}</c> for each entry that is there.
/// </summary>
public sealed class AuditLogActor(ActorHost host) : Actor(host), IAuditLogActor
{
    /// <summary>The actor's id.</summary>
    public const string LogId = "log";

    /// <summary>Entries in a chunk.</summary>
    public const int ChunkSize = 64;

    private const string HeadKey = "head";

    /// <inheritdoc/>
    public async Task AppendAsync(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var marker = "i:" + Platform.Actors.StateKeys.Escape(record.Id);
        try
        {
            if (!(await StateManager.TryGetStateAsync<string>(marker)).HasValue)
            {
                var head = await HeadAsync();
                var chunk = await ChunkAsync(head.Count / ChunkSize);
                await StateManager.SetStateAsync(ChunkKey(head.Count / ChunkSize), (List<AuditRecord>)[.. chunk, record]);
                await StateManager.SetStateAsync(HeadKey, new AuditHead(head.Count + 1));
                await StateManager.SetStateAsync(marker, "1");
                await StateManager.SaveStateAsync();
            }
        }
        finally
        {
            // Markers and chunks would grow in memory; and what was not saved must not be read in the next turn.
            await StateManager.ClearCacheAsync();
        }
    }

    /// <inheritdoc/>
    public async Task<AuditPage> ReadAsync(AuditPageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var count = (await HeadAsync()).Count;
        var end = request.End is > 0 && request.End < count ? request.End : count;
        var entries = new List<AuditRecord>(request.Limit);
        while (end > 0 && entries.Count < request.Limit)
        {
            var number = (end - 1) / ChunkSize;
            var chunk = await ChunkAsync(number);
            for (; end > number * ChunkSize && entries.Count < request.Limit; end--)
                entries.Add(chunk[end - 1 - (number * ChunkSize)]);
        }

        await StateManager.ClearCacheAsync();
        return new AuditPage(entries, end);
    }

    private async Task<AuditHead> HeadAsync()
    {
        var head = await StateManager.TryGetStateAsync<AuditHead>(HeadKey);
        return head.HasValue ? head.Value : new AuditHead(0);
    }

    private async Task<List<AuditRecord>> ChunkAsync(int number)
    {
        var chunk = await StateManager.TryGetStateAsync<List<AuditRecord>>(ChunkKey(number));
        return chunk.HasValue ? chunk.Value : [];
    }

    private static string ChunkKey(int number) => string.Create(null, $"c:{number}");
}
