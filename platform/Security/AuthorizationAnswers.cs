using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Security;

/// <summary>Answers a missing or insufficient token with a problem document, or a gRPC status.</summary>
internal sealed class AuthorizationAnswers : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }

        if (authorizeResult.Forbidden)
        {
            await new Problem(StatusCodes.Status403Forbidden, "The token does not allow this.").WriteAsync(context);
            return;
        }

        var scheme = policy.AuthenticationSchemes is [var first, ..] ? first : Tokens.UserScheme;
        var why = (await context.AuthenticateAsync(scheme)).Failure;
        if (why is KeysUnavailableException)
        {
            await new Problem(StatusCodes.Status503ServiceUnavailable, "Tokens cannot be checked at the moment.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }.WriteAsync(context);
            return;
        }

        context.Response.Headers.WWWAuthenticate = why is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        await new Problem(StatusCodes.Status401Unauthorized, Explain(scheme, why)).WriteAsync(context);
    }

    private static string Explain(string scheme, Exception? why) => (scheme, why) switch
    {
        (Tokens.ServiceScheme, _) => "This is for other services of the shop.",
        (_, null) => "A bearer token is needed.",
        (_, SecurityTokenExpiredException) => "The token has expired.",
        _ => "The token is not valid.",
    };
}
