using Microsoft.Extensions.Options;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Hosting;
using NexusCart.Platform.Security;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using NexusCart.Users.Keys;
using NexusCart.Users.OAuth.Stores;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace NexusCart.Users.OAuth;

/// <summary>Puts the OAuth 2 and OpenID Connect server together.</summary>
internal static class OAuthServer
{
    public static void AddOAuthServer(this WebApplicationBuilder builder, UsersOptions options)
    {
        var issuer = new Uri(options.PublicUrl);
        if (issuer.Scheme != Uri.UriSchemeHttps && !builder.Environment.IsDevelopment())
            throw new InvalidOperationException($"Users:PublicUrl is '{options.PublicUrl}': outside Development it must be https.");

        // At Information it writes down what a request carried, e-mail addresses among it.
        builder.Logging.AddFilter("OpenIddict", LogLevel.Warning);
        var services = builder.Services;
        services.RequireSecrets(KeyVault.SecretName, ShopClients.OperationsSecret, ShopClients.IntrospectionSecret);
        services.AddSingleton<KeyVault>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<SigningKeys>());
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<SigningKeys>());
        services.AddHostedService<KeyRefresh>();
        services.AddSingleton<ClientSeeder>();
        services.AddHostedService(provider => provider.GetRequiredService<ClientSeeder>());
        services.AddReadiness("signing keys", static (provider, _) => new(provider.GetRequiredService<SigningKeys>().Loaded));
        services.AddReadiness("clients", static (provider, _) => new(provider.GetRequiredService<ClientSeeder>().Done));
        services.AddSingleton<FormToken>();
        services.AddScoped<Principals>();
        services.AddScoped<AuthorizeEndpoint>();
        services.AddScoped<TokenEndpoint>();
        services.AddOpenIddict()
            .AddCore(static core => core
                .SetDefaultApplicationEntity<ClientRecord>().ReplaceApplicationStore<ClientRecord, ClientStore>()
                .SetDefaultAuthorizationEntity<AuthorizationRecord>().ReplaceAuthorizationStore<AuthorizationRecord, AuthorizationStore>()
                .SetDefaultScopeEntity<ScopeRecord>().ReplaceScopeStore<ScopeRecord, ScopeStore>()
                .SetDefaultTokenEntity<TokenRecord>().ReplaceTokenStore<TokenRecord, TokenStore>())
            .AddServer(server => Configure(server, options, issuer));
    }

    /// <summary>Before authorisation: OpenIddict answers what is its own, once there are keys.</summary>
    public static void UseOAuthServer(this IApplicationBuilder app)
    {
        var keys = app.ApplicationServices.GetRequiredService<SigningKeys>();
        var issuer = new Uri(app.ApplicationServices.GetRequiredService<UsersOptions>().PublicUrl);
        app.Use((context, next) =>
        {
            if (!IsOAuth(context.Request.Path))
                return next(context);
            if (!keys.Loaded)
                throw Refusal.Unavailable("The signing keys are being read.", TimeSpan.FromSeconds(1));
            // The addresses in the discovery document are those of the gateway, not of the sidecar a request came by.
            (context.Request.Scheme, context.Request.Host) = (issuer.Scheme, new HostString(issuer.Authority));
            return next(context);
        });
        app.UseAuthentication();
    }

    public static void MapOAuthServer(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods(AuthorizeEndpoint.Path, [HttpMethods.Get, HttpMethods.Post],
            static (HttpContext context, AuthorizeEndpoint endpoint) => endpoint.HandleAsync(context)).AllowAnonymous();
        endpoints.MapPost(TokenEndpoint.Path,
            static (HttpContext context, TokenEndpoint endpoint) => endpoint.HandleAsync(context)).AllowAnonymous();
    }

    private static void Configure(OpenIddictServerBuilder server, UsersOptions options, Uri issuer)
    {
        server.SetIssuer(issuer)
            .SetAuthorizationEndpointUris("connect/authorize")
            .SetTokenEndpointUris("connect/token")
            .SetRevocationEndpointUris("connect/revoke")
            .SetIntrospectionEndpointUris("connect/introspect")
            .SetConfigurationEndpointUris(".well-known/openid-configuration", ".well-known/oauth-authorization-server")
            .SetJsonWebKeySetEndpointUris(".well-known/jwks");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange()
            .AllowRefreshTokenFlow()
            .AllowClientCredentialsFlow()
            .AllowCustomFlow(ShopClients.GuestGrant)
            .AllowCustomFlow(ShopClients.ApiKeyGrant);
        server.RegisterScopes(Scopes.OpenId, Scopes.OfflineAccess, Scopes.Email, Scopes.Profile, Scopes.Roles, ShopClients.ShopScope);
        server.SetAccessTokenLifetime(options.AccessTokenLifetime)
            .SetRefreshTokenLifetime(options.RefreshTokenLifetime)
            .SetAuthorizationCodeLifetime(options.CodeLifetime)
            .SetRefreshTokenReuseLeeway(options.RefreshReuseLeeway)
            .DisableAccessTokenEncryption(); // Services read access tokens; codes and refresh tokens stay encrypted.
        server.UseAspNetCore()
            .EnableAuthorizationEndpointPassthrough()
            .EnableTokenEndpointPassthrough()
            .DisableTransportSecurityRequirement(); // TLS ends before the gateway.
        // Codes too carry their content, encrypted, like refresh tokens: then every token is found by its id, and none is stored.
        server.AddEventHandler<GenerateTokenContext>(static handler => handler.SetOrder(int.MinValue).UseInlineHandler(static context =>
        {
            if (context.TokenType is TokenTypeIdentifiers.Private.AuthorizationCode)
                (context.IsReferenceToken, context.PersistTokenPayload) = (false, false);
            return default;
        }));
        server.AddEventHandler<HandleRevocationRequestContext>(static handler => handler
            .UseScopedHandler<EndSessionOnRevocation>().SetOrder(int.MaxValue - 100_000));
        // "plain" would let whoever sees the request redeem the code.
        server.Configure(static o => o.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain));
    }

    private static bool IsOAuth(PathString path) => path.StartsWithSegments("/connect") || path.StartsWithSegments("/.well-known");
}
