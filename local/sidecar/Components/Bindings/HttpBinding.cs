using System.Globalization;
using System.Net.Http.Headers;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary><c>bindings.http</c>: calls an HTTP service; the operation is the method.</summary>
/// <remarks>
/// Settings: <c>url</c>, <c>errorIfNot2XX</c> (true), <c>responseTimeout</c>, <c>maxResponseBodySize</c> (100Mi), <c>securityToken</c>
/// and <c>securityTokenHeader</c>. Metadata of a call: <c>path</c>, <c>errorIfNot2XX</c>, and every name that begins with a capital
/// letter as a header.
/// </remarks>
internal sealed class HttpBinding(ComponentSpec spec) : IOutputBinding
{
    private const long DefaultAnswerLimit = 100L << 20;

    private static readonly string[] NotSupported = ["MTLSRootCA", "MTLSClientCert", "MTLSClientKey"];
    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });

    private string _url = "";
    private TimeSpan _timeout;
    private long _answerLimit;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => ["OUTPUT_BINDING"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Operations => ["create", "get", "head", "post", "put", "patch", "delete", "options", "trace"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation)
    {
        _url = spec.Required("url");
        _timeout = spec.Duration("responseTimeout", Timeout.InfiniteTimeSpan);
        _answerLimit = spec.Find("maxResponseBodySize") is not { } size ? DefaultAnswerLimit
            : ByteQuantity.TryParse(size, out var bytes) ? bytes
            : throw ComponentSettings.Invalid(spec, "maxResponseBodySize", $"is no size: '{size}'");
        // Going on without the certificate somebody asked for would be worse than not to start.
        if (Array.Find(NotSupported, name => spec.Find(name) is not null) is { } setting)
            throw ComponentSettings.Invalid(spec, setting, "is not supported by this runtime");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_timeout);
        using var message = MessageOf(request);
        try
        {
            using var response = await _http.SendAsync(message, limit.Token);
            var answer = new BindingResponse(await BodyAsync(response, limit.Token), MetadataOf(response));
            var failsUnlessSuccess = request.Metadata.TryGetValue("errorIfNot2XX", out var said)
                ? ComponentSettings.IsTruthy(said)
                : spec.Flag("errorIfNot2XX", otherwise: true);
            return response.IsSuccessStatusCode || !failsUnlessSuccess
                ? answer
                : throw new BindingRefusedException($"received status code {(int)response.StatusCode}", answer);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{message.Method} \"{message.RequestUri}\": context deadline exceeded");
        }
        catch (HttpRequestException e)
        {
            throw new HttpRequestException($"{message.Method} \"{message.RequestUri}\": {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private HttpRequestMessage MessageOf(BindingRequest request)
    {
        var method = request.Operation == "create" ? HttpMethod.Post : new HttpMethod(request.Operation.ToUpperInvariant());
        var message = new HttpRequestMessage(method, AddressOf(request));
        if (request.Operation is "create" or "post" or "put" or "patch")
            message.Content = new ReadOnlyMemoryContent(request.Data) { Headers = { ContentType = Json } };
        if (spec.Find("securityToken") is { } token && spec.Find("securityTokenHeader") is { } header)
            message.Headers.TryAddWithoutValidation(header, token);
        foreach (var (name, value) in request.Metadata)
        {
            var isHeader = name.Length > 0 && char.ToUpperInvariant(name[0]) == name[0];
            if (isHeader || name is TraceContext.ParentHeader or TraceContext.StateHeader)
                SetHeader(message, name, value);
        }

        return message;
    }

    private string AddressOf(BindingRequest request)
    {
        if (!request.Metadata.TryGetValue("path", out var path))
            return _url;
        var address = $"{_url.TrimEnd('/')}/{path.TrimStart('/')}";
        return address.Contains("..", StringComparison.Ordinal) ? throw new ArgumentException("invalid path: " + path) : address;
    }

    // Removing without looking throws for headers of the content.
    private static void SetHeader(HttpRequestMessage message, string name, string value)
    {
        if (message.Headers.NonValidated.Contains(name))
            message.Headers.Remove(name);
        if (message.Headers.TryAddWithoutValidation(name, value) || message.Content is null)
            return;
        if (message.Content.Headers.NonValidated.Contains(name))
            message.Content.Headers.Remove(name);
        message.Content.Headers.TryAddWithoutValidation(name, value);
    }

    private async Task<ReadOnlyMemory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[16 << 10];
        int read;
        // As with daprd the rest of a longer answer is left out.
        while (body.Length < _answerLimit && (read = await stream.ReadAsync(buffer, cancellation)) > 0)
            body.Write(buffer, 0, (int)Math.Min(read, _answerLimit - body.Length));
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static Dictionary<string, string> MetadataOf(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var metadata = new Dictionary<string, string>
        {
            ["statusCode"] = status.ToString(CultureInfo.InvariantCulture),
            ["status"] = $"{status} {response.ReasonPhrase}".TrimEnd(),
        };
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                metadata[Canonical(name)] = string.Join(", ", values);
        }

        return metadata;
    }

    // Each word of a name begins with a capital, as Go has it.
    private static string Canonical(string name) =>
        string.Join('-', name.Split('-').Select(word => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant()));
}
