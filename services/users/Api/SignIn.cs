using NexusCart.Users.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Api;

/// <summary>Tells whether somebody is who they say.</summary>
public sealed class SignIn(AccountBook accounts, PasswordHasher passwords)
{
    /// <summary>
    /// The account of an address and password; null when either is wrong or too many attempts were made, and the caller is not to tell
    /// which.
    /// </summary>
    public async Task<Account?> CheckAsync(string email, string password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        var fine = Credentials.FaultOfEmail(email.Trim()) is null && password.Length <= Credentials.LongestPassword;
        var userId = fine ? await accounts.FindAsync(email, cancellationToken) : null;
        return await CheckIdAsync(userId, password, cancellationToken);
    }

    /// <summary>The same by user id.</summary>
    public async Task<Account?> CheckIdAsync(string? userId, string password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        var begun = userId is null ? null : await accounts.DoAsync(userId, new BeginSignIn(), cancellationToken);
        var account = begun?.Verdict is AccountVerdict.Done ? begun.Account : null;
        var shown = password.Length <= Credentials.LongestPassword ? password : "";
        return await passwords.VerifyAsync(account?.PasswordHash, shown, cancellationToken) ? account : null;
    }
}
