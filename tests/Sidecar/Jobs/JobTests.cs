using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dapr.AppCallback.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Jobs;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Jobs;

/// <summary>Jobs where the recorded cases do not reach: restarts, several instances, apps that are away.</summary>
public sealed class JobTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task A_job_that_came_due_while_nobody_was_there_is_delivered_after_the_restart()
    {
        var alone = await _bed.StartSidecarAsync("shop");
        await ScheduleAsync(alone, "nightly", new { dueTime = "0s", data = new { run = 1 } });
        await _bed.RestartAsync();

        var received = new Inbox();
        await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(received.Map));
        Assert.Equal("""{ "run": 1 }""", await received.BodyOfAsync("nightly"));
    }

    [Fact]
    public async Task What_was_given_is_read_back_after_a_restart()
    {
        var sidecar = await _bed.StartSidecarAsync("shop");
        await ScheduleAsync(sidecar, "report", new
        {
            schedule = "@every 1h", dueTime = "2h", ttl = "72h", repeats = 7, data = "x", failurePolicy = new { drop = new { } },
        });
        await _bed.RestartAsync();

        sidecar = await _bed.StartSidecarAsync("shop");
        var job = JsonNode.Parse(await sidecar.Http.GetStringAsync("/v1.0/jobs/report"))!;
        Assert.True(JsonNode.DeepEquals(job, JsonNode.Parse("""
            {
              "name": "report", "schedule": "@every 1h", "dueTime": "2h", "ttl": "72h", "repeats": 7,
              "data": { "@type": "type.googleapis.com/google.protobuf.Value", "value": "x" }, "failurePolicy": { "drop": {} }
            }
            """)), job.ToJsonString());
    }

    [Fact]
    public async Task Instances_of_one_app_share_the_runs()
    {
        var (first, second) = (new Inbox(), new Inbox());
        var sidecar = await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(first.Map));
        await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(second.Map));
        for (var i = 0; i < 8; i++)
            await ScheduleAsync(sidecar, $"j{i}", new { dueTime = "0s", data = i });

        await Eventually.TrueAsync(() => first.Count + second.Count == 8);
        Assert.Equal(4, first.Count);
        Assert.Equal(4, second.Count);
    }

    [Fact]
    public async Task A_run_is_left_to_the_other_instance_when_one_stops()
    {
        var (first, second) = (new Inbox(), new Inbox());
        var sidecar = await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(first.Map));
        var leaving = await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(second.Map));
        await leaving.Host.StopAsync();
        for (var i = 0; i < 4; i++)
            await ScheduleAsync(sidecar, $"j{i}", new { dueTime = "0s", data = i });

        await Eventually.TrueAsync(() => first.Count == 4);
        Assert.Equal(0, second.Count);
    }

    [Fact]
    public async Task A_job_without_data_reaches_the_app_and_can_be_read()
    {
        var received = new Inbox();
        var sidecar = await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(received.Map));
        await ScheduleAsync(sidecar, "later", new { dueTime = "1h" });
        Assert.Null(JsonNode.Parse(await sidecar.Http.GetStringAsync("/v1.0/jobs/later"))!["data"]);
        await ScheduleAsync(sidecar, "now", new { dueTime = "0s" });
        Assert.Equal("", await received.BodyOfAsync("now"));
    }

    [Fact]
    public async Task A_job_waits_for_an_app_that_is_down_without_using_up_its_attempts()
    {
        var received = new Inbox();
        var app = await _bed.StartAppAsync(_ => { });
        var sidecar = await _bed.StartSidecarAsync("shop", app);
        await app.DisposeAsync();
        await ScheduleAsync(sidecar, "patient", new { dueTime = "0s", data = "x", failurePolicy = new { drop = new { } } });
        // The first attempt meets the closed port.
        var scheduler = NexusCart.Sidecar.Scheduling.DurableScheduler.Shared(_bed.Cluster);
        await Eventually.TrueAsync(() => scheduler.RunsUnderWay == 0);
        Assert.Equal(HttpStatusCode.OK, (await sidecar.Http.GetAsync("/v1.0/jobs/patient")).StatusCode);

        await _bed.StartAppAsync(received.Map, port: app.Port);
        Assert.Equal("\"x\"", await received.BodyOfAsync("patient"));
    }

    [Fact]
    public async Task Data_that_is_nested_too_deep_is_refused()
    {
        var sidecar = await _bed.StartSidecarAsync("shop");
        var body = $$"""{"dueTime":"1h","data":{{new string('[', 400)}}{{new string(']', 400)}}}""";
        using var answer = await sidecar.Http.PostAsync("/v1.0/jobs/deep", new StringContent(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_name_with_a_space_arrives_as_it_is()
    {
        var received = new Inbox();
        var sidecar = await _bed.StartSidecarAsync("shop", await _bed.StartAppAsync(received.Map));
        await ScheduleAsync(sidecar, "end%20of%20day", new { dueTime = "0s", data = 1 });
        Assert.Equal("1", await received.BodyOfAsync("end of day"));
    }

    [Fact]
    public async Task An_app_that_knows_only_the_alpha_callback_gets_its_jobs_there()
    {
        var names = new BlockingCollection<string>();
        var app = await _bed.StartAppAsync(
            web => web.MapGrpcService<AlphaCallback>(),
            services =>
            {
                services.AddGrpc();
                services.AddSingleton(names);
            },
            AppProtocol.Grpc);
        var sidecar = await _bed.StartSidecarAsync("shop", app);
        await ScheduleAsync(sidecar, "alpha", new { dueTime = "0s", data = 1 });
        Assert.Equal("alpha", await Task.Run(() => names.Take(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token)));
    }

    [Theory]
    [InlineData("\n\u0005hello", "\u0005hello")]
    [InlineData(" \t both \u00a0\u3000", "both")]
    [InlineData("", "")]
    public void Bytes_lose_the_white_space_at_their_ends(string bytes, string body) =>
        Assert.Equal(body, Encoding.UTF8.GetString(HttpJobSender.BodyOf(new Any { Value = ByteString.CopyFromUtf8(bytes) }).Span));

    private static async Task ScheduleAsync(TestSidecar sidecar, string name, object job)
    {
        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0/jobs/" + name, job);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private sealed class Inbox
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _bodies = new();
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Map(WebApplication app) => app.MapPost("/job/{name}", async (string name, HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            Of(name).TrySetResult(await reader.ReadToEndAsync());
            Interlocked.Increment(ref _count);
        });

        public Task<string> BodyOfAsync(string name) => Of(name).Task.WaitAsync(TimeSpan.FromSeconds(20));

        private TaskCompletionSource<string> Of(string name) =>
            _bodies.GetOrAdd(name, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private sealed class AlphaCallback(BlockingCollection<string> names) : AppCallbackAlpha.AppCallbackAlphaBase
    {
        [Obsolete("What an older app has.")]
        public override Task<JobEventResponse> OnJobEventAlpha1(JobEventRequest request, ServerCallContext context)
        {
            names.Add(request.Name);
            return Task.FromResult(new JobEventResponse());
        }
    }
}
