using System.Net;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Calls of services outside of Dapr: declared endpoints and URLs.</summary>
internal sealed class ExternalChannel(Hosting.Sidecar sidecar) : IDisposable
{
    private const string TokenHeader = "dapr-api-token";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });

    /// <summary>Sends the call.</summary>
    /// <exception cref="InvocationException">The service cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(InvocationRequest request, InvocationTarget.External target, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(
            new HttpMethod(request.Verb), AppUri.Combine(target.BaseUrl, MethodPath.ToRequestPath(request.Method, request.Query)))
        {
            Content = request.Body?.ToContent(),
        };
        InvocationHeaders.Copy(request, message);
        foreach (var (name, value) in target.Headers)
        {
            message.Headers.Remove(name);
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (!target.IsDeclared && IsOwnApp(message.RequestUri!) && sidecar.Options.AppApiToken is { Length: > 0 } token)
        {
            message.Headers.Remove(TokenHeader);
            message.Headers.TryAddWithoutValidation(TokenHeader, token);
        }

        try
        {
            return await _http.SendAsync(message, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new InvocationException($"{request.Verb} \"{message.RequestUri}\": {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // daprd sends the app's token to any URL a caller names. Here it goes to the app itself only: to a stranger it would be a leak.
    private bool IsOwnApp(Uri uri) =>
        uri.Port == sidecar.Options.AppPort && (uri.IsLoopback || uri.Host == sidecar.Options.AppChannelAddress);
}
