using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Invocation;

/// <summary>
/// Service invocation, free of the protocol the caller used: finds the target, applies its policies, and calls its app. Between sidecars
/// of the process the call stays in memory, with the headers and limits it would have over the wire.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class Invoker(Hosting.Sidecar sidecar, IResiliencyPolicies policies) : IDisposable
{
    private readonly Lazy<ExternalChannel> _external = new(() => new ExternalChannel(sidecar));

    /// <summary>Calls the app; any status of the app is an answer. The caller disposes it.</summary>
    /// <exception cref="InvocationException">The target cannot be called.</exception>
    public async Task<HttpResponseMessage> InvokeAsync(InvocationRequest request, CancellationToken cancellation)
    {
        var target = Resolve(request.AppId);
        var policy = policies.App(AppIds.WithoutNamespace(request.AppId), request.Method);
        if (policy.IsEmpty)
            return await SendAsync(request, target, cancellation);
        if (policy.MayRetry && request.Body is { IsReplayable: false })
            throw new InvalidOperationException("a call that may be repeated needs a body in memory");
        HttpResponseMessage? last = null;
        try
        {
            return await policy.RunAsync(
                async token =>
                {
                    last?.Dispose();
                    last = await SendAsync(request, target, token);
                    return IsSuccess(last) ? last : throw new FailedResponseException((int)last.StatusCode);
                },
                cancellation);
        }
        catch (FailedResponseException)
        {
            last!.MarkAfterPolicy();
            return last!;
        }
        catch (Exception e) when (e is TimeoutException or CircuitOpenException)
        {
            throw new InvocationException(e.Message, e);
        }
    }

    /// <summary>Whether a call of the app may be repeated, so that its body must be in memory.</summary>
    public bool MayRepeat(string appId, string method) => policies.App(AppIds.WithoutNamespace(appId), method).MayRetry;

    /// <summary>The app of this process an id means.</summary>
    /// <exception cref="InvocationException">There is none.</exception>
    public InvocationTarget Resolve(string appId)
    {
        if (appId.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || appId.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return new InvocationTarget.External(appId.TrimEnd('/'), [], IsDeclared: false);
        if (sidecar.Resources.HttpEndpoints.FirstOrDefault(endpoint => endpoint.Name == appId) is { } endpoint)
            return new InvocationTarget.External(endpoint.BaseUrl.TrimEnd('/'), [.. endpoint.Headers.Select(HeaderOf)], IsDeclared: true);
        if (appId.Length == 0)
            throw new InvocationException("app id is empty");

        var parts = appId.Split('.');
        if (parts.Length > 2)
            throw new InvocationException($"invalid app id {appId}");
        if (parts[0] == sidecar.Options.AppId)
            return new InvocationTarget.App(sidecar, IsSelf: true);
        var found = sidecar.Cluster.Apps.Pick(parts[0]);
        if (found is null || (parts.Length == 2 && parts[1] != AppIds.NamespaceOf(found.Options)))
            throw new InvocationException("no host found with the given ID");
        return new InvocationTarget.App(found, IsSelf: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_external.IsValueCreated)
            _external.Value.Dispose();
    }

    private async Task<HttpResponseMessage> SendAsync(InvocationRequest request, InvocationTarget target, CancellationToken cancellation)
    {
        if (target is InvocationTarget.External external)
            return await _external.Value.SendAsync(request, external, cancellation);
        var (callee, isSelf) = (InvocationTarget.App)target;
        EnsureCallable(callee, isSelf);
        AccessControl.Check(sidecar, callee, request.Method, request.Verb);
        using var leg = isSelf ? default : Receive(callee, request);
        if (leg.Span is not null)
            request = request with { Trace = leg.Trace };
        var started = isSelf ? 0 : CallLeaves(callee);
        HttpResponseMessage? response = null;
        try
        {
            if (callee.Options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs)
                return response = await GrpcAppInvocation.InvokeAsync(request, sidecar, callee, cancellation);
            using var message = CreateMessage(request);
            if (!isSelf)
                InvocationHeaders.StampRemote(message, sidecar, callee);
            return response = await callee.App.SendAsync(message, cancellation);
        }
        catch (HttpRequestException e) when (e.GetBaseException() is not BodyTooLargeException)
        {
            throw isSelf
                ? new InvocationException(GoErrors.Describe(request, callee.Options, e), e)
                : InvocationException.Remote($"error invoking app channel: {GoErrors.Describe(request, callee.Options, e)}", e);
        }
        finally
        {
            if (response is null || (int)response.StatusCode >= 500)
                leg.Fail("the app failed or could not be called");
            if (!isSelf)
                AnswerCame(callee, (int)(response?.StatusCode ?? HttpStatusCode.InternalServerError), started);
        }
    }

    private static Leg Receive(Hosting.Sidecar callee, InvocationRequest request)
    {
        if (!callee.Tracing.Exports)
            return new Leg(request.Trace, null);
        var name = $"CallLocal/{callee.Options.AppId}/{request.Method}";
        var leg = callee.Tracing.Start(name, ActivityKind.Server, request.Trace.TraceParent, request.Trace.TraceState);
        if (leg.Span is { } span)
            ApiSpans.DescribeCall(span, request.Method);
        return leg;
    }

    private long CallLeaves(Hosting.Sidecar callee)
    {
        sidecar.Metrics?.Invocation.RequestSent(callee.Options.AppId);
        callee.Metrics?.Invocation.RequestReceived(sidecar.Options.AppId);
        return Stopwatch.GetTimestamp();
    }

    private void AnswerCame(Hosting.Sidecar callee, int status, long started)
    {
        callee.Metrics?.Invocation.ResponseSent(sidecar.Options.AppId, status);
        sidecar.Metrics?.Invocation.ResponseReceived(callee.Options.AppId, status, started);
    }

    /// <summary>Whether the app may be called now.</summary>
    /// <exception cref="InvocationException">It may not.</exception>
    public static void EnsureCallable(Hosting.Sidecar callee, bool isSelf)
    {
        if (!callee.App.Exists)
        {
            throw isSelf
                ? new InvocationException("cannot invoke local endpoint: app channel not initialized")
                : InvocationException.Remote("app channel is not initialized");
        }

        if (callee.Options.EnableAppHealthCheck && !callee.App.IsHealthy)
            throw InvocationException.Remote("app is not in a healthy state");
    }

    private static HttpRequestMessage CreateMessage(InvocationRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Parse(request.Verb), MethodPath.ToRequestPath(request.Method, request.Query))
        {
            Content = request.Body?.ToContent(),
        };
        InvocationHeaders.Copy(request, message);
        return message;
    }

    private KeyValuePair<string, string> HeaderOf(ComponentManifest.Item item) =>
        new(item.Name, Templates.Fill(item.Value ?? "", sidecar.Options));

    // What Dapr counts as a failure for retries and circuit breakers.
    private static bool IsSuccess(HttpResponseMessage response) => (int)response.StatusCode is >= 200 and < 400;

    private sealed class FailedResponseException(int status) : Exception($"status {status}"), IHasStatusCode
    {
        public int? HttpStatusCode => status;

        public int? GrpcStatusCode => null;
    }
}
