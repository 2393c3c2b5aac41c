using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Calls of an app that speaks gRPC: every method arrives as <c>AppCallback/OnInvoke</c>.</summary>
internal static class GrpcAppInvocation
{
    private static readonly Method<InvokeRequest, InvokeResponse> OnInvoke =
        GrpcMethods.Unary<InvokeRequest, InvokeResponse>("dapr.proto.runtime.v1.AppCallback", "OnInvoke");

    /// <summary>Calls the app and gives its answer as HTTP would have it.</summary>
    /// <exception cref="InvocationException">The app cannot be reached.</exception>
    public static async Task<HttpResponseMessage> InvokeAsync(
        InvocationRequest request, Hosting.Sidecar caller, Hosting.Sidecar callee, CancellationToken cancellation)
    {
        var contentType = request.Headers.FirstOrDefault(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value;
        var message = new InvokeRequest
        {
            Method = MethodPath.Clean(request.Method),
            ContentType = contentType is [var first, ..] ? first : "",
            Data = new Any { Value = request.Body is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(await request.Body.ReadAsync(cancellation)) },
            HttpExtension = new HTTPExtension
            {
                Verb = System.Enum.TryParse<HTTPExtension.Types.Verb>(request.Verb, ignoreCase: true, out var verb) ? verb : HTTPExtension.Types.Verb.None,
                Querystring = request.Query,
            },
        };
        try
        {
            var headers = request.Headers.Select(header => KeyValuePair.Create(InvocationHeaders.MetadataNameOf(header.Key), header.Value));
            return ToHttp(await CallAsync(message, headers, request.Trace, caller, callee, cancellation));
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Unavailable && !cancellation.IsCancellationRequested)
        {
            return ToHttp(e.Status);
        }
        catch (RpcException e) when (!cancellation.IsCancellationRequested)
        {
            throw InvocationException.Remote($"error invoking app channel: {e.Status.Detail}", e);
        }
    }

    /// <summary>Calls the app.</summary>
    /// <exception cref="RpcException">The app's own error, or it cannot be reached (Unavailable).</exception>
    public static async Task<InvokeResponse> CallAsync(
        InvokeRequest message,
        IEnumerable<KeyValuePair<string, string[]>> headers,
        TraceContext trace,
        Hosting.Sidecar caller,
        Hosting.Sidecar callee,
        CancellationToken cancellation)
    {
        var metadata = new global::Grpc.Core.Metadata();
        foreach (var (name, values) in headers)
        {
            var key = name.ToLowerInvariant();
            if (!IsMetadataName(key) || key is "content-type" or "user-agent" || key.StartsWith("grpc-", StringComparison.Ordinal))
                continue;
            foreach (var value in values)
                metadata.Add(key, value);
        }

        metadata.Add(TraceContext.ParentHeader, trace.TraceParent);
        if (!ReferenceEquals(caller, callee))
        {
            metadata.Add("dapr-caller-app-id", caller.Options.AppId);
            metadata.Add("dapr-callee-app-id", callee.Options.AppId);
        }

        return await callee.App.Grpc.AsyncUnaryCall(OnInvoke, null, new CallOptions(metadata, cancellationToken: cancellation), message);
    }

    private static bool IsMetadataName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');

    private static HttpResponseMessage ToHttp(InvokeResponse answer)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ReadOnlyMemoryContent(answer.Data?.Value.Memory ?? default) };
        if (answer.ContentType.Length > 0)
            response.Content.Headers.TryAddWithoutValidation("content-type", answer.ContentType);
        return response;
    }

    private static HttpResponseMessage ToHttp(Status status)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { code = (int)status.StatusCode, message = status.Detail }, Api.Http.HttpApi.Json);
        return new HttpResponseMessage((HttpStatusCode)StatusCodeMap.ToHttp(status.StatusCode))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain", "utf-8") } },
        };
    }
}
