using System.Diagnostics;
using System.Globalization;
using NexusCart.Sidecar.Resources;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Requests to the HTTP API, calls of an app that speaks HTTP, and its health probes.</summary>
internal sealed class HttpMetrics
{
    private const string Server = "dapr_http_server_";
    private const string Client = "dapr_http_client_";

    private static readonly string[] Labels = ["method", "path", "status"];
    private static readonly HashSet<string> Verbs = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"];

    private readonly PathLabels _paths;
    private readonly bool _excludeVerbs;
    private readonly SeriesCache<(string Method, string Path, int Status), ServerSeries> _served;
    private readonly SeriesCache<(string Method, string Path), Histogram.Child> _sent;
    private readonly SeriesCache<(string Method, string Path, int Status), ClientSeries> _answered;
    private readonly SeriesCache<int, ClientSeries> _probed;
    private readonly Lazy<Histogram.Child> _requestBytes;
    private readonly Lazy<Histogram.Child> _responseBytes;
    private readonly Lazy<Histogram.Child> _receivedBytes;

    public HttpMetrics(Instruments instruments, MetricsSpec spec, ILogger logger)
    {
        _excludeVerbs = spec.ExcludeVerbs ?? false;
        var isLimited = !spec.Rules.Any(rule => rule.Labels.Any(label => label.Label == "path"));
        _paths = new PathLabels(spec, isLimited, () => logger.LogWarning(
            "metrics: there are thousands of paths; further ones are counted without their path. spec.metrics.http.increasedCardinality false, or pathMatching, keeps them few"));
        var requests = instruments.Counter(Server + "request_count", "Count of HTTP requests processed by the server.", Labels);
        var latency = instruments.Latency(Server + "latency", "HTTP request end-to-end latency in server.", Labels);
        var responses = spec.IncreasedCardinality ?? true
            ? instruments.Counter(Server + "response_count", "The number of HTTP responses", Labels)
            : null;
        _served = new(key => new ServerSeries(requests.Of(Values(key)), latency.Of(Values(key)), responses?.Of(Values(key))));

        var sent = instruments.Size(Client + "sent_bytes", "Total bytes sent in request body (not including headers)", Labels);
        _sent = new(key => sent.Of(key.Method, key.Path, ""));
        var completed = instruments.Counter(Client + "completed_count", "Count of completed requests", Labels);
        var roundtrip = instruments.Latency(
            Client + "roundtrip_latency", "Time between first byte of request headers sent to last byte of response received, or terminal error", Labels);
        _answered = new(key => new ClientSeries(completed.Of(Values(key)), roundtrip.Of(Values(key))));

        var probes = instruments.Counter("dapr_http_healthprobes_completed_count", "Count of completed health probes", "status");
        var probeLatency = instruments.Latency(
            "dapr_http_healthprobes_roundtrip_latency",
            "Time between first byte of health probes headers sent to last byte of response received, or terminal error",
            "status");
        _probed = new(status => new ClientSeries(probes.Of(Text(status)), probeLatency.Of(Text(status))));
        _requestBytes = Bytes(instruments, Server + "request_bytes", "HTTP request body size if set as ContentLength (uncompressed) in server.");
        _responseBytes = Bytes(instruments, Server + "response_bytes", "HTTP response body size (uncompressed) in server.");
        _receivedBytes = Bytes(
            instruments,
            Client + "received_bytes",
            "Total bytes received in response bodies (not including headers but including error responses with bodies)");
    }

    /// <summary>Notes an answered request.</summary>
    public void Served(string method, ReadOnlySpan<char> path, int status, long requestBytes, long responseBytes, long started)
    {
        var series = _served[(Verb(method), _paths.Of(path), status)];
        series.Requests.Inc();
        series.Responses?.Inc();
        series.Latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        _requestBytes.Value.Observe(requestBytes);
        _responseBytes.Value.Observe(responseBytes);
    }

    /// <summary>Notes a call of the app that has been answered, or failed (status 500, as in Dapr).</summary>
    public void Called(string method, ReadOnlySpan<char> path, int status, long sentBytes, long receivedBytes, long started)
    {
        var query = path.IndexOf('?');
        var label = _paths.Of(query < 0 ? path : path[..query]);
        method = Verb(method);
        _sent[(method, label)].Observe(sentBytes);
        _answered[(method, label, status)].Note(started);
        _receivedBytes.Value.Observe(receivedBytes);
    }

    /// <summary>Notes a health probe.</summary>
    public void Probed(int status, long started) => _probed[status].Note(started);

    private static Lazy<Histogram.Child> Bytes(Instruments instruments, string name, string help)
    {
        var family = instruments.Size(name, help);
        return new(() => family.Of());
    }

    private static string[] Values((string Method, string Path, int Status) key) => [key.Method, key.Path, Text(key.Status)];

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    private string Verb(string method) => _excludeVerbs ? "" : Verbs.Contains(method) ? method : "UNKNOWN";

    private sealed record ServerSeries(Counter.Child Requests, Histogram.Child Latency, Counter.Child? Responses);

    private sealed record ClientSeries(Counter.Child Count, Histogram.Child Latency)
    {
        public void Note(long started)
        {
            Count.Inc();
            Latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }
}
