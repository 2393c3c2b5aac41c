using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using ShopTokens = NexusCart.Platform.Security.Tokens;

namespace NexusCart.Gateway.Tokens;

/// <summary>What a developer asks for; everything may be left out.</summary>
/// <param name="Subject">The customer's id; without it a new guest is made.</param>
/// <param name="Roles">Up to 20 roles, like "catalog.write".</param>
/// <param name="TtlSeconds">1 to 86,400; 3,600 where it is left out.</param>
/// <param name="CustomerGroup">The customer group whose prices hold; none where it is left out.</param>
internal sealed record TokenRequest(
    string? Subject = null, IReadOnlyList<string>? Roles = null, int? TtlSeconds = null, string? CustomerGroup = null);

/// <summary>A token, in the form OAuth 2 gives it.</summary>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    string Subject);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class TokenJson : JsonSerializerContext;

/// <summary>
/// Gives anybody any token, without an account: for development only, where the demo and the tests use it. It exists nowhere else,
/// and neither does its key.
/// </summary>
internal sealed class DevelopmentIssuer(ISecrets secrets, TimeProvider time)
{
    public const string Path = "/dev/tokens";

    /// <summary>The secret with the private key, a JSON Web Key.</summary>
    public const string SigningKeySecret = "token-signing-key";

    private const int DefaultTtl = 3600;
    private const int MostTtl = 86_400;
    private const int MostRoles = 20;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Makes a token.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a field is wrong.</exception>
    public TokenAnswer Issue(TokenRequest request)
    {
        Validate(request);
        var now = time.GetUtcNow();
        var ttl = request.TtlSeconds ?? DefaultTtl;
        var subject = request.Subject ?? Identifiers.New(time);
        var roles = request.Roles ?? (request.Subject is null ? [ShopTokens.GuestRole] : []);
        var claims = new Dictionary<string, object> { ["sub"] = subject, [ShopTokens.RolesClaim] = roles.ToArray() };
        if (request.CustomerGroup is { } group)
            claims[ShopTokens.CustomerGroupClaim] = group;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = ShopTokens.Issuer,
            Audience = ShopTokens.UserAudience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = now.AddSeconds(ttl).UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(new JsonWebKey(secrets[SigningKeySecret]), SecurityAlgorithms.EcdsaSha256),
        });
        return new TokenAnswer(token, "Bearer", ttl, subject);
    }

    private static void Validate(TokenRequest request)
    {
        var violations = new Violations();
        if (request.Subject is not null) violations.CheckId(request.Subject, "subject");
        if (request.CustomerGroup is not null) violations.CheckId(request.CustomerGroup, "customerGroup");
        violations.Check(request.TtlSeconds is null or (>= 1 and <= MostTtl), "ttlSeconds", $"must be 1 to {MostTtl}");
        violations.Check(request.Roles is null or { Count: <= MostRoles }, "roles", $"must be at most {MostRoles}");
        for (var i = 0; i < Math.Min(request.Roles?.Count ?? 0, MostRoles); i++)
        {
            violations.CheckSku(request.Roles![i], $"roles[{i}]"); // Roles are written like SKUs: "catalog.write".
        }
        violations.ThrowIfAny();
    }
}

/// <summary>The development issuer's door.</summary>
internal static class DevelopmentIssuerEndpoint
{
    public static void AddDevelopmentIssuer(this WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment()) return;
        builder.Services.RequireSecrets(DevelopmentIssuer.SigningKeySecret);
        builder.Services.AddSingleton<DevelopmentIssuer>();
    }

    public static void MapDevelopmentIssuer(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment()) return;
        app.MapPost(DevelopmentIssuer.Path, IssueAsync).AllowAnonymous().WithMetadata(new Entrance.PublicEndpoint());
    }

    private static async Task<JsonHttpResult<TokenAnswer>> IssueAsync(HttpContext context, DevelopmentIssuer issuer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(issuer.Issue(await ReadAsync(context.Request)), TokenJson.Default.TokenAnswer);
    }

    private static async Task<TokenRequest> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength is 0 || (request.ContentLength is null && request.ContentType is null)) return new TokenRequest();
        if (!request.HasJsonContentType()) throw new BadHttpRequestException("The content type is not JSON.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, TokenJson.Default.TokenRequest, request.HttpContext.RequestAborted) ?? new TokenRequest();
        }
        catch (JsonException fault)
        {
            throw Refusal.Invalid(fault.Path is { Length: > 2 } path ? path[2..] : "body", "is not what is expected here");
        }
    }
}
