using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Actors;

/// <summary>The accounts, by id and by address.</summary>
public sealed class AccountBook(ShardClient<Account, AccountCommand, AccountAnswer> shards, UserActors actors)
{
    /// <summary>Does something to an account.</summary>
    public Task<AccountAnswer> DoAsync(string userId, AccountCommand command, CancellationToken cancellationToken) =>
        shards.ExecuteAsync(userId, command, cancellationToken);

    /// <summary>An account; null when there is none, or it was erased.</summary>
    public async Task<Account?> ReadAsync(string userId, CancellationToken cancellationToken) =>
        (await DoAsync(userId, new ReadAccount(), cancellationToken)).Account;

    /// <summary>The id of an address's account; null when it has none.</summary>
    public async Task<string?> FindAsync(string email, CancellationToken cancellationToken) =>
        await actors.FindEmailAsync(email, cancellationToken) is { Length: > 0 } found ? found : null;

    /// <summary>Where a person is signed in.</summary>
    public async Task<IReadOnlyList<Session>> SessionsAsync(string userId, CancellationToken cancellationToken) =>
        (await ReadAsync(userId, cancellationToken))?.Sessions ?? [];

    /// <summary>
    /// Registers. Two that register an address at once end at one user id, where the account itself decides whose key comes first.
    /// </summary>
    public async Task<AccountAnswer> RegisterAsync(
        string proposedId, string email, Func<string, Register> register, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(register);
        var userId = await actors.ClaimEmailAsync(email, proposedId, cancellationToken);
        return await DoAsync(userId, register(userId), cancellationToken);
    }

    /// <summary>Ends grants for good: refresh tokens of theirs are dead already, once the account no longer knows the sessions.</summary>
    public async Task RevokeAsync(IEnumerable<Session> sessions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        foreach (var session in sessions)
            await actors.GrantAsync<bool>(session.Id, nameof(IGrantActor.RevokeAsync), cancellationToken);
    }
}
