using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Tests.Harness;

namespace NexusCart.Bench.Load;

/// <summary>Tokens by the development key, made here: a hundred thousand customers would keep the development issuer busy for a minute.</summary>
internal static class BenchTokens
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly SigningCredentials Key = new(
        new JsonWebKey(JsonDocument.Parse(File.ReadAllText(Path.Combine(RepoPaths.Components, "secrets.json"))).RootElement.GetProperty("token-signing-key").GetString()!),
        SecurityAlgorithms.EcdsaSha256);

    /// <summary>A token for a person.</summary>
    public static string User(string subject, params string[] roles)
    {
        var now = DateTime.UtcNow;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "nexuscart",
            Audience = "nexuscart",
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles },
            SigningCredentials = Key,
        });
    }
}
