using System.Text;
using System.Text.Json;
using Grpc.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NexusCart.Tests.Services.Payments;

/// <summary>Tokens by the development keys of the embedded profile.</summary>
internal static class Tokens
{
    private static readonly JsonElement Secrets = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "components", "secrets.json"))).RootElement;

    /// <summary>The headers of a call by another service, to payments.</summary>
    public static Metadata Service() => new()
    {
        { "dapr-app-id", "payments" },
        {
            "nexus-service-token", Token("nexuscart-internal", new Dictionary<string, object> { ["sub"] = "orders" },
                new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secrets.GetProperty("service-token-key").GetString()!)), SecurityAlgorithms.HmacSha256))
        },
    };

    /// <summary>The headers of a call by a user.</summary>
    public static Metadata User(params string[] roles) => User("somebody", roles);

    /// <summary>The headers of a call by a customer.</summary>
    public static Metadata Customer(string customerId) => User(customerId, []);

    private static Metadata User(string subject, string[] roles) => new()
    {
        { "dapr-app-id", "payments" },
        {
            "authorization", "Bearer " + Token("nexuscart", new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles },
                new SigningCredentials(new JsonWebKey(Secrets.GetProperty("token-signing-key").GetString()!), SecurityAlgorithms.EcdsaSha256))
        },
    };

    /// <summary>The headers of a call by a customer of a group.</summary>
    public static Metadata Member(string group) => new()
    {
        { "dapr-app-id", "payments" },
        {
            "authorization", "Bearer " + Token("nexuscart", new Dictionary<string, object> { ["sub"] = "somebody", ["customer_group"] = group },
                new SigningCredentials(new JsonWebKey(Secrets.GetProperty("token-signing-key").GetString()!), SecurityAlgorithms.EcdsaSha256))
        },
    };

    /// <summary>A user's token.</summary>
    public static string Of(string subject, params string[] roles) => Token(
        "nexuscart", new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles },
        new SigningCredentials(new JsonWebKey(Secrets.GetProperty("token-signing-key").GetString()!), SecurityAlgorithms.EcdsaSha256));

    private static string Token(string audience, Dictionary<string, object> claims, SigningCredentials key)
    {
        var now = DateTime.UtcNow;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "nexuscart",
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(10),
            Claims = claims,
            SigningCredentials = key,
        });
    }
}

/// <summary>Where things lie in the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = RepositoryRoot.Folder;

    /// <summary>A program as built with this test assembly's configuration.</summary>
    public static string Program(string project, string assembly) =>
        Path.Combine(Root, project, "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", assembly);
}
