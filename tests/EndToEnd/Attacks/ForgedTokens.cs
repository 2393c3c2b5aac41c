using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>
/// Tokens as an attacker makes them, each with one thing wrong: signed by hand, with the development issuer's own key where only the
/// content is wrong, so that nothing but that can be the reason of the refusal.
/// </summary>
internal static class ForgedTokens
{
    private const string Kid = "development-only";
    private static readonly JsonElement Secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepoPaths.Components, "secrets.json"))).RootElement;
    private static readonly JsonElement Key = JsonDocument.Parse(Secrets.GetProperty("token-signing-key").GetString()!).RootElement;
    private static readonly JsonElement PublicKey = JsonDocument.Parse(Secrets.GetProperty("token-jwks").GetString()!).RootElement.GetProperty("keys")[0];

    /// <summary>A good one: that it passes shows that the others are refused for what is wrong with them.</summary>
    public static string Good { get; } = Sign(Header("ES256"), Claims());

    /// <summary>One that names nobody.</summary>
    public static string Nobody { get; } = Sign(Header("ES256"), Claims(claims => claims.Remove("sub")));

    /// <summary>A service's token, by the real key of the development secrets.</summary>
    public static string Service { get; } = ServiceToken.Create();

    /// <summary>What is wrong, and the token.</summary>
    public static IEnumerable<(string What, string Token)> All
    {
        get
        {
            yield return ("expired", Sign(Header("ES256"), Claims(claims => claims["exp"] = Now - 120)));
            yield return ("never expires", Sign(Header("ES256"), Claims(claims => claims.Remove("exp"))));
            yield return ("not good yet", Sign(Header("ES256"), Claims(claims => claims["nbf"] = Now + 3_600)));
            yield return ("of another audience", Sign(Header("ES256"), Claims(claims => claims["aud"] = "somebody-else")));
            yield return ("of the services' audience", Sign(Header("ES256"), Claims(claims => claims["aud"] = "nexuscart-internal")));
            yield return ("of no audience", Sign(Header("ES256"), Claims(claims => claims.Remove("aud"))));
            yield return ("of another issuer", Sign(Header("ES256"), Claims(claims => claims["iss"] = "https://evil.example")));
            yield return ("of no issuer", Sign(Header("ES256"), Claims(claims => claims.Remove("iss"))));
            foreach (var none in new[] { "none", "None", "NONE", "nOnE", "" })
                yield return ($"unsigned, alg '{none}'", Join(Header(none), Claims()) + ".");
            yield return ("without its signature", Good[..(Good.LastIndexOf('.') + 1)]);
            yield return ("with two parts", Good[..Good.LastIndexOf('.')]);
            foreach (var (what, secret) in PublicSecrets())
                yield return ($"signed with the public key as a password ({what})", Hmac(Header("HS256"), Claims(), secret));
            yield return ("signed with an empty password", Hmac(Header("HS256"), Claims(), []));
            yield return ("signed with the services' key", Hmac(Header("HS256"), Claims(), Encoding.UTF8.GetBytes(Secrets.GetProperty("service-token-key").GetString()!)));
            yield return ("a service's token", Service);
            foreach (var kid in new[] { Kid, "mine", "../../../dev/null", "' OR '1'='1", "", "/proc/self/environ", "http://127.0.0.1:1/keys" })
                yield return ($"by a key of the attacker's own, kid '{kid}'", Sign(Header("ES256", kid), Claims(), own: true));
            yield return ("with a key of its own in the header", Sign(HeaderWithKey(), Claims(), own: true));
            yield return ("with an address of keys in the header", Sign(Header("ES256", more: header => header["jku"] = "http://127.0.0.1:1/jwks"), Claims(), own: true));
            yield return ("with other claims than were signed", Tampered());
            yield return ("with one bit of its signature turned", Good[..^2] + (Good[^2] == 'A' ? 'B' : 'A') + Good[^1]);
            yield return ("of another algorithm than its signature", Join(Header("RS256"), Claims()) + Good[Good.LastIndexOf('.')..]);
            yield return ("no token at all", "not.a.token");
            yield return ("far too long", "x." + new string('A', 6_000) + ".y");
        }
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private static string Header(string algorithm, string kid = Kid, Action<JsonObject>? more = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = kid };
        more?.Invoke(header);
        return header.ToJsonString();
    }

    private static string HeaderWithKey()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = own.ExportParameters(includePrivateParameters: false).Q;
        return Header("ES256", "mine", header => header["jwk"] = new JsonObject
        {
            ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Encode(point.X!), ["y"] = Encode(point.Y!), ["kid"] = "mine",
        });
    }

    private static string Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = "nexuscart", ["aud"] = "nexuscart", ["sub"] = "attacker", ["iat"] = Now - 10, ["nbf"] = Now - 10, ["exp"] = Now + 86_400,
            ["roles"] = new JsonArray("orders.read", "audit.read"),
        };
        change?.Invoke(claims);
        return claims.ToJsonString();
    }

    private static string Tampered()
    {
        var parts = Good.Split('.');
        return $"{parts[0]}.{Encode(Encoding.UTF8.GetBytes(Claims(claims => claims["sub"] = "victim")))}.{parts[2]}";
    }

    private static IEnumerable<(string What, byte[] Secret)> PublicSecrets()
    {
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Decode(PublicKey.GetProperty("x")), Y = Decode(PublicKey.GetProperty("y")) },
        });
        yield return ("JWK", Encoding.UTF8.GetBytes(PublicKey.GetRawText()));
        yield return ("DER", key.ExportSubjectPublicKeyInfo());
        yield return ("PEM", Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()));
        yield return ("PEM with a line's end", Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n"));
    }

    private static string Sign(string header, string claims, bool own = false)
    {
        using var key = own ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Decode(Key.GetProperty("d")),
            Q = new ECPoint { X = Decode(Key.GetProperty("x")), Y = Decode(Key.GetProperty("y")) },
        });
        var input = Join(header, claims);
        return $"{input}.{Encode(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    private static string Hmac(string header, string claims, byte[] secret)
    {
        var input = Join(header, claims);
        return $"{input}.{Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}";
    }

    private static string Join(string header, string claims) => $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Decode(JsonElement text) => System.Buffers.Text.Base64Url.DecodeFromChars(text.GetString());
}
