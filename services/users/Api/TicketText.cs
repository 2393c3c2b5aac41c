using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using NexusCart.Platform.Values;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Api;

/// <summary>Tickets as people see them: the user id, a dot and 256 random bits. Only their digest is kept.</summary>
internal static class TicketText
{
    private const int SecretBytes = 32;

    /// <summary>A new ticket.</summary>
    public static IssuedTicket New(string userId, TicketPurpose purpose, DateTimeOffset now)
    {
        var secret = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(SecretBytes));
        var lifetime = purpose is TicketPurpose.PasswordReset ? Tickets.ResetLifetime : Tickets.VerificationLifetime;
        return new IssuedTicket(purpose, $"{userId}.{secret}", Digest(secret), now + lifetime);
    }

    /// <summary>Takes a ticket apart.</summary>
    public static bool TryParse(string text, out string userId, out string hash)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        userId = dot > 0 ? text[..dot] : "";
        hash = dot > 0 ? Digest(text[(dot + 1)..]) : "";
        return text.Length <= 2 * Identifiers.MaxLength && Identifiers.IsId(userId);
    }

    private static string Digest(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
