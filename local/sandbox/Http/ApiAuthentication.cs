using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Http;

/// <summary>Checks the secret key of a request: as a bearer token, or as the user name of basic authentication.</summary>
public sealed class ApiAuthentication(SandboxOptions options)
{
    private readonly byte[] _expected = Encoding.UTF8.GetBytes(options.ApiKey);

    /// <summary>Lets a request with the right key pass.</summary>
    /// <exception cref="ApiException">401 otherwise.</exception>
    public void Require(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var presented = Presented(request.Headers.Authorization);
        if (presented is null)
        {
            throw new ApiException(new(401, "invalid_request_error",
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."));
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(presented), _expected))
            throw new ApiException(new(401, "invalid_request_error", $"Invalid API Key provided: {Masked(presented)}"));
    }

    private static string? Presented(string? authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var header) || string.IsNullOrEmpty(header.Parameter))
            return null;
        if (string.Equals(header.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase))
            return header.Parameter;
        if (!string.Equals(header.Scheme, "Basic", StringComparison.OrdinalIgnoreCase))
            return null;
        var decoded = new byte[header.Parameter.Length];
        return Convert.TryFromBase64String(header.Parameter, decoded, out var length)
            ? Encoding.UTF8.GetString(decoded, 0, length).Split(':')[0]
            : null;
    }

    // Enough to recognise a key by, not to use it.
    private static string Masked(string key) => key.Length <= 12 ? "****" : $"{key[..8]}****{key[^4..]}";
}
