using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.Middleware;

/// <summary>
/// A component that stands in the way of HTTP requests: of those to the sidecar's API (<c>httpPipeline</c> of a Configuration) or of
/// those from the sidecar to its app (<c>appHttpPipeline</c>). gRPC passes neither.
/// </summary>
public interface IHttpMiddleware : IComponent
{
    /// <summary>Handles a request to the API, or has the next one handle it.</summary>
    Task ServeAsync(HttpContext context, Func<Task> next);

    /// <summary>Handles a request to the app, or has the next one handle it; its address is relative.</summary>
    /// <exception cref="HttpRequestException">The request cannot be sent.</exception>
    Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> next);
}
