using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace NexusCart.Platform.Security;

/// <summary>A user's token that comes in a request's body, as proof that its bearer was that user too.</summary>
public static class PresentedToken
{
    /// <summary>Judges the token by the rules of one in the header; null when it would be refused there.</summary>
    /// <param name="context">The call that shows it.</param>
    /// <param name="token">The token. It is a secret: it goes into no log and no answer.</param>
    public static async Task<ClaimsIdentity?> ReadPresentedTokenAsync(this ServerCallContext context, string token)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bearer = context.GetHttpContext().RequestServices.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(Tokens.UserScheme);
        var result = await bearer.TokenHandlers.Single().ValidateTokenAsync(token, bearer.TokenValidationParameters);
        return result.IsValid ? result.ClaimsIdentity : null;
    }
}
