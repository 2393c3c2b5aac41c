using System.Text;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;

namespace NexusCart.Sidecar.Actors;

/// <summary>Calls the actors in the app. Whoever calls holds the actor's turn.</summary>
internal sealed class ActorAppClient(IAppChannel app, bool strict)
{
    private const string JsonContentType = "application/json";
    private const string ProtobufContentType = "application/x-protobuf";

    /// <summary>Reads the app's actor configuration; an app that has none hosts no actors.</summary>
    public async Task<ActorAppConfig> GetConfigAsync(SidecarOptions options, ILogger logger, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/dapr/config", UriKind.Relative));
        using var response = await app.SendAsync(request, cancellation);
        if (response.IsSuccessStatusCode)
            return ActorAppConfig.Parse(await response.Content.ReadAsByteArrayAsync(cancellation), logger);
        if (await ProtocolHint.ForAsync(options, response, cancellation) is { } hint)
            logger.LogWarning("{Hint}", hint);
        return ActorAppConfig.None;
    }

    /// <summary>Calls a method.</summary>
    /// <param name="activation">The actor, whose turn the caller holds.</param>
    /// <param name="call">The call.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="reentrancyId">Id of the turn; null when the type is not reentrant: then the app gets the caller's own, if any.</param>
    /// <param name="cancellation">Cancelled when the caller gave up.</param>
    /// <exception cref="Api.DaprApiException">The app could not be reached or answered anything but 200.</exception>
    public async ValueTask<ActorReply> InvokeAsync(
        ActorActivation activation, ActorCall call, SidecarOptions caller, string? reentrancyId, CancellationToken cancellation)
    {
        using var request = NewRequest(HttpMethod.Put, $"{activation.Path}/method/{EscapePath(call.Method)}{call.Query}");
        ActorHeaders.Copy(call.Headers, request);
        request.Headers.TryAddWithoutValidation(ActorHeaders.ApiCall, "true");
        request.Headers.TryAddWithoutValidation(ActorHeaders.CallerAppId, caller.AppId);
        request.Headers.TryAddWithoutValidation(ActorHeaders.CallerNamespace, NamespaceOf(caller));
        if ((reentrancyId ?? call.ReentrancyId) is { } turnId)
            request.Headers.TryAddWithoutValidation(ActorCall.ReentrancyHeader, turnId);
        call.Trace.Apply(request);
        request.Content = ContentOf(call.Body, call.ContentType);
        try
        {
            var reply = await SendAsync(activation, request, call.Method, cancellation);
            if (!ActorHeaders.AsksToCancel(reply) || ActorHeaders.TellsError(reply))
                return reply;
            // daprd reads the header in every answer of an actor, and takes that of a method for a failure.
            reply.Dispose();
            throw ActorErrors.Invoke("reminder has been canceled");
        }
        catch (AppUnreachableException e)
        {
            throw ActorErrors.Invoke(e.Message);
        }
    }

    /// <summary>Calls a reminder or timer.</summary>
    /// <exception cref="Api.DaprApiException">The app broke the call off or answered anything but 200.</exception>
    public async ValueTask<CallbackOutcome> CallBackAsync(
        ActorActivation activation, string kind, string name, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using var request = NewRequest(HttpMethod.Put, $"{activation.Path}/method/{kind}/{Uri.EscapeDataString(name)}");
        TraceContext.Continue(null, null).Apply(request);
        request.Content = ContentOf(body, JsonContentType);
        try
        {
            using var reply = await SendAsync(activation, request, $"{kind}/{name}", cancellation);
            // daprd goes on firing a reminder or timer whose actor asked for no more.
            return ActorHeaders.AsksToCancel(reply) && !strict ? CallbackOutcome.CancelRequested : CallbackOutcome.Done;
        }
        catch (AppUnreachableException)
        {
            return CallbackOutcome.AppUnreachable;
        }
    }

    /// <summary>Tells the app that an actor is not active any more.</summary>
    public async Task DeactivateAsync(ActorActivation activation, CancellationToken cancellation)
    {
        using var request = NewRequest(HttpMethod.Delete, activation.Path);
        request.Content = ContentOf(ReadOnlyMemory<byte>.Empty, ProtobufContentType);
        using var response = await app.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStringAsync(cancellation);
            throw new HttpRequestException($"error from actor service: ({(int)response.StatusCode}) {body}");
        }
    }

    /// <summary>What callers' namespace the app is told; <c>default</c> when there is none, as on a developer's machine.</summary>
    public static string NamespaceOf(SidecarOptions options) => options.Namespace.Length > 0 ? options.Namespace : "default";

    private static HttpRequestMessage NewRequest(HttpMethod method, string path) => new(method, new Uri(path, UriKind.Relative));

    private static ReadOnlyMemoryContent? ContentOf(ReadOnlyMemory<byte> body, string? contentType)
    {
        if (body.IsEmpty && contentType is null)
            return null;
        var content = new ReadOnlyMemoryContent(body);
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return content;
    }

    private static string EscapePath(string method) =>
        method.Contains('/', StringComparison.Ordinal)
            ? string.Join('/', method.Split('/').Select(Uri.EscapeDataString))
            : Uri.EscapeDataString(method);

    private async ValueTask<ActorReply> SendAsync(
        ActorActivation activation, HttpRequestMessage request, string method, CancellationToken caller)
    {
        // A caller that gives up does not end the turn: the method may still run, and the next one must not run beside it.
        // daprd lets the next one in; strict mode does so too.
        using var linked = strict && caller.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(activation.Cut, caller)
            : null;
        var cancellation = linked?.Token ?? activation.Cut;
        try
        {
            var response = await app.SendAsync(request, cancellation);
            var reply = await ActorReply.ReadAsync(response, cancellation);
            return reply.Status == StatusCodes.Status200OK ? reply : throw Refused(reply, activation, method);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError)
        {
            throw new AppUnreachableException($"{request.Method} \"{request.RequestUri}\": {e.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw ActorErrors.Invoke($"{request.Method} \"{request.RequestUri}\": {e.Message}");
        }
        catch (OperationCanceledException) when (activation.Cut.IsCancellationRequested)
        {
            throw ActorErrors.Invoke("actor is closed, cannot handle " + method);
        }
    }

    private static Api.DaprApiException Refused(ActorReply reply, ActorActivation activation, string method)
    {
        using (reply)
        {
            return reply.Status == StatusCodes.Status404NotFound
                ? ActorErrors.Invoke($"actor method not found: actors/{activation.Type.Name}/{activation.Id}/method/{method}")
                : ActorErrors.Invoke($"error from actor service: ({reply.Status}) {Encoding.UTF8.GetString(reply.Body.Span)}");
        }
    }

    /// <summary>No connection to the app: it was certainly not called.</summary>
    private sealed class AppUnreachableException(string message) : Exception(message);
}
