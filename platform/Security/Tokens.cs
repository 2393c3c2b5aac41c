using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NexusCart.Platform.Security;

/// <summary>What tokens look like and how they are judged.</summary>
public static class Tokens
{
    /// <summary>The issuer of service tokens, and in Development of its own users' tokens; others come from the users service.</summary>
    public const string Issuer = "nexuscart";

    /// <summary>The audience of users' tokens.</summary>
    public const string UserAudience = "nexuscart";

    /// <summary>The audience of the tokens services show each other.</summary>
    public const string ServiceAudience = "nexuscart-internal";

    /// <summary>The header (and gRPC metadata) that carries a service's token; a user's comes in `authorization`.</summary>
    public const string ServiceHeader = "nexus-service-token";

    /// <summary>The claim with whom a token speaks for.</summary>
    internal const string SubjectClaim = "sub";

    /// <summary>The claim with a user's roles, an array.</summary>
    public const string RolesClaim = "roles";

    /// <summary>The claim with a customer's group, which prices may depend on.</summary>
    public const string CustomerGroupClaim = "customer_group";

    /// <summary>The role of a token nobody signed in for.</summary>
    public const string GuestRole = "guest";

    /// <summary>The secret with the public keys of the development issuer: a JSON Web Key Set, ES256. Nobody else reads it.</summary>
    public const string PublicKeysSecret = "token-jwks";

    /// <summary>The secret with the key of service tokens: at least 32 characters, HS256.</summary>
    public const string ServiceKeySecret = "service-token-key";

    /// <summary>Authentication scheme of users' tokens.</summary>
    public const string UserScheme = JwtBearerDefaults.AuthenticationScheme;

    /// <summary>Authentication scheme of service tokens.</summary>
    internal const string ServiceScheme = "Service";

    /// <summary>What the header of an access token of the users service says it is (RFC 9068): no other kind of token passes for one.</summary>
    private const string AccessTokenType = "at+jwt";

    /// <summary>How far clocks may differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    internal static void AddTokens(this IServiceCollection services, bool development)
    {
        services.RequireSecrets(ServiceKeySecret);
        if (development) services.RequireSecrets(PublicKeysSecret);
        services.AddSingleton<UserKeys>();
        services.AddAuthentication().AddJwtBearer(UserScheme, Configure).AddJwtBearer(ServiceScheme, bearer =>
        {
            Configure(bearer);
            bearer.Events = new JwtBearerEvents { OnMessageReceived = ReadServiceToken };
        });
        services.AddOptions<JwtBearerOptions>(UserScheme).Configure<ISecrets, UserKeys, TimeProvider>((bearer, secrets, keys, time) =>
            Judge(bearer, new UserTokenHandler(keys, development ? UserParameters(secrets[PublicKeysSecret], time) : null, time), time));
        services.AddOptions<JwtBearerOptions>(ServiceScheme).Configure<ISecrets, TimeProvider>((bearer, secrets, time) =>
        {
            bearer.TokenValidationParameters = ServiceParameters(secrets[ServiceKeySecret], time);
            Judge(bearer, new JsonWebTokenHandler { MapInboundClaims = false }, time);
        });

        services.AddAuthorization();
        services.AddSingleton<IAuthorizationPolicyProvider, PolicyProvider>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
    }

    /// <summary>Users' tokens of the users service: ES256 by one of its keys, for <see cref="UserAudience"/>, not expired.</summary>
    internal static TokenValidationParameters UserParameters(string issuer, SecurityKey[] keys, TimeProvider time)
    {
        var parameters = Parameters(UserAudience, SecurityAlgorithms.EcdsaSha256, keys, time);
        parameters.ValidIssuer = issuer;
        parameters.ValidTypes = [AccessTokenType];
        return parameters;
    }

    /// <summary>The development issuer's tokens: ES256 by one of its keys, for <see cref="UserAudience"/>, not expired.</summary>
    public static TokenValidationParameters UserParameters(string jwks, TimeProvider time)
    {
        var keys = new JsonWebKeySet(jwks).Keys;
        if (keys.Count == 0) throw new InvalidOperationException($"The secret '{PublicKeysSecret}' holds no key.");
        return Parameters(UserAudience, SecurityAlgorithms.EcdsaSha256, [.. keys], time);
    }

    /// <summary>Service tokens: HS256 by the shared key, for <see cref="ServiceAudience"/>, not expired.</summary>
    internal static TokenValidationParameters ServiceParameters(string key, TimeProvider time) =>
        Parameters(ServiceAudience, SecurityAlgorithms.HmacSha256, [ServiceKey(key)], time);

    internal static SymmetricSecurityKey ServiceKey(string key)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(key);
        return bytes.Length >= 32 ? new SymmetricSecurityKey(bytes) : throw new InvalidOperationException(
            $"The secret '{ServiceKeySecret}' must have at least 32 bytes.");
    }

    private static TokenValidationParameters Parameters(string audience, string algorithm, SecurityKey[] keys, TimeProvider time) => new()
    {
        ValidIssuer = Issuer,
        ValidAudience = audience,
        // One algorithm per kind of token: neither "none" nor a public key used as an HMAC secret gets through.
        ValidAlgorithms = [algorithm],
        IssuerSigningKeys = keys,
        ValidateIssuerSigningKey = true,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        NameClaimType = SubjectClaim,
        RoleClaimType = RolesClaim,
        LifetimeValidator = (notBefore, expires, _, _) =>
        {
            var now = time.GetUtcNow().UtcDateTime;
            if (expires is null) return false;
            if (expires + ClockSkew <= now) throw new SecurityTokenExpiredException("The token has expired.") { Expires = expires.Value };
            return notBefore is null || notBefore - ClockSkew <= now;
        },
    };

    private static void Configure(JwtBearerOptions bearer)
    {
        bearer.MapInboundClaims = false;
        bearer.SaveToken = false;
        bearer.IncludeErrorDetails = false;
    }

    private static void Judge(JwtBearerOptions bearer, TokenHandler handler, TimeProvider time)
    {
        bearer.TokenHandlers.Clear();
        bearer.TokenHandlers.Add(new CachingTokenHandler(handler, time));
    }

    private static Task ReadServiceToken(MessageReceivedContext context)
    {
        context.Token = context.Request.Headers[ServiceHeader].ToString();
        if (context.Token.Length == 0) context.NoResult(); // Never fall back to the user's token.
        return Task.CompletedTask;
    }
}
