using System.Buffers;

namespace NexusCart.Users.Domain;

/// <summary>What e-mail addresses and passwords have to look like.</summary>
public static class Credentials
{
    /// <summary>The longest address, in characters (RFC 5321's limit of a path).</summary>
    public const int LongestEmail = 254;

    /// <summary>The shortest password, in characters (NIST SP 800-63B-4 for a password as the only factor asks 15; 12 with lockout is common in shops).</summary>
    public const int ShortestPassword = 12;

    /// <summary>The longest password: long enough for any passphrase, short enough to hash.</summary>
    public const int LongestPassword = 128;

    /// <summary>The longest display name.</summary>
    public const int LongestName = 100;

    private static readonly SearchValues<char> NotInEmail = SearchValues.Create(" \t\r\n<>()[]\\,;:\"");

    /// <summary>What is wrong with an address; null when nothing is. Whether mail arrives, only a mail can tell.</summary>
    public static string? FaultOfEmail(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        var at = email.IndexOf('@', StringComparison.Ordinal);
        var fine = email.Length <= LongestEmail && at is > 0 and <= 64 && at == email.LastIndexOf('@')
            && email.AsSpan(at + 1).Contains('.') && email[^1] is not ('.' or '@') && email[at + 1] != '.'
            && !email.AsSpan().ContainsAny(NotInEmail) && !email.Any(char.IsControl);
        return fine ? null : "must be an e-mail address, like jane@example.com";
    }

    /// <summary>What is wrong with a password for an address; null when nothing is. Length, not a mixture of characters, makes it strong.</summary>
    public static string? FaultOfPassword(string password, string email)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(email);
        if (password.Length is < ShortestPassword or > LongestPassword)
            return $"must have {ShortestPassword} to {LongestPassword} characters";
        if (password.Distinct().Count() < 5)
            return "must have at least 5 different characters";
        return password.Equals(email, StringComparison.OrdinalIgnoreCase) ? "must not be the e-mail address" : null;
    }

    /// <summary>What is wrong with a display name; null when nothing is.</summary>
    public static string? FaultOfName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Trim().Length is >= 1 and <= LongestName && !name.Any(char.IsControl) ? null : $"must have 1 to {LongestName} characters";
    }

    /// <summary>The form in which addresses are compared: nobody tells people by the capitals of their address.</summary>
    public static string Normalise(string email)
    {
        ArgumentNullException.ThrowIfNull(email);
        return email.Trim().ToLowerInvariant();
    }
}
