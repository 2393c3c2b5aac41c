using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Invocation;

public sealed class HttpInvocationTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.H2c)]
    public async Task Calls_another_app_and_passes_status_headers_and_body_both_ways(AppProtocol protocol)
    {
        var app = await StartEchoAsync(protocol);
        await _bed.StartSidecarAsync("callee", app);
        var caller = await _bed.StartSidecarAsync("caller");

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.0/invoke/callee/method/echo/a%20b?x=1&y=%C3%A4")
        {
            Content = new StringContent("body", Encoding.UTF8, "text/plain"),
            Headers = { { "x-mine", "1" }, { "abc-bin", "AAA=" } },
        };
        var response = await caller.Http.SendAsync(request);

        Assert.Equal((HttpStatusCode)299, response.StatusCode);
        Assert.Equal("yes", response.Headers.GetValues("x-answer").Single());
        var seen = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("/echo/a b", (string?)seen["path"]);
        Assert.Equal("?x=1&y=%C3%A4", (string?)seen["query"]);
        Assert.Equal("body", (string?)seen["body"]);
        Assert.Equal("1", (string?)seen["headers"]!["x-mine"]);
        Assert.Null(seen["headers"]!["abc-bin"]);
        Assert.Equal("caller", (string?)seen["headers"]!["dapr-caller-app-id"]);
        Assert.Equal("callee", (string?)seen["headers"]!["dapr-callee-app-id"]);
        Assert.NotNull(seen["headers"]!["traceparent"]);
    }

    [Fact]
    public async Task Callers_own_claims_about_the_caller_are_replaced()
    {
        await _bed.StartSidecarAsync("callee", await StartEchoAsync());
        var caller = await _bed.StartSidecarAsync("caller");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo") { Headers = { { "dapr-app-id", "callee" }, { "dapr-caller-app-id", "admin" } } };
        var seen = JsonNode.Parse(await (await caller.Http.SendAsync(request)).Content.ReadAsStringAsync())!;

        Assert.Equal("caller", (string?)seen["headers"]!["dapr-caller-app-id"]);
    }

    [Fact]
    public async Task Streams_an_answer_as_it_comes()
    {
        var release = new TaskCompletionSource();
        var app = await _bed.StartAppAsync(app => app.MapGet("/stream", async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await release.Task;
            await context.Response.WriteAsync("last");
        }));
        var sidecar = await _bed.StartSidecarAsync("app", app);

        using var response = await sidecar.Http.GetAsync("/v1.0/invoke/app/method/stream", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer);
        Assert.Equal("first", Encoding.UTF8.GetString(buffer));
        release.SetResult();
        using var reader = new StreamReader(body);
        Assert.Equal("last", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Large_bodies_pass_and_too_large_ones_do_not()
    {
        await _bed.StartSidecarAsync("callee", await StartEchoAsync(AppProtocol.H2c));
        var caller = await _bed.StartSidecarAsync("caller");

        var fits = await caller.Http.PostAsync("/v1.0/invoke/callee/method/length", new ByteArrayContent(new byte[4 << 20]));
        Assert.Equal($"{4 << 20}", await fits.Content.ReadAsStringAsync());

        var tooLarge = await caller.Http.PostAsync("/v1.0/invoke/callee/method/length", new ByteArrayContent(new byte[(4 << 20) + 1]));
        Assert.Equal(HttpStatusCode.InternalServerError, tooLarge.StatusCode);
        Assert.Contains("stream too large", await tooLarge.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunked_body_over_the_limit_is_refused_on_the_way()
    {
        await _bed.StartSidecarAsync("callee", await StartEchoAsync());
        var caller = await _bed.StartSidecarAsync("caller");

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1.0/invoke/callee/method/length")
        {
            Content = new ByteArrayContent(new byte[6 << 20]),
            Headers = { TransferEncodingChunked = true },
        };
        var response = await caller.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    [Fact]
    public async Task App_token_reaches_the_callee_and_the_api_token_does_not()
    {
        var app = await StartEchoAsync();
        await _bed.StartSidecarAsync("callee", app, options => options with { AppApiToken = "for-callee" });
        var caller = await _bed.StartSidecarAsync("caller", change: options => options with { ApiToken = "tok" });

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1.0/invoke/callee/method/echo") { Headers = { { "dapr-api-token", "tok" } } };
        var seen = JsonNode.Parse(await (await caller.Http.SendAsync(request)).Content.ReadAsStringAsync())!;

        Assert.Equal("for-callee", (string?)seen["headers"]!["dapr-api-token"]);
    }

    [Fact]
    public async Task Official_client_invokes_by_app_id()
    {
        await _bed.StartSidecarAsync("callee", await StartEchoAsync());
        var caller = await _bed.StartSidecarAsync("caller");

        using var client = Dapr.Client.DaprClient.CreateInvokeHttpClient("callee", caller.HttpEndpoint);
        var response = await client.GetAsync("/length");

        Assert.Equal("0", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Retries_follow_the_policy_and_the_last_answer_is_the_callers()
    {
        _bed.Resource("resiliency.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: r }
            spec:
              policies: { retries: { two: { duration: 1ms, maxRetries: 2, matching: { httpStatusCodes: "503" } } } }
              targets: { apps: { callee: { retry: two } } }
            """);
        var bodies = new List<string>();
        var app = await _bed.StartAppAsync(app => app.MapPost("/{status}", async (HttpRequest request, int status) =>
        {
            bodies.Add(await new StreamReader(request.Body).ReadToEndAsync());
            return Results.Text($"try {bodies.Count}", statusCode: status);
        }));
        await _bed.StartSidecarAsync("callee", app);
        var caller = await _bed.StartSidecarAsync("caller");

        var retried = await caller.Http.PostAsync("/v1.0/invoke/callee/method/503", new StringContent("again"));
        Assert.Equal("try 3", await retried.Content.ReadAsStringAsync());
        Assert.Equal(["again", "again", "again"], bodies);

        bodies.Clear();
        var passed = await caller.Http.PostAsync("/v1.0/invoke/callee/method/500", new StringContent("once"));
        Assert.Equal("try 1", await passed.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Replicas_of_an_app_share_the_calls()
    {
        foreach (var name in (string[])["one", "two"])
            await _bed.StartSidecarAsync("callee", await _bed.StartAppAsync(app => app.MapGet("/", () => name)));
        var caller = await _bed.StartSidecarAsync("caller");

        var answers = new HashSet<string>();
        for (var i = 0; i < 4; i++)
            answers.Add(await caller.Http.GetStringAsync("/v1.0/invoke/callee/method/"));

        Assert.Equal(["one", "two"], answers.Order());
    }

    [Fact]
    public async Task Unreachable_targets_are_named()
    {
        var port = FreePorts.Next();
        var caller = await _bed.StartSidecarAsync("caller");
        await _bed.StartSidecarAsync("down", change: options => options with { AppPort = port }, waitForApp: false);

        Assert.Equal(
            """{"errorCode":"ERR_DIRECT_INVOKE","message":"failed to invoke, id: nobody, err: no host found with the given ID"}""",
            await (await caller.Http.GetAsync("/v1.0/invoke/nobody/method/x")).Content.ReadAsStringAsync());
        Assert.StartsWith(
            """{"errorCode":"ERR_DIRECT_INVOKE","message":"failed to invoke, id: down, err: rpc error: code = Internal desc = error invoking app channel: """,
            await (await caller.Http.GetAsync("/v1.0/invoke/down/method/x")).Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unhealthy_app_is_not_called()
    {
        var healthy = true;
        var app = await _bed.StartAppAsync(app =>
        {
            app.MapGet("/healthz", () => healthy ? Results.Ok() : Results.StatusCode(500));
            app.MapGet("/x", () => "called");
        });
        var sidecar = await _bed.StartSidecarAsync("app", app, options => options with
        {
            EnableAppHealthCheck = true,
            AppHealthProbeInterval = TimeSpan.FromMilliseconds(20),
            AppHealthThreshold = 1,
        });
        Assert.Equal("called", await sidecar.Http.GetStringAsync("/v1.0/invoke/app/method/x"));

        healthy = false;
        HttpResponseMessage response;
        do
            response = await sidecar.Http.GetAsync("/v1.0/invoke/app/method/x");
        while (response.IsSuccessStatusCode);
        Assert.Contains("app is not in a healthy state", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        healthy = true;
        do
            response = await sidecar.Http.GetAsync("/v1.0/invoke/app/method/x");
        while (!response.IsSuccessStatusCode);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private Task<TestApp> StartEchoAsync(AppProtocol protocol = AppProtocol.Http) => _bed.StartAppAsync(
        app =>
        {
            app.Map("/echo/{**rest}", async (HttpContext context) =>
            {
                context.Response.Headers["x-answer"] = "yes";
                var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
                var headers = new JsonObject(context.Request.Headers.Select(header =>
                    KeyValuePair.Create(header.Key.ToLowerInvariant(), (JsonNode?)string.Join(",", header.Value.ToArray()))));
                var seen = new JsonObject
                {
                    ["path"] = context.Request.Path.Value, ["query"] = context.Request.QueryString.Value, ["body"] = body, ["headers"] = headers,
                };
                return Results.Text(seen.ToJsonString(), "application/json", statusCode: 299);
            });
            app.Map("/length", async (HttpContext context) =>
            {
                using var buffer = new MemoryStream();
                await context.Request.Body.CopyToAsync(buffer);
                return $"{buffer.Length}";
            });
        },
        protocol: protocol);
}
