using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Middleware;

/// <summary>The middleware components in the order the Configuration names them; known once the components are loaded.</summary>
internal sealed class HttpPipelines(ComponentRegistry components, RuntimeConfiguration configuration, ILogger<HttpPipelines> logger) : IComponentListener
{
    private volatile IReadOnlyList<IHttpMiddleware> _api = [];
    private volatile IReadOnlyList<IHttpMiddleware> _app = [];

    /// <summary>Whether requests to the app pass any.</summary>
    public bool ForApp => _app.Count > 0;

    /// <summary>Finds the components.</summary>
    /// <exception cref="ResourceException">The Configuration names one that is not loaded.</exception>
    public void Resolve()
    {
        IHttpMiddleware[] api = [.. configuration.HttpPipeline.Select(Find)];
        IHttpMiddleware[] app = [.. configuration.AppHttpPipeline.Select(Find)];
        (_api, _app) = (api, app);
    }

    /// <inheritdoc/>
    public Task OnComponentChangedAsync(string name, CancellationToken cancellation)
    {
        try
        {
            Resolve();
        }
        catch (ResourceException e)
        {
            logger.LogError("the middleware stays as it was: {Error}", e.Message);
        }

        return Task.CompletedTask;
    }

    /// <summary>Leads a request to the API through its middleware.</summary>
    public Task ServeAsync(HttpContext context, RequestDelegate last) => ServeAsync(_api, context, last, 0);

    /// <summary>Leads a request to the app through its middleware.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> last) =>
        SendAsync(_app, request, last, 0);

    // Each request keeps to the list it began with.
    private static Task ServeAsync(IReadOnlyList<IHttpMiddleware> list, HttpContext context, RequestDelegate last, int index) =>
        index == list.Count ? last(context) : list[index].ServeAsync(context, () => ServeAsync(list, context, last, index + 1));

    private static Task<HttpResponseMessage> SendAsync(
        IReadOnlyList<IHttpMiddleware> list, HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> last, int index) =>
        index == list.Count ? last(request) : list[index].SendAsync(request, changed => SendAsync(list, changed, last, index + 1));

    private IHttpMiddleware Find(PipelineHandler handler) =>
        components.TryGet<IHttpMiddleware>(handler.Name, out var driver, out var spec) && spec.Type == handler.Type
            ? driver
            : throw new ResourceException($"the pipeline's handler '{handler.Name}' ({handler.Type}) is no middleware component that is loaded");
}
