using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Hosting;

public sealed class SidecarHostTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    [Fact]
    public async Task Answers_health_on_both_loopback_addresses_without_an_app()
    {
        var sidecar = await _bed.StartSidecarAsync("alone");

        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/healthz")).StatusCode);
        using var six = new HttpClient();
        Assert.Equal(HttpStatusCode.NoContent, (await six.GetAsync($"http://[::1]:{sidecar.Host.Options.HttpPort}/v1.0/healthz/outbound")).StatusCode);
    }

    [Fact]
    public async Task Http_port_serves_http1_and_http2_without_tls_side_by_side()
    {
        var app = await _bed.StartAppAsync(app => app.MapPost("/echo", (HttpRequest request) => Results.Stream(request.Body)));
        var sidecar = await _bed.StartSidecarAsync("both", app);
        var body = new string('x', 100_000);

        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.0/invoke/both/method/echo")
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StringContent(body),
            };
            using var response = await sidecar.Http.SendAsync(request);
            Assert.Equal(version, response.Version);
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task First_bytes_that_come_one_by_one_are_told_apart_all_the_same()
    {
        var sidecar = await _bed.StartSidecarAsync("slow");

        Assert.StartsWith("HTTP/1.1 204", await SayAsync(sidecar, "P", "UT /v1.0/metadata/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", "Content-Length: 1\r\n\r\nv"), StringComparison.Ordinal);
        // An HTTP/2 server answers the preface with a SETTINGS frame: type 4 in the fourth byte.
        Assert.Equal(4, (await SayAsync(sidecar, "PRI * HT", "TP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0\u0004\0\0\0\0\0"))[3]);
    }

    private static async Task<string> SayAsync(TestSidecar sidecar, params string[] parts)
    {
        using var client = new System.Net.Sockets.TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, sidecar.Host.Options.HttpPort);
        foreach (var part in parts)
        {
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(part));
            await Task.Delay(20);
        }

        var answer = new byte[4096];
        var length = await client.GetStream().ReadAsync(answer);
        return System.Text.Encoding.ASCII.GetString(answer, 0, length);
    }

    [Fact]
    public async Task Is_healthy_outbound_before_the_app_listens_and_healthy_after()
    {
        var port = FreePorts.Next();
        var sidecar = await _bed.StartSidecarAsync("late", change: options => options with { AppPort = port }, waitForApp: false);

        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/healthz/outbound")).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await sidecar.Http.GetAsync("/v1.0/healthz")).StatusCode);

        await _bed.StartAppAsync(app => app.MapGet("/", () => "x"), port: port);
        await sidecar.AppReadyAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/healthz")).StatusCode);
    }

    [Theory]
    [InlineData("//v1.0//healthz")]
    [InlineData("/v1.0/healthz/")]
    [InlineData("/v1.0/./x/../healthz")]
    public async Task Cleans_the_path_before_routing(string path)
    {
        var sidecar = await _bed.StartSidecarAsync("alone");
        var uri = new Uri(sidecar.HttpEndpoint + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync(uri)).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1.0/nothing")]
    [InlineData("GET", "/V1.0/healthz")]
    [InlineData("OPTIONS", "/v1.0/healthz")]
    public async Task Takes_unknown_routes_for_invocations_without_an_app(string method, string path)
    {
        var sidecar = await _bed.StartSidecarAsync("alone");

        var response = await sidecar.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("ERR_DIRECT_INVOKE", (string?)body["errorCode"]);
    }

    [Fact]
    public async Task Refuses_callers_without_the_token_but_lets_health_pass()
    {
        var sidecar = await _bed.StartSidecarAsync("guarded", change: options => options with { ApiToken = "tok" });

        var refused = await sidecar.Http.GetAsync("/v1.0/metadata");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("invalid api token\n", await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/healthz")).StatusCode);

        var client = new Rt.Dapr.DaprClient(sidecar.Grpc);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.GetMetadataAsync(new Rt.GetMetadataRequest()));
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
    }

    [Fact]
    public async Task Answers_unimplemented_to_rpcs_it_does_not_serve()
    {
        var sidecar = await _bed.StartSidecarAsync("alone");
        var client = new Rt.Dapr.DaprClient(sidecar.Grpc);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.SubtleDecryptAlpha1Async(new Rt.SubtleDecryptRequest()));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public void Names_file_and_line_of_what_it_cannot_use()
    {
        var config = Path.Combine(_bed.Folder, "bad.yaml");
        File.WriteAllText(config, "kind: Configuration\nspec:\n  features: text\n");

        var error = Assert.Throws<ResourceException>(() =>
            SidecarHost.Create(new SidecarOptions { AppId = "a", HttpPort = 0, GrpcPort = 0, ConfigPaths = [config] }, _bed.Cluster));

        Assert.Equal($"{config}:3: 'features' must be a list", error.Message);
    }

    [Fact]
    public async Task Refuses_a_component_type_it_does_not_have()
    {
        _bed.Resource("x.yaml", SidecarBed.Component("x", "state.nothing"));

        var error = await Assert.ThrowsAsync<ResourceException>(() => _bed.StartSidecarAsync("a"));

        Assert.Contains("state.nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reflection_describes_the_runtime_service()
    {
        var sidecar = await _bed.StartSidecarAsync("alone");
        var client = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(sidecar.Grpc);

        using var call = client.ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "dapr.proto.runtime.v1.Dapr" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
        await call.RequestStream.CompleteAsync();
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();
}
