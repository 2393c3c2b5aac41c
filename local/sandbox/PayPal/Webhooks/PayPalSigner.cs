using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NexusCart.Sandbox.Http;

namespace NexusCart.Sandbox.PayPal.Webhooks;

/// <summary>
/// Signs webhooks as PayPal does: RSA-SHA256 over <c>{transmission id}|{time}|{webhook id}|{crc32 of the body}</c>, with a
/// certificate that the sandbox serves. It is made at the first start and kept beside the journal.
/// </summary>
public sealed class PayPalSigner(SandboxOptions options, PublicAddress address, TimeProvider time) : IDisposable
{
    /// <summary>The path of the certificate.</summary>
    public const string CertificatePath = "/v1/notifications/certs/CERT-nexuscart-sandbox";

    /// <summary>The algorithm's name in <c>PAYPAL-AUTH-ALGO</c>.</summary>
    public const string Algorithm = "SHA256withRSA";

    private readonly Lazy<X509Certificate2> _certificate = new(() => LoadOrMake(options.DataDirectory, time));

    /// <summary>The certificate, PEM.</summary>
    public string CertificatePem => _certificate.Value.ExportCertificatePem();

    /// <summary>Where it is served: what <c>PAYPAL-CERT-URL</c> says.</summary>
    public string CertificateUrl => address.Value + CertificatePath;

    /// <summary>Puts the headers of one transmission on a request.</summary>
    public void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        var id = Guid.NewGuid().ToString();
        var sent = Http.PayPalJson.Time(now);
        using var key = _certificate.Value.GetRSAPrivateKey()!;
        var signature = key.SignData(Signed(id, sent, options.PayPalWebhookId, body), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.Headers.Add("PAYPAL-TRANSMISSION-ID", id);
        request.Headers.Add("PAYPAL-TRANSMISSION-TIME", sent);
        request.Headers.Add("PAYPAL-TRANSMISSION-SIG", Convert.ToBase64String(signature));
        request.Headers.Add("PAYPAL-CERT-URL", CertificateUrl);
        request.Headers.Add("PAYPAL-AUTH-ALGO", Algorithm);
        request.Headers.Add("PAYPAL-AUTH-VERSION", "v2");
    }

    /// <summary>True when a signature is one of this sandbox over these parts.</summary>
    public bool IsGenuine(string id, string sent, string webhookId, ReadOnlySpan<byte> body, string signature)
    {
        var bytes = new byte[signature?.Length ?? 0];
        if (webhookId != options.PayPalWebhookId || !Convert.TryFromBase64String(signature!, bytes, out var length))
            return false;
        using var key = _certificate.Value.GetRSAPublicKey()!;
        return key.VerifyData(Signed(id, sent, webhookId, body), bytes.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_certificate.IsValueCreated)
            _certificate.Value.Dispose();
    }

    private static byte[] Signed(string id, string sent, string webhookId, ReadOnlySpan<byte> body) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}|{sent}|{webhookId}|{Crc32.Of(body)}"));

    private static X509Certificate2 LoadOrMake(string folder, TimeProvider time)
    {
        var path = Path.Combine(folder, "paypal-webhooks.pem");
        if (File.Exists(path))
            return X509Certificate2.CreateFromPemFile(path, path);
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest("CN=messageverificationcerts.sandbox.nexuscart.example, O=NexusCart sandbox", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var now = time.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        Directory.CreateDirectory(folder);
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return certificate;
    }
}
