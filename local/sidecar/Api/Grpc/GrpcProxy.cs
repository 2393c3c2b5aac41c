using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>
/// Forwards calls of services that are not ours to the app named in the metadata: streaming both ways, with trailers, deadlines
/// and the size limit. RPCs of our own services that nobody serves answer Unimplemented here.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class GrpcProxy(Hosting.Sidecar sidecar, ILogger<GrpcProxy> logger)
{
    private static readonly string[] OwnServices = ["/dapr.proto.runtime.v1.Dapr/", "/TaskHubSidecarService/", "/grpc.reflection."];

    /// <summary>Handles a call that no service of the sidecar took.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (OwnServices.Any(service => path.StartsWith(service, StringComparison.Ordinal)))
        {
            var slash = path.LastIndexOf('/');
            await GrpcErrors.WriteTrailersOnlyAsync(
                context, StatusCode.Unimplemented, $"unknown method {path[(slash + 1)..]} for service {path[1..slash]}");
            return;
        }

        if (TargetOf(context.Request.Headers) is not { Length: > 0 } appId)
        {
            await GrpcErrors.WriteTrailersOnlyAsync(
                context, StatusCode.Unknown, "failed to proxy request: required metadata dapr-callee-app-id or dapr-app-id not found");
            return;
        }

        await ForwardAsync(context, appId);
    }

    private static string? TargetOf(IHeaderDictionary headers) =>
        headers["dapr-callee-app-id"] is { Count: > 0 } callee ? callee[0] : headers["dapr-app-id"].FirstOrDefault();

    private async Task ForwardAsync(HttpContext context, string appId)
    {
        if (sidecar.Cluster.Apps.Pick(AppIds.WithoutNamespace(appId)) is not { } target)
        {
            await GrpcErrors.WriteTrailersOnlyAsync(
                context, StatusCode.Unknown, $"failed to resolve address for '{appId}': couldn't find service: {appId}");
            return;
        }

        if (!target.App.Exists || (target.Options.EnableAppHealthCheck && !target.App.IsHealthy))
        {
            await GrpcErrors.WriteTrailersOnlyAsync(
                context,
                StatusCode.Internal,
                target.App.Exists ? "app is not in a healthy state" : "app channel is not initialized");
            return;
        }

        try
        {
            AccessControl.Check(sidecar, target, context.Request.Path.Value!.TrimStart('/'), verb: "");
        }
        catch (InvocationException e)
        {
            await GrpcErrors.WriteTrailersOnlyAsync(context, StatusCode.PermissionDenied, e.Message);
            return;
        }

        var started = Stopwatch.GetTimestamp();
        var isRemote = !ReferenceEquals(sidecar, target);
        if (isRemote)
            sidecar.Metrics?.Invocation.RequestSent(target.Options.AppId);
        var outcome = StatusCode.Unknown;
        using var leg = Receive(context, target);
        using var content = new PipedContent(context.Request.BodyReader, new GrpcFrameMeter(sidecar.Options.MaxBodySize), context.RequestAborted);
        try
        {
            using var request = CreateRequest(context, target, content, leg.Trace);
            using var response = await target.App.SendAsync(request, context.RequestAborted);
            outcome = await CopyAnswerAsync(context, response);
        }
        catch (Exception e)
        {
            outcome = await FailAsync(context, appId, e);
        }

        await content.EndAsync();
        if (outcome != StatusCode.OK)
            leg.Fail(outcome.ToString());
        Measure(context.Request.Path.Value!, target, isRemote, outcome, started);
    }

    private void Measure(string path, Hosting.Sidecar target, bool isRemote, StatusCode outcome, long started)
    {
        sidecar.Metrics?.Grpc.Proxied(path, outcome, started);
        if (!isRemote)
            return;
        target.Metrics?.Grpc.ProxiedToApp(path, outcome, started);
        sidecar.Metrics?.Invocation.ResponseReceived(target.Options.AppId, (int)outcome, started);
    }

    private Leg Receive(HttpContext context, Hosting.Sidecar target)
    {
        var trace = TraceContext.Of(context);
        return ReferenceEquals(sidecar, target) || !target.Tracing.Exports
            ? new Leg(trace, null)
            : target.Tracing.Start(context.Request.Path.Value!, ActivityKind.Server, trace.TraceParent, trace.TraceState);
    }

    private HttpRequestMessage CreateRequest(HttpContext context, Hosting.Sidecar target, PipedContent content, TraceContext trace)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, context.Request.Path.Value)
        {
            Version = HttpVersion.Version20,
            Content = content,
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (name.StartsWith(':') || InvocationHeaders.IsHopByHop(name))
                continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!))
                content.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!);
        }

        request.Headers.TryAddWithoutValidation("te", "trailers");
        if (!ReferenceEquals(sidecar, target))
            InvocationHeaders.StampCaller(request, sidecar, target);
        request.Headers.Remove(TraceContext.ParentHeader);
        request.Headers.Remove(TraceContext.StateHeader);
        trace.Apply(request);
        return request;
    }

    private async Task<StatusCode> CopyAnswerAsync(HttpContext context, HttpResponseMessage answer)
    {
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!InvocationHeaders.IsHopByHop(name) && !name.Equals("date", StringComparison.OrdinalIgnoreCase))
                response.Headers.Append(name, values.ToArray());
        }

        // An outcome among the headers means there is no body: then nothing may be flushed, or it would get trailers as well.
        var hasBody = !answer.Headers.NonValidated.Contains("grpc-status");
        var meter = new GrpcFrameMeter(sidecar.Options.MaxBodySize);
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        await BodyRelay.CopyAsync(body, response, headersFirst: hasBody, meter, context.RequestAborted);
        if (hasBody && !response.HasStarted)
            await response.StartAsync(context.RequestAborted);
        foreach (var (name, values) in answer.TrailingHeaders.NonValidated)
            response.AppendTrailer(name, values.ToArray());
        return OutcomeOf(hasBody ? answer.TrailingHeaders : answer.Headers);
    }

    private static StatusCode OutcomeOf(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues("grpc-status", out var status)
            && int.TryParse(status.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                ? (StatusCode)code
                : StatusCode.Unknown;

    private async Task<StatusCode> FailAsync(HttpContext context, string appId, Exception error)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return StatusCode.Cancelled;
        var (code, message) = error.GetBaseException() is GrpcMessageTooLargeException tooLarge
            ? (StatusCode.ResourceExhausted, tooLarge.Message)
            : (StatusCode.Unavailable, $"error invoking app channel of {appId}: {error.GetBaseException().Message}");
        logger.LogDebug(error, "gRPC call {Path} to {App} failed", context.Request.Path, appId);
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await GrpcErrors.WriteTrailersOnlyAsync(context, code, message);
            return code;
        }

        foreach (var (name, value) in GrpcErrors.OutcomeHeaders(code, message, []))
            context.Response.AppendTrailer(name, value);
        return code;
    }

    /// <summary>The caller's stream as the body of the request to the app, piece by piece as it comes.</summary>
    private sealed class PipedContent(PipeReader source, GrpcFrameMeter meter, CancellationToken aborted) : HttpContent
    {
        private Task _copying = Task.CompletedTask;
        private volatile bool _isOver;

        /// <summary>
        /// Ends the copying. An app may answer before it has heard everything; but the server uses a stream's pipe again for the next call,
        /// and whoever still read from it then would take that call's body.
        /// </summary>
        public async Task EndAsync()
        {
            _isOver = true;
            if (_copying.IsCompleted)
                return;
            source.CancelPendingRead();
            await _copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, aborted);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _copying = CopyAsync(stream, cancellationToken);

        private async Task CopyAsync(Stream stream, CancellationToken cancellation)
        {
            while (!_isOver)
            {
                // Before it waits, what there is goes out, and be it the headers alone: the answer of a duplex call may come before
                // the first message. A call of one message is all there as a rule, and goes out in one piece.
                var reading = source.ReadAsync(aborted);
                var result = reading.IsCompleted ? await reading : await FlushAndAsync(stream, reading, cancellation);
                foreach (var segment in result.Buffer)
                {
                    meter.Inspect(segment.Span);
                    await stream.WriteAsync(segment, cancellation);
                }

                source.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }

        // Whatever becomes of the flush: a read that was begun is waited for, or it would go on behind the call.
        private static async Task<ReadResult> FlushAndAsync(Stream stream, ValueTask<ReadResult> reading, CancellationToken cancellation)
        {
            var flushing = stream.FlushAsync(cancellation);
            var result = await reading;
            await flushing;
            return result;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
