using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using NexusCart.Platform.Values;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using NexusCart.Users.Keys;

namespace NexusCart.Users.Api;

/// <summary>
/// API keys as programs see them: <c>nck_</c>, the user id, the key's id and an HMAC over what makes the key this one. Nothing secret is
/// stored, and who asks again for a key gets the same.
/// </summary>
public sealed class ApiKeys(KeyVault vault, AccountBook accounts, TimeProvider time)
{
    private const string Prefix = "nck_";
    private const int LongestText = 512;

    /// <summary>A key's text.</summary>
    public string Text(string userId, ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return $"{Prefix}{userId}.{key.Id}.{Secret(userId, key)}";
    }

    /// <summary>Whose key a text is, and which; null when it is nobody's, out of date, or the account is gone.</summary>
    public async Task<(Account Account, ApiKey Key)?> FindAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestText || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('.') is not [var userId, var keyId, var secret] || !Identifiers.IsId(userId))
        {
            return null;
        }

        var account = await accounts.ReadAsync(userId, cancellationToken);
        var key = account?.ApiKeys.FirstOrDefault(candidate => candidate.Id == keyId && candidate.ExpiresAt > time.GetUtcNow());
        return key is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(Secret(userId, key)))
            ? (account!, key)
            : null;
    }

    private string Secret(string userId, ApiKey key)
    {
        var made = key.CreatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture);
        return WebEncoders.Base64UrlEncode(HMACSHA256.HashData(vault.Derive("api-keys"), Encoding.UTF8.GetBytes($"{userId}/{key.Id}/{made}")));
    }
}
