using System.Net.Http;
using System.Net.Http.Headers;
using Grpc.Core;
using NexusCart.Bench.Apps;
using NexusCart.Bench.Load;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// Service invocation: a client beside one sidecar calls an app behind another one. Both sidecars live in one process, as they do
/// when a run file starts them; to the app it is HTTP/2 without TLS.
/// </summary>
public static class InvocationScenario
{
    private const double AimPerSecond = 15_000;
    private const string Caller = "caller";
    private const string Callee = "echo";
    private const int BodyBytes = 128;

    /// <summary>Measures calls over one protocol.</summary>
    public static async Task<IReadOnlyList<LoadResult>> RunAsync(bool overGrpc, LoadPlan plan, CancellationToken cancellation)
    {
        await using var app = await AppProcess.StartAsync(workMilliseconds: 0, cancellation);
        await using var sidecar = await BenchSidecar.StartAsync([new BenchApp(Caller), new BenchApp(Callee, app.Port)], cancellation: cancellation);
        var bench = new SidecarBench(sidecar, app, plan);
        var body = new byte[BodyBytes];
        Random.Shared.NextBytes(body);
        return overGrpc
            ? await GrpcAsync(bench, sidecar, body, cancellation)
            : await HttpAsync(bench, sidecar, body, cancellation);
    }

    private static async Task<IReadOnlyList<LoadResult>> HttpAsync(SidecarBench bench, BenchSidecar sidecar, byte[] body, CancellationToken cancellation)
    {
        using var http = Clients.Http(sidecar.Http(Caller));
        var path = new Uri($"/v1.0/invoke/{Callee}/method/echo", UriKind.Relative);
        var type = new MediaTypeHeaderValue("application/octet-stream");
        return await bench.MeasureAsync(
            new Operation("invocation over HTTP", AimPerSecond, async (_, stop) =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) { Headers = { ContentType = type } } };
                using var answer = await http.SendAsync(request, stop);
                return answer.IsSuccessStatusCode && answer.Content.Headers.ContentLength == BodyBytes;
            }),
            cancellation);
    }

    private static async Task<IReadOnlyList<LoadResult>> GrpcAsync(SidecarBench bench, BenchSidecar sidecar, byte[] body, CancellationToken cancellation)
    {
        using var channel = Clients.Grpc(sidecar.Grpc(Caller));
        var invoker = channel.CreateCallInvoker();
        var headers = new Metadata { { "dapr-app-id", Callee } };
        return await bench.MeasureAsync(
            new Operation("invocation over gRPC", AimPerSecond, async (_, stop) =>
                (await invoker.AsyncUnaryCall(EchoService.Method, null, new CallOptions(headers, cancellationToken: stop), body)).Length == BodyBytes),
            cancellation);
    }
}
