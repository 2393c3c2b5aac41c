using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Tracing;
using ErrorInfo = Google.Rpc.ErrorInfo;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Service invocation by RPC.</content>
public sealed partial class DaprApi
{
    private const string HttpStatusHeader = "dapr-http-status";

    // Bytes of an app's error that the details quote: values of an ErrorInfo are short.
    private const int LongestErrorBody = 63;

    /// <summary>Calls a method of an app.</summary>
    public async Task<Rt.InvokeResponse> InvokeService(Rt.InvokeServiceRequest request, ServerCallContext context)
    {
        try
        {
            var invoker = Block<Invoker>();
            return invoker.Resolve(request.Id) is InvocationTarget.App { Sidecar: var callee }
                && callee.Options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs
                ? await CallGrpcAppAsync(request, callee, context)
                : await CallHttpAppAsync(invoker, request, context);
        }
        catch (Exception e) when (e is InvocationException or HttpRequestException)
        {
            throw new DaprApiException(
                "ERR_DIRECT_INVOKE", $"failed to invoke, id: {request.Id}, err: {e.Message}", StatusCodes.Status500InternalServerError, StatusCode.Internal);
        }
    }

    private async Task<Rt.InvokeResponse> CallGrpcAppAsync(Rt.InvokeServiceRequest request, Hosting.Sidecar callee, ServerCallContext context)
    {
        Invoker.EnsureCallable(callee, isSelf: ReferenceEquals(callee, Block<Hosting.Sidecar>()));
        AccessControl.Check(Block<Hosting.Sidecar>(), callee, request.Message?.Method ?? "", verb: "");
        var trace = TraceContext.Of(context.GetHttpContext());
        var method = request.Message?.Method ?? "";
        using var leg = ReferenceEquals(callee, Block<Hosting.Sidecar>()) || !callee.Tracing.Exports
            ? new Leg(trace, null)
            : callee.Tracing.Start($"CallLocal/{callee.Options.AppId}/{method}", ActivityKind.Server, trace.TraceParent, trace.TraceState);
        if (leg.Span is { } span)
            ApiSpans.DescribeCall(span, method);
        return await GrpcAppInvocation.CallAsync(
            request.Message ?? new Rt.InvokeRequest(), HeadersOf(context), leg.Trace, Block<Hosting.Sidecar>(), callee, context.CancellationToken);
    }

    private async Task<Rt.InvokeResponse> CallHttpAppAsync(Invoker invoker, Rt.InvokeServiceRequest request, ServerCallContext context)
    {
        if (request.Message?.HttpExtension is not { Verb: not Rt.HTTPExtension.Types.Verb.None } extension)
            throw new InvocationException("rpc error: code = InvalidArgument desc = missing HTTP extension field");
        var headers = HeadersOf(context);
        if (request.Message.ContentType.Length > 0)
            headers.Add(new("content-type", [request.Message.ContentType]));
        var data = request.Message.Data?.Value.Memory ?? default;
        using var response = await invoker.InvokeAsync(
            new InvocationRequest
            {
                AppId = request.Id,
                Verb = extension.Verb.ToString().ToUpperInvariant(),
                Method = MethodPath.Clean(request.Message.Method),
                Query = extension.Querystring,
                Headers = headers,
                Trace = TraceContext.Of(context.GetHttpContext()),
                Body = data.IsEmpty && extension.Verb is Rt.HTTPExtension.Types.Verb.Get or Rt.HTTPExtension.Types.Verb.Head
                    ? null
                    : new InvocationBody.Bytes(data),
            },
            context.CancellationToken);
        return await ToRpcAsync(response, context);
    }

    private async Task<Rt.InvokeResponse> ToRpcAsync(HttpResponseMessage response, ServerCallContext context)
    {
        var status = (int)response.StatusCode;
        var body = await response.Content.ReadAsByteArrayAsync(context.CancellationToken);
        var answer = new Rt.InvokeResponse
        {
            Data = new Any { Value = UnsafeByteOperations.UnsafeWrap(body) },
            ContentType = response.Content.Headers.NonValidated.TryGetValues("content-type", out var type) ? type.ToString() : "",
        };
        var limit = Block<SidecarOptions>().MaxBodySize;
        if (answer.CalculateSize() > limit)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"grpc: trying to send message larger than max ({answer.CalculateSize()} vs. {limit})"));
        }

        await context.WriteResponseHeadersAsync(HeadersOf(response));
        if (StatusCodeMap.ToGrpc(status) is not StatusCode.OK and var code)
            throw FailureOf(code, status, body);
        return answer;
    }

    private static RpcException FailureOf(StatusCode code, int status, byte[] body)
    {
        var reason = StatusCodeMap.TextOf(status);
        var info = new ErrorInfo { Reason = reason, Domain = "dapr.io" };
        info.Metadata["http.code"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        info.Metadata["http.error_message"] = System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestErrorBody)));
        return GrpcErrors.ToRpcException(new DaprApiException("ERR_DIRECT_INVOKE", reason, status, code) { Details = [info] });
    }

    private static global::Grpc.Core.Metadata HeadersOf(HttpResponseMessage response)
    {
        var metadata = new global::Grpc.Core.Metadata
        {
            { HttpStatusHeader, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture) },
        };
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            var key = name.ToLowerInvariant();
            if (InvocationHeaders.IsHopByHop(key)
                || key is "server" or TraceContext.ParentHeader or TraceContext.StateHeader
                || key.EndsWith("-bin", StringComparison.Ordinal))
                continue;
            foreach (var value in values)
                metadata.Add(InvocationHeaders.MetadataNameOf(key), value);
        }

        return metadata;
    }

    // What gRPC keeps for itself arrives under a name of Dapr's.
    private static List<KeyValuePair<string, string[]>> HeadersOf(ServerCallContext context)
    {
        var headers = InvocationHeaders.Passing(context.GetHttpContext().Request.Headers)
            .Where(header => !header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase))
            .Select(header => header.Key.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase)
                ? KeyValuePair.Create("dapr-" + header.Key.ToLowerInvariant(), header.Value)
                : header)
            .ToList();
        headers.Add(new("dapr-authority", [context.Host]));
        return headers;
    }
}
