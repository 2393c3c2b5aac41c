using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NexusCart.Tests.Harness;

/// <summary>What the shop's services show each other, by the development key: for what only they may ask, at an app's own port.</summary>
public static class ServiceToken
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "nexus-service-token";

    /// <summary>A token that is good for ten minutes.</summary>
    public static string Create()
    {
        using var secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepoPaths.Components, "secrets.json")));
        var key = Encoding.UTF8.GetBytes(secrets.RootElement.GetProperty("service-token-key").GetString()!);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = JsonSerializer.Serialize(new { iss = "nexuscart", aud = "nexuscart-internal", sub = "tests", iat = now - 10, nbf = now - 10, exp = now + 600 });
        var input = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(input)))}";
    }
}
