using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Security;

namespace NexusCart.Platform.Calls;

/// <summary>Makes the token this service shows to other services; one serves many calls until it is about to expire.</summary>
public sealed class ServiceTokenSource(ISecrets secrets, TimeProvider time, IConfiguration configuration)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private volatile Issued? _current;

    /// <summary>A token valid for at least five more minutes.</summary>
    public string Token
    {
        get
        {
            var now = time.GetUtcNow();
            var current = _current;
            // Two threads may both make one at the turn; either is good.
            if (current is null || current.Expires - RenewBefore <= now) _current = current = Issue(now);
            return current.Token;
        }
    }

    private Issued Issue(DateTimeOffset now)
    {
        var expires = now + Lifetime;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Tokens.Issuer,
            Audience = Tokens.ServiceAudience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = configuration["APP_ID"] ?? "unknown" },
            SigningCredentials = new SigningCredentials(
                Tokens.ServiceKey(secrets[Tokens.ServiceKeySecret]), SecurityAlgorithms.HmacSha256),
        });
        return new Issued(token, expires);
    }

    private sealed record Issued(string Token, DateTimeOffset Expires);
}
