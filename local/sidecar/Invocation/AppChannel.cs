using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Middleware;

namespace NexusCart.Sidecar.Invocation;

/// <summary>The app's connection pool, with the token, the limit of calls in flight and the health gate.</summary>
internal sealed class AppChannel : IAppChannel, IDisposable
{
    private const string TokenHeader = "dapr-api-token";

    private readonly SidecarOptions _options;
    private readonly string _base;
    private readonly Version _version;
    private readonly HttpMessageInvoker _http;
    private readonly SemaphoreSlim? _slots;
    private readonly HttpMetrics? _metrics;
    private readonly Lazy<GrpcChannel> _grpc;
    private readonly Lazy<CallInvoker> _calls;
    private volatile bool _healthy;
    private HttpPipelines? _pipelines;

    public AppChannel(SidecarOptions options, SidecarMetrics? metrics)
    {
        _options = options;
        _metrics = metrics?.Http;
        var scheme = options.AppProtocol is AppProtocol.Https or AppProtocol.Grpcs ? "https" : "http";
        var host = options.AppChannelAddress.Contains(':', StringComparison.Ordinal) ? $"[{options.AppChannelAddress}]" : options.AppChannelAddress;
        _base = $"{scheme}://{host}:{options.AppPort ?? 0}";
        _version = options.AppProtocol is AppProtocol.Http or AppProtocol.Https ? HttpVersion.Version11 : HttpVersion.Version20;
        _slots = options.AppMaxConcurrency > 0 ? new SemaphoreSlim(options.AppMaxConcurrency) : null;
        _http = new HttpMessageInvoker(CreateHandler());
        _grpc = new Lazy<GrpcChannel>(() => GrpcChannel.ForAddress(_base, new GrpcChannelOptions
        {
            HttpHandler = new Gate(this, CreateHandler()),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = options.MaxBodySize,
            MaxSendMessageSize = options.MaxBodySize,
            ThrowOperationCanceledOnCancellation = true,
        }));
        _calls = new Lazy<CallInvoker>(() => metrics is null
            ? _grpc.Value.CreateCallInvoker()
            : _grpc.Value.CreateCallInvoker().Intercept(new AppCallMeter(metrics.Grpc)));
    }

    public bool Exists => _options.AppPort is > 0;

    public bool IsHealthy => Exists && _healthy;

    public CallInvoker Grpc => _calls.Value;

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _pipelines is { ForApp: true } pipelines
            ? pipelines.SendAsync(request, changed => SendOnAsync(_http, Address(changed), _metrics, cancellation))
            : SendOnAsync(_http, Address(request), _metrics, cancellation);

    /// <summary>A health probe: as <see cref="SendAsync"/>, but past the limit of calls in flight.</summary>
    public Task<HttpResponseMessage> ProbeAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        TransmitAsync(_http, Address(request), cancellation);

    public void Dispose()
    {
        _http.Dispose();
        if (_grpc.IsValueCreated)
            _grpc.Value.Dispose();
        _slots?.Dispose();
    }

    /// <summary>Set by the monitor that watches the app.</summary>
    internal void SetHealthy(bool healthy) => _healthy = healthy;

    /// <summary>Set once the components are loaded.</summary>
    internal void Use(HttpPipelines pipelines) => _pipelines = pipelines;

    private HttpRequestMessage Address(HttpRequestMessage request)
    {
        request.RequestUri = AppUri.Combine(_base, request.RequestUri?.OriginalString ?? "/");
        if (request.Version < _version)
            request.Version = _version;
        return request;
    }

    private async Task<HttpResponseMessage> SendOnAsync(
        HttpMessageInvoker transport, HttpRequestMessage request, HttpMetrics? metrics, CancellationToken cancellation)
    {
        if (_slots is not null)
            await _slots.WaitAsync(cancellation);
        var started = Stopwatch.GetTimestamp();
        HttpResponseMessage? response = null;
        try
        {
            return response = await TransmitAsync(transport, request, cancellation);
        }
        finally
        {
            _slots?.Release();
            metrics?.Called(
                request.Method.Method,
                request.RequestUri!.OriginalString.AsSpan(_base.Length),
                (int)(response?.StatusCode ?? HttpStatusCode.InternalServerError),
                request.Content?.Headers.ContentLength ?? 0,
                response?.Content.Headers.ContentLength ?? 0,
                started);
        }
    }

    private Task<HttpResponseMessage> TransmitAsync(HttpMessageInvoker transport, HttpRequestMessage request, CancellationToken cancellation)
    {
        if (!Exists)
            throw new HttpRequestException("app channel is not initialized: no app port is set");
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (_options.AppApiToken is { Length: > 0 } token)
        {
            request.Headers.Remove(TokenHeader);
            request.Headers.TryAddWithoutValidation(TokenHeader, token);
        }

        return transport.SendAsync(request, cancellation);
    }

    private SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = AcceptsCertificate },
    };

    // An app on loopback uses a certificate of its own making; daprd does not check it either.
    private bool AcceptsCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None || _options.AppChannelAddress is "127.0.0.1" or "::1" or "localhost";

    /// <summary>Sends the gRPC client's requests through the token and the limit of the channel.</summary>
    private sealed class Gate(AppChannel channel, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private readonly HttpMessageInvoker _inner = new(inner, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            channel.SendOnAsync(_inner, request, metrics: null, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
