using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Posts events to the route of an app that speaks HTTP: the setting <c>route</c>, or the component's name.</summary>
internal sealed class HttpBindingSender(IAppChannel app) : IBindingSender
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>An app that takes a binding answers OPTIONS at its route, or says that only another method is allowed there.</summary>
    public async Task<bool> IsTakenAsync(ComponentSpec binding, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ProbeTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, PathOf(binding));
            using var response = await app.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.MethodNotAllowed;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    public async Task<ReadOnlyMemory<byte>> SendAsync(
        ComponentSpec binding, BindingEvent input, TraceContext? trace, ResiliencyPolicy policy, CancellationToken cancellation)
    {
        Answer? last = null;
        try
        {
            last = await policy.RunAsync(
                async token =>
                {
                    last = await PostAsync(binding, input, trace, token);
                    // Other successes count as failures for the policy, and as successes once it is done, as with daprd.
                    return last.Status == HttpStatusCode.OK ? last : throw Failed(last);
                },
                cancellation);
        }
        catch (BindingDeliveryException) when (last is { Status: >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices })
        {
        }

        return last!.Body;
    }

    private static string PathOf(ComponentSpec binding) =>
        "/" + (binding.Find("route") ?? binding.Name).TrimStart('/');

    private static BindingDeliveryException Failed(Answer answer) => new(
        $"fails to send binding event to http app channel, status code: {(int)answer.Status} body: {Encoding.UTF8.GetString(answer.Body)}")
    {
        HttpStatusCode = (int)answer.Status,
    };

    private async Task<Answer> PostAsync(ComponentSpec binding, BindingEvent input, TraceContext? trace, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, PathOf(binding))
        {
            Content = new ReadOnlyMemoryContent(input.Data) { Headers = { ContentType = Json } },
        };
        foreach (var (name, value) in input.Metadata)
            request.Headers.TryAddWithoutValidation(name, value);
        trace?.Apply(request);
        try
        {
            using var response = await app.SendAsync(request, cancellation);
            return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (HttpRequestException e)
        {
            throw new BindingDeliveryException("error invoking app: " + e.Message, e);
        }
    }

    private sealed record Answer(HttpStatusCode Status, byte[] Body);
}
