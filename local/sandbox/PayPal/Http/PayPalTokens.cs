using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using NexusCart.Sandbox.PayPal.Orders;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary>Access tokens: the time they end and a code over it, so that they outlive a restart as PayPal's do.</summary>
public sealed class PayPalTokens(SandboxOptions options, TimeProvider time)
{
    /// <summary>How long a token is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(9);

    private readonly byte[] _key = SHA256.HashData(Encoding.UTF8.GetBytes(options.PayPalClientId + ":" + options.PayPalSecret));

    /// <summary>True when the header holds the client's id and secret.</summary>
    public bool IsClient(string? authorization)
    {
        if (Parameter(authorization, "Basic") is not { } encoded)
            return false;
        var decoded = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, decoded, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(decoded.AsSpan(0, length)), _key);
    }

    /// <summary>A fresh token.</summary>
    public string Issue()
    {
        var ends = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"A21AA{ends}.{Code(ends)}";
    }

    /// <summary>Lets a request with a good token pass.</summary>
    /// <exception cref="PayPalException">401 otherwise.</exception>
    public void Require(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var parts = Parameter(request.Headers.Authorization, "Bearer")?.Split('.');
        if (parts is not [{ Length: > 5 } head, var code]
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(Code(head[5..])))
            || !long.TryParse(head.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var ends)
            || ends <= time.GetUtcNow().ToUnixTimeSeconds())
        {
            throw new PayPalException(PayPalError.Unauthenticated());
        }
    }

    private string Code(string ends) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(ends)));

    private static string? Parameter(string? authorization, string scheme) =>
        AuthenticationHeaderValue.TryParse(authorization, out var header) && string.Equals(header.Scheme, scheme, StringComparison.OrdinalIgnoreCase)
            ? header.Parameter
            : null;
}
