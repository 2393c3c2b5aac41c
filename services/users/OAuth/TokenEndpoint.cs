using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using NexusCart.Platform.Values;
using NexusCart.Users.Actors;
using NexusCart.Users.Api;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using ShopTokens = NexusCart.Platform.Security.Tokens;

namespace NexusCart.Users.OAuth;

/// <summary>
/// The token endpoint. OpenIddict has checked the client, the code or refresh token, and PKCE; here is judged whether the person may
/// still do so, and with which roles.
/// </summary>
internal sealed class TokenEndpoint(
    AccountBook accounts, UserActors actors, ApiKeys apiKeys, IOpenIddictApplicationManager clients, Principals principals, UsersOptions options, TimeProvider time)
{
    public const string Path = "/connect/token";

    /// <summary>Subjects without an account begin so; user ids are hexadecimal.</summary>
    private const string GuestPrefix = "guest-";

    private const string ClientPrefix = "client-";

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("There is no OAuth request.");
        var cancellationToken = context.RequestAborted;
        if (request.IsAuthorizationCodeGrantType() || request.IsRefreshTokenGrantType())
            return await ExchangeAsync(context, cancellationToken);
        if (request.IsClientCredentialsGrantType())
            return await ForClientAsync(request, cancellationToken);
        if (request.GrantType == ShopClients.ApiKeyGrant)
            return await ForApiKeyAsync(request, cancellationToken);
        if (request.GrantType == ShopClients.GuestGrant)
        {
            var guest = GuestPrefix + Identifiers.New(time);
            return Principals.Accept(await principals.OfAsync(guest, [ShopTokens.GuestRole], request.GetScopes(), cancellationToken));
        }

        return Principals.Refuse(Errors.UnsupportedGrantType, "This grant type is not known here.");
    }

    private async Task<IResult> ExchangeAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var shown = (await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal
            ?? throw new InvalidOperationException("There is no principal in the code or refresh token.");
        var subject = shown.GetClaim(Claims.Subject) ?? "";
        var session = shown.GetAuthorizationId() ?? "";
        // OpenIddict looks whether a token was used and marks it later: of two that come at once it would let both through.
        if (!GrantActor.TryParseTokenId(shown.GetTokenId(), out var grant, out var number)
            || !await actors.GrantAsync<int, bool>(grant, nameof(IGrantActor.RedeemAsync), number, cancellationToken))
        {
            return Principals.Refuse(Errors.InvalidGrant, "It was used before. Sign in again.");
        }

        ClaimsPrincipal principal;
        if (subject.StartsWith(GuestPrefix, StringComparison.Ordinal))
        {
            principal = await principals.OfAsync(subject, [ShopTokens.GuestRole], shown.GetScopes(), cancellationToken);
        }
        else
        {
            var answer = await accounts.DoAsync(
                subject, new RefreshSession(session, time.GetUtcNow() + options.RefreshTokenLifetime), cancellationToken);
            if (answer is not { Verdict: AccountVerdict.Done, Account: { } account })
                return Principals.Refuse(Errors.InvalidGrant, "The session has ended. Sign in again.");
            principal = await principals.OfAsync(account, session, shown.GetScopes(), cancellationToken);
        }

        // The family goes on: a token of it used twice ends it.
        return Principals.Accept(principal.SetAuthorizationId(session));
    }

    private async Task<IResult> ForApiKeyAsync(OpenIddictRequest request, CancellationToken cancellationToken)
    {
        if (await apiKeys.FindAsync(request.Assertion ?? "", cancellationToken) is not var (account, key))
            return Principals.Refuse(Errors.InvalidGrant, "The API key is not good, or no longer.");
        // The key is what lasts; a refresh token beside it would outlive it.
        var scopes = request.GetScopes().Remove(Scopes.OfflineAccess);
        // A key may never do what its person may not, also when the person's roles were taken away later.
        var roles = key.Roles.Intersect(account.Roles, StringComparer.Ordinal).ToList();
        var principal = await principals.OfAsync(account.Id, roles, scopes, cancellationToken);
        principal.SetClaim(ShopClients.ApiKeyClaim, key.Id);
        if (account.CustomerGroup.Length > 0)
            principal.SetClaim(ShopTokens.CustomerGroupClaim, account.CustomerGroup);
        principal.SetDestinations(static claim => claim.Type is ShopClients.ApiKeyClaim or ShopTokens.CustomerGroupClaim
            ? [Destinations.AccessToken]
            : claim.GetDestinations());
        return Principals.Accept(principal);
    }

    private async Task<IResult> ForClientAsync(OpenIddictRequest request, CancellationToken cancellationToken)
    {
        var client = await clients.FindByClientIdAsync(request.ClientId!, cancellationToken)
            ?? throw new InvalidOperationException("The client has gone.");
        var properties = await clients.GetPropertiesAsync(client, cancellationToken);
        var roles = properties.TryGetValue(ShopClients.RolesProperty, out var value)
            ? value.Deserialize(UsersJson.Default.ListString) ?? []
            : [];
        return Principals.Accept(await principals.OfAsync(ClientPrefix + request.ClientId, roles, request.GetScopes(), cancellationToken));
    }
}
