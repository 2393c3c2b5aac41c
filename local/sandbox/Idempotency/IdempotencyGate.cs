using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using NexusCart.Sandbox.Http;
using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Idempotency;

/// <summary>
/// The provider's rules for <c>Idempotency-Key</c>: one request at a time per key, the first answer for ever, other
/// parameters refused. The answers themselves are in the ledger.
/// </summary>
public sealed class IdempotencyGate
{
    /// <summary>The longest key accepted.</summary>
    public const int MaximumKeyLength = 255;

    private readonly ConcurrentDictionary<string, byte> _inFlight = new(StringComparer.Ordinal);

    /// <summary>Claims a key for one request; dispose to let the next one in.</summary>
    /// <param name="key">The caller's key; null claims nothing.</param>
    /// <exception cref="ApiException">400 when too long, 409 when another request under the key is running.</exception>
    public IDisposable? Enter(string? key)
    {
        if (key is null)
            return null;
        if (key.Length > MaximumKeyLength)
            throw new ApiException(new(400, "idempotency_error", $"Idempotency keys may be up to {MaximumKeyLength} characters; this one has {key.Length}."));
        if (!_inFlight.TryAdd(key, 0))
        {
            throw new ApiException(new(409, "idempotency_error",
                $"There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later.")
            { Code = "idempotency_key_in_use" });
        }

        return new Claim(this, key);
    }

    /// <summary>The refusal of a key that was first used with other parameters.</summary>
    public static ApiError Mismatch(string key) => new(400, "idempotency_error",
        $"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request.");

    /// <summary>A digest of what a request asks for; the order of parameters does not matter.</summary>
    public static string Fingerprint(string method, string path, StripeForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        var text = new StringBuilder(method).Append(' ').Append(path);
        foreach (var (name, value) in form.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append('\n').Append(name.Length).Append(':').Append(name).Append('=').Append(value);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private sealed class Claim(IdempotencyGate gate, string key) : IDisposable
    {
        public void Dispose() => gate._inFlight.TryRemove(key, out _);
    }
}
