using System.Diagnostics.CodeAnalysis;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Service invocation over HTTP: everything that is on no route of the API ends here.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class InvocationEndpoint(Invoker invoker, SidecarOptions options)
{
    private const string AppIdHeader = "dapr-app-id";
    private const string MethodMark = "/method/";
    private const int SmallBody = 64 << 10;

    /// <summary>Invokes the app the request names and passes its answer on as it comes.</summary>
    /// <exception cref="DaprApiException">No app is named, or it cannot be called.</exception>
    public async Task HandleAsync(HttpContext context)
    {
        if (FindTarget(context.Request) is not ({ Length: > 0 } appId, var method))
        {
            throw new DaprApiException(
                "ERR_DIRECT_INVOKE",
                "failed getting app id either from the URL path or the header dapr-app-id",
                StatusCodes.Status404NotFound,
                StatusCode.NotFound);
        }

        try
        {
            var request = await CreateRequestAsync(context, appId, method);
            using var response = await invoker.InvokeAsync(request, context.RequestAborted);
            await InvocationAnswer.CopyAsync(context, response);
        }
        catch (Exception e) when (Describe(e) is { } reason && !context.Response.HasStarted)
        {
            var status = e is InvocationException { IsDenied: true } ? StatusCodes.Status403Forbidden : StatusCodes.Status500InternalServerError;
            throw new DaprApiException("ERR_DIRECT_INVOKE", $"failed to invoke, id: {appId}, err: {reason}", status, StatusCode.Internal);
        }
    }

    private async Task<InvocationRequest> CreateRequestAsync(HttpContext context, string appId, string method)
    {
        method = MethodPath.Clean(method);
        var query = context.Request.QueryString.Value ?? "";
        return new InvocationRequest
        {
            AppId = appId,
            Verb = context.Request.Method,
            Method = method,
            Query = query.Length > 1 ? query[1..] : "",
            Headers = InvocationHeaders.Passing(context.Request.Headers),
            Trace = TraceContext.Of(context),
            Body = await BodyOfAsync(context, appId, method),
        };
    }

    private async Task<InvocationBody?> BodyOfAsync(HttpContext context, string appId, string method)
    {
        var length = context.Request.ContentLength;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return length == 0 ? new InvocationBody.Bytes(default) : null;
        if (length > options.MaxBodySize)
            throw new BodyTooLargeException();
        // Without a length nobody knows how much there is to keep: such a call is made once. A small body is here already as a rule,
        // and goes on in one piece.
        return length is not null && (length <= SmallBody || invoker.MayRepeat(appId, method))
            ? new InvocationBody.Bytes(await RequestBody.ReadAsync(context))
            : new InvocationBody.Streamed(new LimitedStream(context.Request.Body, options.MaxBodySize), length);
    }

    private static string? Describe(Exception e) => e switch
    {
        InvocationException => e.Message,
        BodyTooLargeException => e.Message,
        HttpRequestException when e.GetBaseException() is BodyTooLargeException inner => inner.Message,
        HttpRequestException => e.Message,
        _ => null,
    };

    private static (string AppId, string Method)? FindTarget(HttpRequest request)
    {
        var path = RequestPath.RawPath(request.HttpContext);
        if ((HeaderOf(request) ?? BasicAuthOf(request)) is { } named)
            return (named, Decode(RequestPath.CleanPath(path)));

        // The path as it came and not the clean one: an app id may be a URL, with two slashes in it.
        var rest = path.TrimStart('/');
        foreach (var segment in (string[])["v1.0", "invoke"])
        {
            if (!rest.StartsWith(segment + "/", StringComparison.Ordinal))
                return null;
            rest = rest[segment.Length..].TrimStart('/');
        }

        var mark = rest.IndexOf(MethodMark, StringComparison.Ordinal);
        return mark <= 0 ? null : (Decode(rest[..mark]), Decode(rest[(mark + MethodMark.Length)..]));
    }

    private static string Decode(string text) => PercentEncoding.Decode(text, plusIsSpace: false) ?? text;

    private static string? HeaderOf(HttpRequest request) =>
        request.Headers[AppIdHeader].FirstOrDefault() is { Length: > 0 } appId ? appId : null;

    private static string? BasicAuthOf(HttpRequest request)
    {
        const string Scheme = "Basic ";
        var header = request.Headers.Authorization.FirstOrDefault();
        if (header?.StartsWith(Scheme, StringComparison.Ordinal) != true)
            return null;
        var encoded = header[Scheme.Length..];
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return null;
        // A password with a colon in it is no app id.
        return Encoding.UTF8.GetString(bytes, 0, length).Split(':') is [var user, var appId]
            && user.Equals(AppIdHeader, StringComparison.OrdinalIgnoreCase)
                ? appId
                : null;
    }
}
