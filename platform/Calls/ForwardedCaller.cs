using Grpc.Core;
using Microsoft.Net.Http.Headers;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Calls;

/// <summary>Calls another service as the user who called this one.</summary>
public static class ForwardedCaller
{
    /// <summary>Call options that carry the user's bearer token on, and end with the incoming call.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED: the incoming call has no bearer token.</exception>
    public static CallOptions OnBehalfOfUser(this ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bearer = context.GetHttpContext().Request.Headers[HeaderNames.Authorization].ToString();
        if (bearer.Length == 0) throw Refusal.Unauthenticated("A bearer token is needed.");
        return new CallOptions(new Metadata { { "authorization", bearer } }, cancellationToken: context.CancellationToken);
    }
}
