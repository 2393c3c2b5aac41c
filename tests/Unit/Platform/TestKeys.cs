using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Security;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Keys made for one test, and tokens right and wrong.</summary>
internal sealed class TestKeys
{
    public const string ServiceKey = "a key of the unit tests, long enough for HMAC";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Jwks
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            return JsonSerializer.Serialize(new
            {
                keys = new[]
                {
                    new { kty = "EC", crv = "P-256", alg = "ES256", use = "sig", kid = "k1", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) },
                },
            });
        }
    }

    public string PrivateJwk
    {
        get
        {
            var key = _key.ExportParameters(true);
            return JsonSerializer.Serialize(new
            {
                kty = "EC", crv = "P-256", alg = "ES256", kid = "k1",
                x = Base64UrlEncoder.Encode(key.Q.X), y = Base64UrlEncoder.Encode(key.Q.Y), d = Base64UrlEncoder.Encode(key.D),
            });
        }
    }

    public Dictionary<string, string> Secrets => new()
    {
        [Tokens.PublicKeysSecret] = Jwks,
        [Tokens.ServiceKeySecret] = ServiceKey,
    };

    public string User(
        string subject, string[]? roles = null, string audience = Tokens.UserAudience, string issuer = Tokens.Issuer,
        DateTimeOffset? expires = null, SigningCredentials? credentials = null, string type = "at+jwt") =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            TokenType = type,
            Expires = (expires ?? DateTimeOffset.UtcNow.AddHours(1)).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles ?? ["customer"] },
            SigningCredentials = credentials ?? new SigningCredentials(new ECDsaSecurityKey(_key) { KeyId = "k1" }, SecurityAlgorithms.EcdsaSha256),
        });

    public static string Service(string audience = Tokens.ServiceAudience, string key = ServiceKey) => new TestKeys().User(
        "orders", audience: audience, credentials: new SigningCredentials(
            new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256));
}
