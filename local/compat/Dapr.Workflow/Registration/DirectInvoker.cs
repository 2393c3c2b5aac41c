using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;

namespace Dapr.Workflow.Registration;

/// <summary>
/// Makes unary calls straight over HTTP/2. A worker makes one for each item, and a gRPC channel does much around a call that a sidecar
/// on the same machine needs none of (balancing, retries, compression, credentials). Streams and calls with a deadline go through the
/// channel.
/// </summary>
/// <param name="channel">For what is not made here.</param>
/// <param name="http">Speaks HTTP/2.</param>
/// <param name="address">The sidecar.</param>
/// <param name="limits">The largest messages.</param>
internal sealed class DirectInvoker(CallInvoker channel, HttpMessageInvoker http, Uri address, MessageSizeLimits limits) : CallInvoker
{
    private static readonly Task<Metadata> NoHeaders = Task.FromResult(new Metadata());
    private static readonly MediaTypeHeaderValue GrpcType = new("application/grpc");

    private readonly ConcurrentDictionary<string, Uri> _addresses = new(StringComparer.Ordinal);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        if (options.Deadline is not null || options.Credentials is not null || request is not IMessage message)
            return channel.AsyncUnaryCall(method, host, options, request);

        var response = CallAsync(method, options, message);
        return new AsyncUnaryCall<TResponse>(response, NoHeaders, () => StatusOf(response), static () => [], static () => { });
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        channel.BlockingUnaryCall(method, host, options, request);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        channel.AsyncServerStreamingCall(method, host, options, request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        channel.AsyncClientStreamingCall(method, host, options);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        channel.AsyncDuplexStreamingCall(method, host, options);

    private static Status StatusOf(Task response) => response switch
    {
        { IsCompletedSuccessfully: true } => Status.DefaultSuccess,
        { Exception.InnerException: RpcException failed } => failed.Status,
        _ => throw new InvalidOperationException("The call has not ended."),
    };

    private async Task<TResponse> CallAsync<TRequest, TResponse>(Method<TRequest, TResponse> method, CallOptions options, IMessage message)
        where TRequest : class
        where TResponse : class
    {
        var size = message.CalculateSize();
        if (size > (limits.Send ?? int.MaxValue))
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "Sending message exceeds the maximum configured message size."));

        using var request = new HttpRequestMessage(HttpMethod.Post, AddressOf(method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new MessageContent(message, size),
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        if (options.Headers is { Count: > 0 } headers)
            Add(request.Headers, headers);

        try
        {
            using var answer = await http.SendAsync(request, options.CancellationToken).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw new RpcException(new Status(CodeOf(answer.StatusCode), $"Bad gRPC response. HTTP status code: {(int)answer.StatusCode}"));

            ThrowUnlessOk(answer.Headers, isLast: false);
            var response = await GrpcFrame.ReadAsync(answer.Content, method.ResponseMarshaller, limits.Receive, options.CancellationToken).ConfigureAwait(false);
            ThrowUnlessOk(answer.TrailingHeaders, isLast: true);
            return response ?? throw new RpcException(new Status(StatusCode.Internal, "Failed to deserialize response message."));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"The sidecar did not answer: {failure.Message}", failure));
        }
        catch (OperationCanceledException cancelled) when (options.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.", cancelled));
        }
    }

    private static void Add(HttpRequestHeaders target, Metadata headers)
    {
        foreach (var header in headers)
        {
            target.TryAddWithoutValidation(header.Key, header.IsBinary ? Convert.ToBase64String(header.ValueBytes) : header.Value);
        }
    }

    private Uri AddressOf(string method) =>
        _addresses.TryGetValue(method, out var known) ? known : _addresses[method] = new Uri(address, method);

    /// <summary>The outcome stands behind the answer, or in its headers when there is nothing else.</summary>
    private static void ThrowUnlessOk(HttpHeaders headers, bool isLast)
    {
        if (!headers.NonValidated.TryGetValues("grpc-status", out var codes))
        {
            if (isLast)
                throw new RpcException(new Status(StatusCode.Internal, "No grpc-status found on response."));

            return;
        }

        var code = codes.ToString();
        if (code == "0")
            return;

        var detail = headers.NonValidated.TryGetValues("grpc-message", out var messages) ? Uri.UnescapeDataString(messages.ToString()) : "";
        var status = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (StatusCode)number : StatusCode.Unknown;
        throw new RpcException(new Status(status, detail));
    }

    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    private static StatusCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>One message as the body of a request.</summary>
    private sealed class MessageContent : HttpContent
    {
        private readonly byte[] _frame;

        internal MessageContent(IMessage message, int size)
        {
            Headers.ContentType = GrpcType;
            _frame = new byte[GrpcFrame.HeadBytes + size];
            GrpcFrame.Write(message, size, _frame);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            stream.WriteAsync(_frame, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            // Without it no length is announced, as gRPC clients do.
            length = 0;
            return false;
        }
    }
}
