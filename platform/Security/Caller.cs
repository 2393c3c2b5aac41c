using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
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

    /// <summary>
    /// The customer's group by his token, for RPCs that anybody may call: the claim `customer_group`; empty where there is none, or no
    /// valid token.
    /// </summary>
    public static async Task<string> CustomerGroupAsync(this ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (http.Request.Headers.Authorization.Count == 0) return "";
        var result = await http.AuthenticateAsync(Tokens.UserScheme);
        return result.Principal?.FindFirstValue(Tokens.CustomerGroupClaim) ?? "";
    }

    /// <summary>Whether another service of the shop calls, by its token, where anybody may call.</summary>
    public static async Task<bool> IsServiceAsync(this ServerCallContext context)
    {
        var http = context.GetHttpContext();
        return http.Request.Headers.ContainsKey(Tokens.ServiceHeader) && (await http.AuthenticateAsync(Tokens.ServiceScheme)).Succeeded;
    }

    /// <summary>Whether the user's token carries a role.</summary>
    public static bool HasRole(this ServerCallContext context, string role) =>
        context.GetHttpContext().User.HasClaim(Tokens.RolesClaim, role);
}
