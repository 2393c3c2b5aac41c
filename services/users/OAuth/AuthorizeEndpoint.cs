using Microsoft.AspNetCore;
using NexusCart.Users.Actors;
using NexusCart.Users.Api;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace NexusCart.Users.OAuth;

/// <summary>
/// The authorization endpoint: shows the sign-in page, and issues a code when address and password are right. OpenIddict has checked the
/// client's request (client, redirect URI, PKCE, scopes) before.
/// </summary>
internal sealed class AuthorizeEndpoint(
    SignIn signIn, AccountBook accounts, IOpenIddictAuthorizationManager authorizations, IOpenIddictApplicationManager clients,
    Principals principals, FormToken formToken, UsersOptions options, TimeProvider time)
{
    public const string Path = "/connect/authorize";

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("There is no OAuth request.");
        if (request.HasPromptValue(PromptValues.None))
            return Principals.Refuse(Errors.LoginRequired, "Nobody is signed in here: each sign-in asks for the password.");

        var isForm = HttpMethods.IsPost(context.Request.Method) && request[SignInPage.PasswordField] is not null;
        if (!isForm)
            return Page(context, request, null);
        if (!formToken.Fits(context, (string?)request[FormToken.Field]))
            return Page(context, request, "The page was open for too long. Try again.");

        var email = (string?)request[SignInPage.EmailField] ?? "";
        var password = (string?)request[SignInPage.PasswordField] ?? "";
        return await signIn.CheckAsync(email, password, context.RequestAborted) is { } account
            ? await BeginSessionAsync(account, request, context.RequestAborted)
            : Page(context, request, SignInPage.Refused);
    }

    private async Task<IResult> BeginSessionAsync(Account account, OpenIddictRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var scopes = request.GetScopes();
        var client = await clients.FindByClientIdAsync(request.ClientId!, cancellationToken)
            ?? throw new InvalidOperationException("The client has gone.");
        var grant = new OpenIddictAuthorizationDescriptor
        {
            ApplicationId = await clients.GetIdAsync(client, cancellationToken),
            CreationDate = now,
            Status = Statuses.Valid,
            Subject = account.Id,
            Type = AuthorizationTypes.AdHoc,
        };
        grant.Scopes.UnionWith(scopes);
        var authorization = await authorizations.CreateAsync(grant, cancellationToken);
        var sessionId = (await authorizations.GetIdAsync(authorization, cancellationToken))!;
        var answer = await accounts.DoAsync(
            account.Id, new StartSession(sessionId, request.ClientId!, now + options.RefreshTokenLifetime), cancellationToken);
        if (answer.Account is not { } current)
            return Principals.Refuse(Errors.AccessDenied, "The account has gone.");
        var principal = await principals.OfAsync(current, sessionId, scopes, cancellationToken);
        principal.SetAuthorizationId(sessionId);
        return Principals.Accept(principal);
    }

    private IResult Page(HttpContext context, OpenIddictRequest request, string? message) =>
        SignInPage.Render(context, request, formToken.Issue(context), message);
}
