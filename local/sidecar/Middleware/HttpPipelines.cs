using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Middleware;

/// <summary>The middleware components in the order the Configuration names them; known once the components are loaded.</summary>
internal sealed class HttpPipelines(ComponentRegistry components, RuntimeConfiguration configuration)
{
    private IReadOnlyList<IHttpMiddleware> _api = [];
    private IReadOnlyList<IHttpMiddleware> _app = [];

    /// <summary>Whether requests to the app pass any.</summary>
    public bool ForApp => _app.Count > 0;

    /// <summary>Finds the components.</summary>
    /// <exception cref="ResourceException">The Configuration names one that is not loaded.</exception>
    public void Resolve()
    {
        _api = [.. configuration.HttpPipeline.Select(Find)];
        _app = [.. configuration.AppHttpPipeline.Select(Find)];
    }

    /// <summary>Leads a request to the API through its middleware.</summary>
    public Task ServeAsync(HttpContext context, RequestDelegate last) => ServeAsync(context, last, 0);

    /// <summary>Leads a request to the app through its middleware.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> last) =>
        SendAsync(request, last, 0);

    private Task ServeAsync(HttpContext context, RequestDelegate last, int index) =>
        index == _api.Count ? last(context) : _api[index].ServeAsync(context, () => ServeAsync(context, last, index + 1));

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> last, int index) =>
        index == _app.Count ? last(request) : _app[index].SendAsync(request, changed => SendAsync(changed, last, index + 1));

    private IHttpMiddleware Find(PipelineHandler handler) =>
        components.TryGet<IHttpMiddleware>(handler.Name, out var driver, out var spec) && spec.Type == handler.Type
            ? driver
            : throw new ResourceException($"the pipeline's handler '{handler.Name}' ({handler.Type}) is no middleware component that is loaded");
}
