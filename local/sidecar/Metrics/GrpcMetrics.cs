using System.Diagnostics;
using Grpc.Core;
using Prometheus;

namespace NexusCart.Sidecar.Metrics;

/// <summary>RPCs of the gRPC API, calls that pass the proxy, calls of an app that speaks gRPC, and its health probes.</summary>
internal sealed class GrpcMetrics
{
    private const string Server = "dapr_grpc_io_server_";
    private const string Client = "dapr_grpc_io_client_";
    private const string Probes = "dapr_grpc_io_healthprobes_";

    private readonly SeriesCache<(string Method, StatusCode Status), Series> _served;
    private readonly SeriesCache<string, Sizes> _servedBytes;
    private readonly SeriesCache<(string Method, StatusCode Status), Series> _called;
    private readonly SeriesCache<string, Sizes> _calledBytes;
    private readonly SeriesCache<StatusCode, Series> _probed;

    public GrpcMetrics(Instruments instruments)
    {
        var completed = instruments.Counter(
            Server + "completed_rpcs", "Distribution of bytes sent per RPC, by method.", "grpc_server_method", "grpc_server_status");
        var latency = instruments.Latency(
            Server + "server_latency",
            "Time between first byte of request received to last byte of response sent, or terminal error.",
            "grpc_server_method",
            "grpc_server_status");
        _served = new(key => new Series(completed.Of(key.Method, NameOf(key.Status)), latency.Of(key.Method, NameOf(key.Status))));
        var received = instruments.Size(Server + "received_bytes_per_rpc", "Total bytes received across all messages per RPC.", "grpc_server_method");
        var sent = instruments.Size(Server + "sent_bytes_per_rpc", "Total bytes sent in across all response messages per RPC.", "grpc_server_method");
        _servedBytes = new(method => new Sizes(received.Of(method), sent.Of(method)));

        var answered = instruments.Counter(Client + "completed_rpcs", "Count of RPCs by method and status.", "grpc_client_method", "grpc_client_status");
        var roundtrip = instruments.Latency(
            Client + "roundtrip_latency",
            "Time between first byte of request sent to last byte of response received, or terminal error.",
            "grpc_client_method",
            "grpc_client_status");
        _called = new(key => new Series(answered.Of(key.Method, NameOf(key.Status)), roundtrip.Of(key.Method, NameOf(key.Status))));
        var sentToApp = instruments.Size(Client + "sent_bytes_per_rpc", "Total bytes sent across all request messages per RPC.", "grpc_client_method");
        var receivedFromApp = instruments.Size(
            Client + "received_bytes_per_rpc", "Total bytes received across all response messages per RPC.", "grpc_client_method");
        _calledBytes = new(method => new Sizes(receivedFromApp.Of(method), sentToApp.Of(method)));

        var probes = instruments.Counter(Probes + "completed_count", "Count of completed health probes", "grpc_client_status");
        var probeLatency = instruments.Latency(
            Probes + "roundtrip_latency",
            "Time between first byte of health probes sent to last byte of response received, or terminal error",
            "grpc_client_status");
        _probed = new(status => new Series(probes.Of(NameOf(status)), probeLatency.Of(NameOf(status))));
    }

    /// <summary>Notes an answered RPC of one message each way.</summary>
    public void Served(string method, StatusCode status, int receivedBytes, int sentBytes, long started)
    {
        _served[(method, status)].Note(started);
        var sizes = _servedBytes[method];
        sizes.Received.Observe(receivedBytes);
        sizes.Sent.Observe(sentBytes);
    }

    /// <summary>Notes a call that the app's own sidecar has passed on.</summary>
    public void Proxied(string method, StatusCode status, long started) => _served[(method, status)].Note(started);

    /// <summary>Notes a call that came from another sidecar's proxy to the app.</summary>
    public void ProxiedToApp(string method, StatusCode status, long started) => _called[(method, status)].Note(started);

    /// <summary>Notes a call of the app.</summary>
    public void Called(string method, StatusCode status, int sentBytes, int receivedBytes, long started)
    {
        _called[(method, status)].Note(started);
        var sizes = _calledBytes[method];
        sizes.Received.Observe(receivedBytes);
        sizes.Sent.Observe(sentBytes);
    }

    /// <summary>Notes a health probe.</summary>
    public void Probed(StatusCode status, long started) => _probed[status].Note(started);

    // Go's spelling of the codes.
    private static string NameOf(StatusCode status) => status == StatusCode.Cancelled ? "Canceled" : status.ToString();

    private sealed record Series(Counter.Child Count, Histogram.Child Latency)
    {
        public void Note(long started)
        {
            Count.Inc();
            Latency.Observe(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private sealed record Sizes(Histogram.Child Received, Histogram.Child Sent);
}
