using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace NexusCart.Users.OAuth;

/// <summary>
/// A client that gives its refresh token back signs the person out there: the session ends, and every token of the grant with it
/// (RFC 7009, 2.1).
/// </summary>
internal sealed class EndSessionOnRevocation(AccountBook accounts, UserActors actors) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var token = context.GenericTokenPrincipal;
        if (token?.GetTokenType() is not TokenTypeIdentifiers.RefreshToken || token.GetAuthorizationId() is not { } grant)
            return;
        if (token.GetClaim(Claims.Subject) is { } subject)
            await accounts.DoAsync(subject, new EndSession(grant), context.CancellationToken);
        await actors.GrantAsync<bool>(grant, nameof(IGrantActor.RevokeAsync), context.CancellationToken);
    }
}
