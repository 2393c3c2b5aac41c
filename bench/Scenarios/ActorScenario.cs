using System.Net.Http;
using System.Net.Http.Headers;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Bench.Apps;
using NexusCart.Bench.Load;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Bench.Scenarios;

/// <summary>Calls of an actor's method, spread over many actors: client, sidecar, the actor's turn, the app, and back.</summary>
public static class ActorScenario
{
    private const double AimPerSecond = 10_000;
    private const string AppId = "echo";
    private const int Actors = 10_000;
    private const int BodyBytes = 128;

    /// <summary>Measures calls over one protocol of the API; the .NET SDK's actor proxies use HTTP.</summary>
    public static async Task<IReadOnlyList<LoadResult>> RunAsync(bool overGrpc, LoadPlan plan, CancellationToken cancellation)
    {
        await using var app = await AppProcess.StartAsync(workMilliseconds: 0, cancellation);
        await using var sidecar = await BenchSidecar.StartAsync([new BenchApp(AppId, app.Port)], cancellation: cancellation);
        var bench = new SidecarBench(sidecar, app, plan);
        var body = new byte[BodyBytes];
        Random.Shared.NextBytes(body);
        return overGrpc
            ? await GrpcAsync(bench, sidecar, body, cancellation)
            : await HttpAsync(bench, sidecar, body, cancellation);
    }

    private static async Task<IReadOnlyList<LoadResult>> HttpAsync(SidecarBench bench, BenchSidecar sidecar, byte[] body, CancellationToken cancellation)
    {
        using var http = Clients.Http(sidecar.Http(AppId));
        var paths = Enumerable.Range(0, Actors).Select(i => new Uri($"/v1.0/actors/{EchoApp.ActorType}/{i}/method/Echo", UriKind.Relative)).ToArray();
        var type = new MediaTypeHeaderValue("application/octet-stream");
        return await bench.MeasureAsync(
            new Operation("actor method over HTTP", AimPerSecond, async (index, stop) =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Put, paths[index % Actors])
                {
                    Content = new ByteArrayContent(body) { Headers = { ContentType = type } },
                };
                using var answer = await http.SendAsync(request, stop);
                return answer.IsSuccessStatusCode && answer.Content.Headers.ContentLength == BodyBytes;
            }),
            cancellation);
    }

    private static async Task<IReadOnlyList<LoadResult>> GrpcAsync(SidecarBench bench, BenchSidecar sidecar, byte[] body, CancellationToken cancellation)
    {
        using var channel = Clients.Grpc(sidecar.Grpc(AppId));
        var client = new Rt.Dapr.DaprClient(channel);
        var data = ByteString.CopyFrom(body);
        return await bench.MeasureAsync(
            new Operation("actor method over gRPC", AimPerSecond, async (index, stop) =>
            {
                var request = new InvokeActorRequest { ActorType = EchoApp.ActorType, ActorId = $"{index % Actors}", Method = "Echo", Data = data };
                return (await client.InvokeActorAsync(request, new CallOptions(cancellationToken: stop))).Data.Length == BodyBytes;
            }),
            cancellation);
    }
}
