using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Sandbox.Webhooks;

/// <summary>The provider's signature scheme: <c>t=…,v1=…</c>, HMAC-SHA256 over <c>{t}.{body}</c>.</summary>
public static class WebhookSignature
{
    /// <summary>The header for one delivery; each secret gives one <c>v1</c>.</summary>
    public static string Header(ReadOnlySpan<byte> body, IEnumerable<string> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var time = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
        var signatures = secrets.Select(secret => "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
        return $"t={time},{string.Join(',', signatures)}";
    }
}
