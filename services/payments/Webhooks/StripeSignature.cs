using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Payments.Webhooks;

/// <summary>
/// Checks a webhook's signature: <c>t=…,v1=…[,v1=…]</c>, HMAC-SHA256 over <c>{t}.{raw body}</c>, in constant time, not older
/// or newer than the tolerance. Several secrets may be good at once: during a rotation.
/// </summary>
public sealed class StripeSignature
{
    /// <summary>How far the signature's time may be from ours.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    private const int MostSignatures = 8;
    private readonly byte[][] _secrets;

    /// <summary>Checks with any of <paramref name="secrets"/>.</summary>
    /// <exception cref="ArgumentException">There is no secret.</exception>
    public StripeSignature(IEnumerable<string> secrets)
    {
        _secrets = [.. secrets.Select(Encoding.UTF8.GetBytes)];
        if (_secrets.Length == 0)
            throw new ArgumentException("At least one signing secret is needed.", nameof(secrets));
    }

    /// <summary>Why the signature is not accepted; null when it is good.</summary>
    /// <param name="header">The <c>Stripe-Signature</c> header.</param>
    /// <param name="body">The body as received, byte for byte.</param>
    /// <param name="now">Our time.</param>
    public string? Refuse(string? header, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(header))
            return "The Stripe-Signature header is missing.";
        var (time, signatures) = Parse(header);
        if (time is null || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || signatures.Count == 0)
            return "The Stripe-Signature header is malformed.";

        byte[] signed = [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];
        var genuine = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in _secrets)
        {
            HMACSHA256.HashData(secret, signed, expected);
            // No early way out: how long it takes must not tell how near a guess came.
            foreach (var signature in signatures)
                genuine |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }

        if (!genuine)
            return "The signature does not match.";
        var age = Math.Abs(now.ToUnixTimeSeconds() - (decimal)seconds);
        return age <= (decimal)Tolerance.TotalSeconds ? null : "The signature is too old.";
    }

    private static (string? Time, List<byte[]> Signatures) Parse(string header)
    {
        string? time = null;
        var signatures = new List<byte[]>();
        foreach (var item in header.Split(',', StringSplitOptions.TrimEntries))
        {
            if (item.StartsWith("t=", StringComparison.Ordinal))
                time = item[2..];
            else if (item.StartsWith("v1=", StringComparison.Ordinal) && signatures.Count < MostSignatures && TryDecode(item.AsSpan(3), out var signature))
                signatures.Add(signature);
        }

        return (time, signatures);
    }

    private static bool TryDecode(ReadOnlySpan<char> hex, out byte[] signature)
    {
        signature = new byte[HMACSHA256.HashSizeInBytes];
        return hex.Length == signature.Length * 2
            && Convert.FromHexString(hex, signature, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == signature.Length;
    }
}
