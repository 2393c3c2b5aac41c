using System.Security.Cryptography;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Actors;

/// <summary>One e-mail address; the actor's id is the address's digest.</summary>
public interface IEmailActor : IActor
{
    /// <summary>Gives the address to a user id unless it has one, and says whose it is.</summary>
    Task<string> ClaimAsync(string userId);

    /// <summary>The user id; empty when the address has none.</summary>
    Task<string> FindAsync();

    /// <summary>Gives the address free if it is this user's.</summary>
    Task ReleaseAsync(string userId);
}

/// <summary>
/// Which user id an e-mail address belongs to: the natural id that makes addresses unique. It never changes its mind while the account
/// lives, so whoever registers an address, however often and from wherever, ends at one account. State key: <c>user</c>.
/// </summary>
public sealed class EmailActor(ActorHost host) : Actor(host), IEmailActor
{
    private const string StateKey = "user";

    /// <summary>The actor's id of an address.</summary>
    public static string IdOf(string email) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Credentials.Normalise(email))));

    /// <inheritdoc/>
    public async Task<string> ClaimAsync(string userId) =>
        await FindAsync() is { Length: > 0 } known ? known : await StateManager.CommitAsync(StateKey, userId);

    /// <inheritdoc/>
    public async Task<string> FindAsync() => await StateManager.FindAsync<string>(StateKey) ?? "";

    /// <inheritdoc/>
    public async Task ReleaseAsync(string userId)
    {
        if (await FindAsync() == userId)
            await StateManager.CommitAsync(() => StateManager.RemoveStateAsync(StateKey));
    }
}
