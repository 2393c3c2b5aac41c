using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;
using NexusCart.Promotions.Domain;

namespace NexusCart.Promotions.Actors;

/// <summary>Reads and writes what staff define.</summary>
public sealed class DefinitionStore(ShardClient<Definition, DefinitionCommand, DefinitionAnswer> shards)
{
    /// <summary>How many shards there are.</summary>
    public int ShardCount => shards.ShardCount;

    /// <summary>Puts a definition; its version is the one it replaces.</summary>
    /// <exception cref="Grpc.Core.RpcException">ABORTED: another version is there. FAILED_PRECONDITION: a fixed field changed. UNAVAILABLE: the outcome is unknown, repeat it.</exception>
    public async Task<T> PutAsync<T>(T draft, CancellationToken cancellationToken)
        where T : Definition
    {
        var answer = await shards.ExecuteAsync(draft.Key, new DefinitionCommand(draft), cancellationToken);
        return answer.Verdict switch
        {
            RevisionVerdict.Done => (T)answer.Stored!,
            RevisionVerdict.Fixed => throw Refusal.Precondition("field_is_fixed", $"{answer.Stored!.FixedFieldChangedBy(draft)}: cannot be changed once '{draft.Id}' exists."),
            _ => throw Refusal.Conflict("version_conflict", $"'{draft.Id}' is at version {answer.Stored?.Version ?? 0}, not {draft.Version}; read it again."),
        };
    }

    /// <summary>A definition by key; null when there is none.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: it could not be read.</exception>
    public async Task<Definition?> ReadAsync(string key, CancellationToken cancellationToken) =>
        (await shards.ExecuteAsync(key, new DefinitionCommand(Draft: null), cancellationToken)).Stored;

    /// <summary>A page of a shard's definitions, oldest first; the token is empty for the first.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: it could not be read.</exception>
    public Task<ShardPage<Definition>> ReadPageAsync(int shard, string token, CancellationToken cancellationToken) =>
        shards.ReadPageAsync(shard, token, cancellationToken);
}
