using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Notifications.Domain;

/// <summary>
/// Signatures of webhooks as standardwebhooks.com specifies them: HMAC-SHA256 of "{id}.{timestamp}.{body}" by the secret's bytes, in
/// Base64 after "v1,"; one signature a secret, with spaces between.
/// </summary>
public static class WebhookSignature
{
    /// <summary>What a secret begins with; Base64 follows.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>The specification asks for 24 to 64 bytes.</summary>
    public const int SecretBytes = 32;

    /// <summary>A secret of these bytes.</summary>
    public static string SecretOf(ReadOnlySpan<byte> bytes) => SecretPrefix + Convert.ToBase64String(bytes);

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    /// <param name="secrets">The secrets that are good, the newest first.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>: seconds since 1970.</param>
    /// <param name="body">The body.</param>
    public static string Of(IEnumerable<string> secrets, string id, long timestamp, string body)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}"));
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(KeyOf(secret), signed))));
    }

    private static byte[] KeyOf(string secret) => Convert.FromBase64String(secret[SecretPrefix.Length..]);
}
