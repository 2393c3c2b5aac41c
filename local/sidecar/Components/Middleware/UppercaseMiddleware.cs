using System.Net.Http.Headers;
using NexusCart.Sidecar.Middleware;

namespace NexusCart.Sidecar.Components.Middleware;

/// <summary><c>middleware.http.uppercase</c>: the request's body in capital letters; for trying out pipelines.</summary>
internal sealed class UppercaseMiddleware : IHttpMiddleware
{
    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task ServeAsync(HttpContext context, Func<Task> next)
    {
        context.Request.Body = new UppercaseStream(context.Request.Body);
        return next();
    }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<HttpRequestMessage, Task<HttpResponseMessage>> next)
    {
        if (request.Content is { } content)
        {
            var changed = new StreamContent(new UppercaseStream(await content.ReadAsStreamAsync()));
            foreach (var (name, values) in (HttpHeaders)content.Headers)
                changed.Headers.TryAddWithoutValidation(name, values);
            request.Content = changed;
        }

        return await next(request);
    }
}
