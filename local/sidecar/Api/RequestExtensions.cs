using System.Text;

namespace NexusCart.Sidecar.Api;

/// <summary>Small helpers of both adapters.</summary>
internal static class RequestExtensions
{
    /// <summary>Whether the request is a gRPC call.</summary>
    public static bool IsGrpcCall(this HttpContext context) =>
        context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true
        && HttpProtocol.IsHttp2(context.Request.Protocol);

    /// <summary>Answers a plain text error as Go's http.Error does.</summary>
    public static Task PlainErrorAsync(this HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        var body = Encoding.UTF8.GetBytes(text);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }
}
