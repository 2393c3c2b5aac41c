using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NexusCart.Payments.Webhooks;

/// <summary>The headers that sign a PayPal webhook.</summary>
/// <param name="Id"><c>PAYPAL-TRANSMISSION-ID</c></param>
/// <param name="Time"><c>PAYPAL-TRANSMISSION-TIME</c>, RFC 3339.</param>
/// <param name="Signature"><c>PAYPAL-TRANSMISSION-SIG</c>, base64.</param>
/// <param name="CertificateUrl"><c>PAYPAL-CERT-URL</c></param>
/// <param name="Algorithm"><c>PAYPAL-AUTH-ALGO</c></param>
public sealed record PayPalHeaders(string Id, string Time, string Signature, string CertificateUrl, string Algorithm)
{
    /// <summary>Reads them; null when one is missing.</summary>
    public static PayPalHeaders? Read(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        string[] values =
        [
            headers["PAYPAL-TRANSMISSION-ID"].ToString(), headers["PAYPAL-TRANSMISSION-TIME"].ToString(), headers["PAYPAL-TRANSMISSION-SIG"].ToString(),
            headers["PAYPAL-CERT-URL"].ToString(), headers["PAYPAL-AUTH-ALGO"].ToString(),
        ];
        return values.Any(value => value.Length is 0 or > 2048) ? null : new(values[0], values[1], values[2], values[3], values[4]);
    }
}

/// <summary>
/// Checks a PayPal webhook: RSA with SHA-256 over <c>id|time|webhook id|crc32 of the raw body</c>, by the certificate that the
/// headers name. That certificate is only taken from PayPal's own hosts over HTTPS and must be valid and issued to PayPal; in
/// development also from the API's own address. Several webhook ids may be good at once: during a change.
/// </summary>
public sealed class PayPalSignature(HttpClient http, Uri apiBase, IReadOnlyList<string> webhookIds) : IDisposable
{
    /// <summary>How old a transmission may be: PayPal sends an event again for three days. What is repeated within is told by its id.</summary>
    public static readonly TimeSpan MostAge = TimeSpan.FromHours(76);

    /// <summary>How far ahead of ours PayPal's clock may be.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private const int MaxCertificateBytes = 32 * 1024;
    private const int MostCertificates = 16;

    private static readonly string[] Hosts = ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];

    private readonly ConcurrentDictionary<string, X509Certificate2> _certificates = new(StringComparer.Ordinal);

    /// <summary>Why the signature is not accepted; null when it is good.</summary>
    /// <exception cref="HttpRequestException">The certificate could not be fetched: ask for the webhook again.</exception>
    public async Task<string?> RefuseAsync(PayPalHeaders? headers, byte[] body, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (headers is null)
            return "A header of the signature is missing.";
        if (headers.Algorithm != "SHA256withRSA")
            return "The signature's algorithm is not taken.";
        if (!DateTimeOffset.TryParse(headers.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sent)
            || !TryDecode(headers.Signature, out var signature))
        {
            return "A header of the signature is malformed.";
        }

        if (sent > now + ClockSkew || sent < now - MostAge)
            return "The signature is too old.";
        if (!IsTrusted(headers.CertificateUrl, out var url))
            return "The certificate is not on a host of PayPal.";
        var certificate = await CertificateAsync(url, now, cancellationToken);
        if (certificate is null)
            return "The certificate is not a valid one of PayPal.";
        return IsGenuine(certificate, headers, body, signature) ? null : "The signature does not match.";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        foreach (var certificate in _certificates.Values)
            certificate.Dispose();
    }

    private bool IsGenuine(X509Certificate2 certificate, PayPalHeaders headers, byte[] body, byte[] signature)
    {
        using var key = certificate.GetRSAPublicKey();
        if (key is null)
            return false;
        var checksum = Crc32.Of(body);
        var genuine = false;
        foreach (var webhookId in webhookIds)
        {
            var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{headers.Id}|{headers.Time}|{webhookId}|{checksum}"));
            genuine |= key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        return genuine;
    }

    private bool IsTrusted(string text, out Uri url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url!) || url.UserInfo.Length > 0)
            return false;
        return (url.Scheme == Uri.UriSchemeHttps && url.IsDefaultPort && Hosts.Contains(url.Host, StringComparer.OrdinalIgnoreCase)) || IsOurSandbox(url);
    }

    // Only ever a loopback address: PAYPAL_API_BASE elsewhere than at PayPal needs HTTPS and is no source of certificates.
    private bool IsOurSandbox(Uri url) => apiBase.IsLoopback && url.Scheme == apiBase.Scheme && url.Authority == apiBase.Authority;

    private async Task<X509Certificate2?> CertificateAsync(Uri url, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_certificates.TryGetValue(url.AbsoluteUri, out var known) && now < known.NotAfter)
            return known;
        using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        var certificate = Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (certificate is null || now < certificate.NotBefore || now > certificate.NotAfter || !(IsOurSandbox(url) || IsPayPals(certificate, now)))
            return null;
        if (_certificates.Count >= MostCertificates)
            _certificates.Clear();
        return _certificates[url.AbsoluteUri] = certificate;
    }

    private static bool IsPayPals(X509Certificate2 certificate, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        var name = certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false);
        return (name == "paypal.com" || name.EndsWith(".paypal.com", StringComparison.OrdinalIgnoreCase)) && chain.Build(certificate);
    }

    private static X509Certificate2? Parse(byte[] pem)
    {
        if (pem.Length > MaxCertificateBytes)
            return null;
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool TryDecode(string base64, out byte[] bytes)
    {
        bytes = new byte[base64.Length];
        var good = Convert.TryFromBase64String(base64, bytes, out var written);
        bytes = bytes[..written];
        return good;
    }
}

/// <summary>The CRC-32 of ISO 3309, reflected, as zlib has it.</summary>
public static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(static value => Step((uint)value))];

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
            sum = (sum >> 8) ^ Table[(sum ^ value) & 0xFF];
        return ~sum;
    }

    private static uint Step(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
        return value;
    }
}
