using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using NexusCart.Platform.Security;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace NexusCart.Users.OAuth;

/// <summary>Makes the principals that tokens are made of, and the answers that OpenIddict turns into OAuth's.</summary>
internal sealed class Principals(IOpenIddictScopeManager scopeManager)
{
    /// <summary>A person's, in a session.</summary>
    public Task<ClaimsPrincipal> OfAsync(
        Account account, string sessionId, ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        var identity = Identity(account.Id, account.Roles);
        if (account.Sessions.FirstOrDefault(session => session.Id == sessionId) is { } session)
            identity.SetClaim(Claims.AuthenticationTime, session.StartedAt.ToUnixTimeSeconds());
        if (account.CustomerGroup.Length > 0)
            identity.SetClaim(Tokens.CustomerGroupClaim, account.CustomerGroup);
        if (scopes.Contains(Scopes.Email))
            identity.SetClaim(Claims.Email, account.Email).SetClaim(Claims.EmailVerified, account.EmailVerified);
        if (scopes.Contains(Scopes.Profile))
            identity.SetClaim(Claims.Name, account.DisplayName);
        return FinishAsync(identity, scopes, cancellationToken);
    }

    /// <summary>That of somebody, or something, without an account.</summary>
    public Task<ClaimsPrincipal> OfAsync(
        string subject, IReadOnlyList<string> roles, ImmutableArray<string> scopes, CancellationToken cancellationToken) =>
        FinishAsync(Identity(subject, roles), scopes, cancellationToken);

    /// <summary>Has OpenIddict issue tokens.</summary>
    public static IResult Accept(ClaimsPrincipal principal) =>
        Results.SignIn(principal, null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);

    /// <summary>Has OpenIddict answer with an OAuth error.</summary>
    public static IResult Refuse(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);

    private static ClaimsIdentity Identity(string subject, IReadOnlyList<string> roles) =>
        new ClaimsIdentity("NexusCart", Claims.Name, Tokens.RolesClaim)
            .SetClaim(Claims.Subject, subject)
            .SetClaims(Tokens.RolesClaim, [.. roles]);

    private async Task<ClaimsPrincipal> FinishAsync(ClaimsIdentity identity, ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        identity.SetScopes(scopes);
        var resources = new List<string>();
        await foreach (var resource in scopeManager.ListResourcesAsync(scopes, cancellationToken))
            resources.Add(resource);
        identity.SetResources(resources);
        // What personal data a client asked for goes into the token that is for the client; services need none of it.
        identity.SetDestinations(static claim => claim.Type switch
        {
            Claims.Name or Claims.Email or Claims.EmailVerified or Claims.AuthenticationTime => [Destinations.IdentityToken],
            Tokens.RolesClaim when claim.Subject!.HasScope(Scopes.Roles) => [Destinations.AccessToken, Destinations.IdentityToken],
            _ => [Destinations.AccessToken],
        });
        return new ClaimsPrincipal(identity);
    }
}
