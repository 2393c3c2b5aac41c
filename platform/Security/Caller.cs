using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Security;

/// <summary>Who calls, by the validated token and nothing else.</summary>
public static class Caller
{
    /// <summary>The customer's (or guest's) id: the token's `sub`.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED: there is no user's token.</exception>
    public static string CustomerId(this ServerCallContext context) => CustomerId(context.GetHttpContext());

    /// <inheritdoc cref="CustomerId(ServerCallContext)"/>
    public static string CustomerId(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var subject = context.User.Identity is { IsAuthenticated: true } ? context.User.FindFirstValue("sub") : null;
        return !string.IsNullOrEmpty(subject) ? subject : throw Refusal.Unauthenticated("A bearer token is needed.");
    }

    /// <summary>Whether the user's token carries a role.</summary>
    public static bool HasRole(this ServerCallContext context, string role) =>
        context.GetHttpContext().User.HasClaim(Tokens.RolesClaim, role);
}
