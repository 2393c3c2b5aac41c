using System.Security.Cryptography;
using System.Text;
using ErrorInfo = Google.Rpc.ErrorInfo;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Api;

/// <summary>Refuses callers that do not show the API token (DAPR_API_TOKEN), on both ports; the token goes no further.</summary>
internal static class ApiTokenMiddleware
{
    private const string Header = "dapr-api-token";

    /// <summary>Adds the check when a token is set.</summary>
    public static void UseApiToken(this IApplicationBuilder app, SidecarOptions options)
    {
        if (string.IsNullOrEmpty(options.ApiToken))
            return;
        var expected = Encoding.UTF8.GetBytes(options.ApiToken);
        app.Use((context, next) =>
        {
            var given = context.Request.Headers[Header];
            if (given.Count == 1 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given[0] ?? ""), expected))
            {
                context.Request.Headers.Remove(Header);
                return next(context);
            }

            return IsOpen(context.Request) ? next(context) : RefuseAsync(context, given.Count > 0);
        });
    }

    // Judged by the path as it came: only these spellings are open, not what cleaning makes of others.
    private static bool IsOpen(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && Http.RequestPath.RawPath(request.HttpContext).TrimEnd('/') is "/v1.0/healthz" or "/v1.0/healthz/outbound";

    private static Task RefuseAsync(HttpContext context, bool wrongToken)
    {
        if (context.IsGrpcCall())
        {
            var info = new ErrorInfo { Domain = "dapr.io", Reason = "Unauthorized" };
            info.Metadata["http.code"] = "401";
            info.Metadata["http.error_message"] = wrongToken
                ? "authentication error: api token mismatch"
                : "missing api token in request metadata";
            return GrpcErrors.WriteTrailersOnlyAsync(context, global::Grpc.Core.StatusCode.Unauthenticated, "Unauthorized", info);
        }

        return context.Response.PlainErrorAsync(StatusCodes.Status401Unauthorized, "invalid api token\n");
    }
}
