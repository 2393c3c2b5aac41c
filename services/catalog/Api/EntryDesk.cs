using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.ReadModel;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Catalog.Api;

/// <summary>Asks the entry shards, and has the read model know what they answer.</summary>
internal sealed class EntryDesk(
    ProductIndex index, StructureIndex structure, ShardClient<CatalogEntry, EntryCommand, EntryAnswer> shards)
{
    /// <summary>Executes a command on an entry; the caller judges the answer.</summary>
    public async Task<EntryAnswer> ExecuteAsync(string id, EntryCommand command, CancellationToken cancellation)
    {
        var answer = await shards.ExecuteAsync(id, command, cancellation);
        // Whoever wrote reads his write, even before the event has come round.
        if (answer.Entry is { } entry && structure.Put(entry))
            index.ShowAll();
        return answer;
    }

    /// <summary>The same for one edit, whose refusals are the caller's answer.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: refused. ABORTED: stale.</exception>
    public async Task<TEntry> EditAsync<TEntry>(
        string what, string name, string id, EntryCommand command, Func<TEntry, long> versionOf, CancellationToken cancellation)
        where TEntry : CatalogEntry
    {
        var answer = await ExecuteAsync(id, command, cancellation);
        return answer switch
        {
            { Outcome: RevisionOutcome.Stale } => throw Refusal.Stale(what, name, answer.Entry is TEntry present ? versionOf(present) : 0),
            { Fault: { } fault } => throw Refusal.Invalid(fault.Field, fault.Reason),
            { Entry: TEntry entry } => entry,
            _ => throw Refusal.NotFound(what, name),
        };
    }
}
