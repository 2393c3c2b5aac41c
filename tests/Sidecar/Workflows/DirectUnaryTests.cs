using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>
/// The RPCs that bypass the gRPC server answer as it does. A call with a deadline goes through the server: what it is told, one
/// without must be told too.
/// </summary>
public sealed class DirectUnaryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("running", "")]
    [InlineData("größe#", "")]
    [InlineData("", "")]
    [InlineData("large", "5 MiB")]
    public async Task A_refusal_is_the_same_with_and_without_a_deadline(string id, string size)
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var running = worker.StartAsync("running").ResponseAsync;
        await worker.AnswerAsync(await worker.NextTurnAsync(), RawWorker.Schedule(0, "act"));
        await running;
        var request = new CreateInstanceRequest { InstanceId = id, Name = "W", Input = size.Length > 0 ? new string('x', 5 << 20) : null };

        var served = await Assert.ThrowsAsync<RpcException>(async () => await worker.Hub.StartInstanceAsync(request, deadline: DateTime.UtcNow + Patience));
        var direct = await Assert.ThrowsAsync<RpcException>(async () => await worker.Hub.StartInstanceAsync(request));
        Assert.Equal((served.StatusCode, served.Status.Detail), (direct.StatusCode, direct.Status.Detail));
    }

    [Fact]
    public async Task An_error_with_details_carries_them()
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.Bed.StartSidecarAsync("stateless", change: options => options with { PlacementEnabled = false });
        var hub = new TaskHubSidecarService.TaskHubSidecarServiceClient(sidecar.Grpc);
        var request = new WorkflowResponse { InstanceId = "none" };

        var served = await Assert.ThrowsAsync<RpcException>(async () => await hub.CompleteOrchestratorTaskAsync(request, deadline: DateTime.UtcNow + Patience));
        var direct = await Assert.ThrowsAsync<RpcException>(async () => await hub.CompleteOrchestratorTaskAsync(request));
        Assert.Equal((served.StatusCode, served.Status.Detail), (direct.StatusCode, direct.Status.Detail));
        Assert.Equal(Details(served), Details(direct));

        static string Details(RpcException error) => Convert.ToBase64String(error.Trailers.GetValueBytes("grpc-status-details-bin") ?? []);
    }

    [Fact]
    public async Task A_compressed_request_is_read()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await using var worker = await bed.Connect().ConnectedAsync();
        var compressed = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var start = worker.Hub.StartInstanceAsync(new CreateInstanceRequest { InstanceId = "zip", Name = "W", Input = new string('x', 10_000) }, compressed).ResponseAsync;
        var turn = await worker.NextTurnAsync();
        await worker.Hub.CompleteOrchestratorTaskAsync(new WorkflowResponse { InstanceId = turn.InstanceId, Actions = { RawWorker.Done(0, "1") } }, compressed);
        await start;
        Assert.Equal(10_000, (await worker.EndAsync("zip")).Input.Length);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, 0xFF })]
    public async Task A_body_that_is_no_message_is_refused(byte[] body)
    {
        await using var bed = WorkflowBed.Create();
        var sidecar = await bed.StartSidecarAsync();
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
        using var answer = await http.PostAsync(new Uri(sidecar.GrpcEndpoint + "/TaskHubSidecarService/CompleteOrchestratorTask"), content);
        await answer.Content.ReadAsByteArrayAsync();
        var status = answer.TrailingHeaders.Concat(answer.Headers).Single(static header => header.Key == "grpc-status").Value.Single();
        Assert.NotEqual("0", status);
    }
}
