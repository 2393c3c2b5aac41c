using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>The actor API on the wire, with an app that answers by hand.</summary>
public sealed class ActorApiTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly SidecarBed _bed;
    private Func<HttpContext, Task> _answer = _ => Task.CompletedTask;
    private int _calls;

    public ActorApiTests()
    {
        _bed = new SidecarBed(_time);
        _bed.Resource("state.yaml", SidecarBed.Component("statestore", "state.in-memory", ("actorStateStore", "true")));
    }

    [Theory]
    [InlineData("PUT", "/v1.0/actors/T/a/method/", 404, "ERR_DIRECT_INVOKE")]
    [InlineData("PATCH", "/v1.0/actors/T/a/method/m", 404, "ERR_DIRECT_INVOKE")]
    [InlineData("PUT", "/v1.0/actors/T/a/method/m%23", 400, "ERR_BAD_REQUEST")]
    [InlineData("PUT", "/v1.0/actors/T/a%2Fb/method/m", 400, "ERR_BAD_REQUEST")]
    [InlineData("PUT", "/v1.0/actors/T/a/reminders/r%2Fs", 400, "ERR_BAD_REQUEST")]
    [InlineData("PUT", "/v1.0/actors/dapr.internal.x/a/timers/t", 403, "ERR_ACTOR_TYPE_RESERVED")]
    [InlineData("GET", "/v1.0/actors/dapr.internal.x/a/state/k", 403, "ERR_ACTOR_TYPE_RESERVED")]
    [InlineData("PUT", "/v1.0/actors/Stranger/a/timers/t", 500, "ERR_ACTOR_TIMER_CREATE")]
    [InlineData("GET", "/v1.0/actors/Stranger/a/reminders/r", 403, "ERR_ACTOR_REMINDER_NON_HOSTED")]
    [InlineData("GET", "/v1.0/actors/T/a/reminders/r", 404, "ERR_ACTOR_REMINDER_NOT_FOUND")]
    public async Task Refuses_with_the_codes_of_dapr(string method, string path, int status, string errorCode)
    {
        var sidecar = await StartAsync();

        var response = await sidecar.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), Raw(sidecar, path)) { Content = JsonContent.Create(new { dueTime = "1h" }) });

        Assert.Equal((status, errorCode), ((int)response.StatusCode, await ErrorCodeAsync(response)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"dueTime":5}""")]
    [InlineData("""{"overwrite":"yes"}""")]
    public async Task A_body_that_cannot_be_read_is_malformed(string body)
    {
        var sidecar = await StartAsync();

        var response = await sidecar.Http.PutAsync("/v1.0/actors/T/a/reminders/r", new StringContent(body));

        Assert.Equal((HttpStatusCode.BadRequest, "ERR_MALFORMED_REQUEST"), (response.StatusCode, await ErrorCodeAsync(response)));
    }

    [Theory]
    [InlineData("""{"dueTime":"soon"}""", "unsupported time/duration format: soon")]
    [InlineData("""{"dueTime":"1s","period":"@every 1s"}""", "unsupported duration format: @every 1s")]
    [InlineData("""{"dueTime":"1s","period":"R0/PT1S"}""", "has zero repetitions")]
    [InlineData("""{"dueTime":"10s","ttl":"2000-01-01T00:00:00Z"}""", "has already expired")]
    public async Task Timers_say_what_is_wrong_with_their_times(string body, string reason)
    {
        var sidecar = await StartAsync();

        var response = await sidecar.Http.PutAsync("/v1.0/actors/T/a/timers/t", new StringContent(body));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_that_nobody_hosts_fails_after_a_while_on_both_protocols()
    {
        var sidecar = await StartAsync();

        var http = sidecar.Http.PutAsync("/v1.0/actors/Stranger/a/method/m", null);
        var grpc = new Rt.Dapr.DaprClient(sidecar.Grpc).InvokeActorAsync(
            new Rt.InvokeActorRequest { ActorType = "Stranger", ActorId = "a", Method = "m" }).ResponseAsync;
        await AdvanceUntilAsync(Task.WhenAll(http, grpc.ContinueWith(_ => { }, TaskScheduler.Default)));

        var response = await http;
        Assert.Equal((HttpStatusCode.InternalServerError, "ERR_ACTOR_INVOKE_METHOD"), (response.StatusCode, await ErrorCodeAsync(response)));
        Assert.Contains("did not find address for actor 'Stranger/a'", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => grpc)).StatusCode);
    }

    [Fact]
    public async Task A_call_waits_for_an_app_that_is_about_to_come()
    {
        var caller = await _bed.StartSidecarAsync("caller");
        var call = caller.Http.PutAsync("/v1.0/actors/T/a/method/m", null);

        await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    [Fact]
    public async Task While_the_app_is_unhealthy_calls_fail_clearly_and_reminders_wait()
    {
        var healthy = true;
        var sidecar = await StartAsync(
            options => options with { EnableAppHealthCheck = true, AppHealthProbeInterval = TimeSpan.FromSeconds(1), AppHealthThreshold = 1 },
            app => app.MapGet("/healthz", () => healthy ? Results.Ok() : Results.StatusCode(500)));
        await sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);
        await sidecar.Http.PutAsync("/v1.0/actors/T/a/reminders/r", new StringContent("""{"dueTime":"20s"}"""));

        healthy = false;
        await AdvanceUntilAsync(() => sidecar.Host.Sidecar.App.IsHealthy == false);
        var call = sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);
        await AdvanceUntilAsync(call);
        Assert.Contains("not healthy", await (await call).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var before = Volatile.Read(ref _calls);
        _time.Advance(TimeSpan.FromSeconds(60));

        healthy = true;
        await AdvanceUntilAsync(() => Volatile.Read(ref _calls) > before);
        Assert.Equal(HttpStatusCode.OK, (await sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null)).StatusCode);
    }

    [Fact]
    public async Task State_keeps_numbers_that_no_double_holds()
    {
        var sidecar = await StartAsync();
        await sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);

        await sidecar.Http.PutAsync(
            "/v1.0/actors/T/a/state",
            new StringContent("""[{"operation":"upsert","request":{"key":"n","value": 9007199254740993}}]"""));

        Assert.Equal("9007199254740993", await sidecar.Http.GetStringAsync("/v1.0/actors/T/a/state/n"));
    }

    [Fact]
    public async Task In_strict_mode_numbers_are_what_dapr_makes_of_them()
    {
        var sidecar = await StartAsync(options => options with { Strict = true });
        await sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);

        await sidecar.Http.PutAsync(
            "/v1.0/actors/T/a/state",
            new StringContent("""[{"operation":"upsert","request":{"key":"n","value": 9007199254740993}}]"""));

        Assert.Equal("9007199254740992", await sidecar.Http.GetStringAsync("/v1.0/actors/T/a/state/n"));
    }

    [Fact]
    public async Task A_reminder_ends_when_its_actor_says_so()
    {
        _answer = context =>
        {
            context.Response.Headers["X-DaprReminderCancel"] = "true";
            return Task.CompletedTask;
        };
        var sidecar = await StartAsync();
        await sidecar.Http.PutAsync("/v1.0/actors/T/a/reminders/r", new StringContent("""{"dueTime":"1s","period":"1s"}"""));

        await AdvanceUntilAsync(() => Volatile.Read(ref _calls) > 0);
        HttpResponseMessage found;
        do
            found = await sidecar.Http.GetAsync("/v1.0/actors/T/a/reminders/r");
        while (found.StatusCode == HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.NotFound, found.StatusCode);
    }

    [Fact]
    public async Task A_reminder_over_http_may_drop_its_failures()
    {
        _answer = context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var sidecar = await StartAsync();
        await sidecar.Http.PutAsync(
            "/v1.0/actors/T/a/reminders/r", new StringContent("""{"dueTime":"1s","failurePolicy":{"drop":{}}}"""));

        await AdvanceUntilAsync(() => Volatile.Read(ref _calls) > 0);
        while ((await sidecar.Http.GetAsync("/v1.0/actors/T/a/reminders/r")).StatusCode == HttpStatusCode.OK)
            await Task.Delay(5);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Reminders_are_listed_over_grpc()
    {
        var sidecar = await StartAsync();
        var client = new Rt.Dapr.DaprClient(sidecar.Grpc);
        var data = Google.Protobuf.ByteString.CopyFromUtf8("x");
        await client.RegisterActorReminderAsync(new Rt.RegisterActorReminderRequest { ActorType = "T", ActorId = "a", Name = "r1", DueTime = "1h", Period = "2h", Data = data });
        await client.RegisterActorReminderAsync(new Rt.RegisterActorReminderRequest { ActorType = "T", ActorId = "b", Name = "r2", DueTime = "1h" });

        var listed = await client.ListActorRemindersAsync(new Rt.ListActorRemindersRequest { ActorType = "T" });
        Assert.Equal(["a/r1", "b/r2"], listed.Reminders.Select(reminder => $"{reminder.Reminder.ActorId}/{reminder.Name}"));
        var got = await client.GetActorReminderAsync(new Rt.GetActorReminderRequest { ActorType = "T", ActorId = "a", Name = "r1" });
        Assert.Equal(("1h", "@every 2h0m0s", "\"eA==\""), (got.DueTime, got.Period, got.Data.Unpack<Google.Protobuf.WellKnownTypes.BytesValue>().Value.ToStringUtf8()));

        await client.UnregisterActorRemindersByTypeAsync(new Rt.UnregisterActorRemindersByTypeRequest { ActorType = "T", ActorId = "a" });
        Assert.Equal("r2", Assert.Single((await client.ListActorRemindersAsync(new Rt.ListActorRemindersRequest { ActorType = "T" })).Reminders).Name);
        await client.UnregisterActorRemindersByTypeAsync(new Rt.UnregisterActorRemindersByTypeRequest { ActorType = "T" });
        Assert.Empty((await client.ListActorRemindersAsync(new Rt.ListActorRemindersRequest { ActorType = "T" })).Reminders);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_fails_but_its_turn_goes_on()
    {
        _bed.Resource("resiliency.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: limits }
            spec:
              policies: { timeouts: { brief: 5s } }
              targets: { actors: { T: { timeout: brief } } }
            """);
        var gate = new TaskCompletionSource();
        _answer = context => context.Request.Path.Value!.EndsWith("slow", StringComparison.Ordinal) ? gate.Task : Task.CompletedTask;
        var sidecar = await StartAsync();

        var slow = sidecar.Http.PutAsync("/v1.0/actors/T/a/method/slow", null);
        await AdvanceUntilAsync(slow);
        Assert.Contains("context deadline exceeded", await (await slow).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var next = sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);
        await sidecar.Http.PutAsync("/v1.0/actors/T/other/method/m", null);
        Assert.False(next.IsCompleted);

        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await next).StatusCode);
    }

    [Fact]
    public async Task A_policy_may_try_again()
    {
        _bed.Resource("resiliency.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: retries }
            spec:
              policies: { retries: { twice: { policy: constant, duration: 1s, maxRetries: 2 } } }
              targets: { actors: { T: { retry: twice } } }
            """);
        _answer = context =>
        {
            context.Response.StatusCode = _calls < 3 ? 500 : 200;
            return Task.CompletedTask;
        };
        var sidecar = await StartAsync();

        var call = sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null);
        await AdvanceUntilAsync(call);

        Assert.Equal((HttpStatusCode.OK, 3), ((await call).StatusCode, _calls));
    }

    [Fact]
    public async Task Without_a_store_there_is_no_state()
    {
        File.Delete(Path.Combine(_bed.ResourcesFolder, "state.yaml"));
        var sidecar = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await sidecar.Http.PutAsync("/v1.0/actors/T/a/method/m", null)).StatusCode);
        var response = await sidecar.Http.GetAsync("/v1.0/actors/T/a/state/k");
        Assert.Equal((HttpStatusCode.InternalServerError, "ERR_ACTOR_RUNTIME_NOT_FOUND"), (response.StatusCode, await ErrorCodeAsync(response)));
    }

    [Fact]
    public async Task Callers_cannot_pretend_to_be_somebody_else()
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        _answer = context =>
        {
            foreach (var (name, value) in context.Request.Headers)
                seen[name] = value.ToString();
            return Task.CompletedTask;
        };
        await StartAsync();
        var caller = await _bed.StartSidecarAsync("caller");
        var request = new HttpRequestMessage(HttpMethod.Put, "/v1.0/actors/T/a/method/m?x=1") { Content = new StringContent("x", Encoding.UTF8, "text/x") };
        request.Headers.Add("dapr-caller-app-id", "admin");
        request.Headers.Add("dapr-api-token", "secret");
        request.Headers.Add("x-mine", ["1", "2"]);

        Assert.Equal(HttpStatusCode.OK, (await caller.Http.SendAsync(request)).StatusCode);

        Assert.Equal(("caller", "default", "true", "1, 2", "text/x; charset=utf-8"),
            (seen["dapr-caller-app-id"], seen["dapr-caller-namespace"], seen["dapr-api-call"], seen["x-mine"], seen["content-type"]));
        Assert.DoesNotContain("dapr-api-token", seen.Keys);
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    private static Uri Raw(TestSidecar sidecar, string path) =>
        new(sidecar.HttpEndpoint + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static async Task<string?> ErrorCodeAsync(HttpResponseMessage response) =>
        (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errorCode"];

    private async Task<TestSidecar> StartAsync(Func<SidecarOptions, SidecarOptions>? change = null, Action<WebApplication>? configure = null)
    {
        var app = await _bed.StartAppAsync(web =>
        {
            web.MapGet("/dapr/config", () => Results.Text("""{"entities":["T"]}""", "application/json"));
            web.MapPut("/actors/{type}/{id}/method/{**method}", async context =>
            {
                Interlocked.Increment(ref _calls);
                await _answer(context);
            });
            web.MapDelete("/actors/{type}/{id}", () => Results.Ok());
            configure?.Invoke(web);
        });
        return await _bed.StartSidecarAsync("shop", app, change);
    }

    private Task AdvanceUntilAsync(Task task) => AdvanceUntilAsync(() => task.IsCompleted);

    private async Task AdvanceUntilAsync(Func<bool> condition)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "it does not happen");
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(10);
        }
    }
}
