using System.Diagnostics;
using System.Globalization;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>Calls between sidecars.</summary>
internal sealed class InvocationMetrics
{
    private const string Prefix = "dapr_runtime_service_invocation_";
    private const string Unary = "unary";

    private readonly SeriesCache<string, Counter.Child> _requestsSent;
    private readonly SeriesCache<string, Counter.Child> _requestsReceived;
    private readonly SeriesCache<(string App, int Status), Counter.Child> _responsesSent;
    private readonly SeriesCache<(string App, int Status), (Counter.Child Count, Histogram.Child Latency)> _responsesReceived;

    public InvocationMetrics(Instruments instruments)
    {
        var requestsSent = instruments.Counter(Prefix + "req_sent_total", "The number of requests sent via service invocation.", "dst_app_id", "type");
        _requestsSent = new(app => requestsSent.Of(app, Unary));
        var requestsReceived = instruments.Counter(Prefix + "req_recv_total", "The number of requests received via service invocation.", "src_app_id");
        _requestsReceived = new(app => requestsReceived.Of(app));
        var responsesSent = instruments.Counter(Prefix + "res_sent_total", "The number of responses sent via service invocation.", "dst_app_id", "status");
        _responsesSent = new(key => responsesSent.Of(key.App, Text(key.Status)));
        var responses = instruments.Counter(
            Prefix + "res_recv_total", "The number of responses received via service invocation.", "src_app_id", "status", "type");
        var latency = instruments.Latency(Prefix + "res_recv_latency_ms", "The latency of service invocation response.", "src_app_id", "status");
        _responsesReceived = new(key => (responses.Of(key.App, Text(key.Status), Unary), latency.Of(key.App, Text(key.Status))));
    }

    /// <summary>Notes a call that leaves for another app.</summary>
    public void RequestSent(string target) => _requestsSent[target].Inc();

    /// <summary>Notes a call that came from another app.</summary>
    public void RequestReceived(string caller) => _requestsReceived[caller].Inc();

    /// <summary>Notes the answer to another app.</summary>
    /// <param name="caller">Who had called.</param>
    /// <param name="status">HTTP status, or gRPC code of an app that speaks gRPC.</param>
    public void ResponseSent(string caller, int status) => _responsesSent[(caller, status)].Inc();

    /// <summary>Notes the answer of another app.</summary>
    /// <param name="target">Who has answered.</param>
    /// <param name="status">HTTP status, or gRPC code of an app that speaks gRPC.</param>
    /// <param name="started">Timestamp of the call's begin.</param>
    public void ResponseReceived(string target, int status, long started)
    {
        var (count, latency) = _responsesReceived[(target, status)];
        count.Inc();
        latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
