using System.Text.Json;
using NexusCart.Platform.Security;
using NexusCart.Users.Actors;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace NexusCart.Users.OAuth;

/// <summary>The shop's own clients and scopes.</summary>
public static class ShopClients
{
    /// <summary>The scope that opens the shop's services.</summary>
    public const string ShopScope = "shop";

    /// <summary>The grant a guest gets a token by, without an account.</summary>
    public const string GuestGrant = "urn:nexuscart:params:oauth:grant-type:guest";

    /// <summary>The grant a program gets a token by, showing an API key as <c>assertion</c>.</summary>
    public const string ApiKeyGrant = "urn:nexuscart:params:oauth:grant-type:api-key";

    /// <summary>The claim of a token that came from an API key: the key's id.</summary>
    public const string ApiKeyClaim = "api_key";

    /// <summary>The property with the roles of a client that acts for itself.</summary>
    public const string RolesProperty = "roles";

    /// <summary>The secret of the client <c>operations</c>.</summary>
    public const string OperationsSecret = "operations-client-secret";

    /// <summary>The secret of the client <c>nexuscart</c>.</summary>
    public const string IntrospectionSecret = "introspection-client-secret";

    internal static OpenIddictScopeDescriptor Shop => new()
    {
        Name = ShopScope,
        DisplayName = "Shop in your name",
        Resources = { Tokens.UserAudience },
    };

    /// <summary>What signs people in: a browser or an app, which can keep no secret; PKCE stands in for it.</summary>
    internal static OpenIddictApplicationDescriptor Storefront(UsersOptions options)
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = "storefront",
            ClientType = ClientTypes.Public,
            ConsentType = ConsentTypes.Implicit,
            DisplayName = "NexusCart storefront",
            RedirectUris = { new Uri(new Uri(options.PublicUrl), "signed-in") },
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.Prefixes.GrantType + GuestGrant,
                Permissions.ResponseTypes.Code, Permissions.Scopes.Email, Permissions.Scopes.Profile, Permissions.Scopes.Roles,
                Permissions.Prefixes.Scope + ShopScope,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        };
        foreach (var uri in options.StorefrontRedirects)
            client.RedirectUris.Add(new Uri(uri));
        return client;
    }

    /// <summary>What imports catalogues, receives stock and gives people roles.</summary>
    internal static OpenIddictApplicationDescriptor Operations(ISecrets secrets) => new()
    {
        ClientId = "operations",
        ClientSecret = secrets[OperationsSecret],
        ClientType = ClientTypes.Confidential,
        ConsentType = ConsentTypes.Implicit,
        DisplayName = "Operations",
        Permissions =
        {
            Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials,
            Permissions.Prefixes.Scope + ShopScope,
        },
        Properties =
        {
            [RolesProperty] = JsonSerializer.SerializeToElement<List<string>>(
                ["audit.read", "catalog.write", "inventory.write", "payments.read", "payments.write", "users.write"], UsersJson.Default.ListString),
        },
    };

    /// <summary>What programs of other people get tokens as; who they act for, their API keys say.</summary>
    internal static OpenIddictApplicationDescriptor Integrations => new()
    {
        ClientId = "integrations",
        ClientType = ClientTypes.Public,
        ConsentType = ConsentTypes.Implicit,
        DisplayName = "Integrations",
        Permissions =
        {
            Permissions.Endpoints.Token, Permissions.Prefixes.GrantType + ApiKeyGrant, Permissions.Prefixes.Scope + ShopScope,
        },
    };

    /// <summary>The shop's services as a resource server: whoever would rather ask about a token than judge it.</summary>
    internal static OpenIddictApplicationDescriptor Introspection(ISecrets secrets) => new()
    {
        ClientId = Tokens.UserAudience,
        ClientSecret = secrets[IntrospectionSecret],
        ClientType = ClientTypes.Confidential,
        ConsentType = ConsentTypes.Implicit,
        DisplayName = "The shop's services",
        Permissions = { Permissions.Endpoints.Introspection },
    };
}
