using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using NexusCart.Gateway.Limits;
using NexusCart.Tests.Unit.Platform;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>What the gateway lets in, and what it tells those it does not.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public async Task Every_limit_that_counts_a_request_tells_what_is_left()
    {
        await using var host = await GatewayHost.StartAsync(settings: new()
        {
            ["RATE_LIMIT_GLOBAL_PER_SECOND"] = "100",
            ["RATE_LIMIT_ROUTES"] = "Orders.ListOrders=50/70",
            ["RATE_LIMIT_CLIENT_PER_SECOND"] = "10",
            ["RATE_LIMIT_CLIENT_BURST"] = "40",
        });
        var answer = await host.SendAsync(HttpMethod.Get, "/v1/orders", host.Keys.User("ann"));

        var left = string.Join(", ", answer.Headers.GetValues("RateLimit"));
        Assert.Matches("^\"address\";r=\\d+;t=\\d+, \"route\";r=69;t=\\d+, \"global\";r=299;t=\\d+, \"client\";r=39;t=1$", left);
        Assert.Equal(
            ["\"address\";q=6000;w=3", "\"route\";q=70;w=2", "\"global\";q=300;w=3", "\"client\";q=40;w=4"],
            string.Join(", ", answer.Headers.GetValues("RateLimit-Policy")).Split(", "));
    }

    [Fact]
    public async Task A_route_has_a_bucket_that_all_its_callers_share()
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["RATE_LIMIT_ROUTES"] = "Orders.ListOrders=1/2, Catalog.ListProducts=0" });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++) statuses.Add((await host.SendAsync(HttpMethod.Get, "/v1/orders", host.Keys.User($"customer-{i}"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, statuses[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/products")).StatusCode);
    }

    [Fact]
    public async Task All_requests_together_have_a_bucket()
    {
        await using var host = await GatewayHost.StartAsync(settings: new()
        {
            ["RATE_LIMIT_GLOBAL_PER_SECOND"] = "1",
            ["RATE_LIMIT_GLOBAL_BURST"] = "2",
        });
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 8; i++) answers.Add(await host.SendAsync(HttpMethod.Get, "/v1/orders", host.Keys.User($"customer-{i}")));
        var refused = answers.First(answer => answer.StatusCode is HttpStatusCode.TooManyRequests);
        Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Above_the_queues_length_requests_are_turned_away_at_once_but_not_webhooks()
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["SHED_AT_ONCE"] = "2", ["SHED_QUEUED"] = "1" });
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Sidecar.Answer = async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/webhooks")) await gate.Task;
            await context.Response.WriteAsJsonAsync(new { fine = true });
        };
        var ann = host.Keys.User("ann");
        var calls = Enumerable.Range(0, 6).Select(_ => host.SendAsync(HttpMethod.Get, "/v1/orders", ann)).ToList();

        // Two are served, one waits; the others are told at once, while nothing has been answered yet.
        for (var turnedAway = 0; turnedAway < 3; turnedAway++)
        {
            var done = await Task.WhenAny(calls);
            calls.Remove(done);
            var answer = await done;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        }

        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Post, "/webhooks/stripe", content: new StringContent("{}"))).StatusCode);
        gate.SetResult();
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/orders", ann)).StatusCode);
    }

    [Fact]
    public async Task Staff_are_let_in_when_nobody_else_is_whatever_they_want_and_only_by_a_good_token()
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["SHED_AT_ONCE"] = "1", ["SHED_QUEUED"] = "0" });
        var (arrived, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        host.Sidecar.Answer = async context =>
        {
            if (arrived.TrySetResult()) await gate.Task;
            await context.Response.WriteAsJsonAsync(new { fine = true });
        };
        var ann = host.Keys.User("ann");
        var served = host.SendAsync(HttpMethod.Get, "/v1/orders", ann);
        await arrived.Task;

        var staff = host.Keys.User("staff", ["customer", "promotions.write"]);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, "/v1/flash-sales", staff));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, "/v1/orders", staff));
        var forged = new TestKeys().User("staff", ["promotions.write"]);
        foreach (var other in new[] { ann, host.Keys.User("eve", ["guest"]), host.Keys.User("joe", ["no.such.role"]), forged, "garbage", null })
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(HttpMethod.Post, "/v1/flash-sales", other));

        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await served).StatusCode);

        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, string? token) =>
            (await host.SendAsync(method, path, token, method == HttpMethod.Get ? null : new StringContent("{}"))).StatusCode;
    }

    [Fact]
    public async Task Who_only_waits_for_an_order_keeps_nobody_out()
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["SHED_AT_ONCE"] = "1", ["SHED_QUEUED"] = "0" });
        var (arrived, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        host.Sidecar.Answer = async context =>
        {
            if (context.Request.Path.StartsWithSegments("/v1/checkout"))
            {
                arrived.TrySetResult();
                await gate.Task;
            }
            await context.Response.WriteAsJsonAsync(new { fine = true });
        };
        var ann = host.Keys.User("ann");
        var waiting = host.SendAsync(HttpMethod.Post, "/v1/checkout", ann, new StringContent("{}"), ("Prefer", "wait=30"), ("Idempotency-Key", "k"));
        await arrived.Task;
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/orders", ann)).StatusCode);
        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
    }

    [Theory]
    [InlineData("RATE_LIMIT_ROUTES", "Orders.ListOrders")]
    [InlineData("RATE_LIMIT_ROUTES", "Orders.ListOrders=fast")]
    [InlineData("RATE_LIMIT_ROUTES", "Orders.ListOrders=1/many")]
    [InlineData("RATE_LIMIT_ROUTES", "Orders.Nothing=1")]
    [InlineData("RATE_LIMIT_GLOBAL_PER_SECOND", "-1")]
    [InlineData("SHED_AT_ONCE", "lots")]
    public void Settings_that_cannot_be_read_are_named(string name, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build();
        var fault = Assert.Throws<InvalidOperationException>(() => RateLimits.From(configuration));
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.Contains(value, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_are_given_as_a_list()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["RATE_LIMIT_ROUTES"] = "FlashSales.Claim=5000/10000, Users.Register=50",
        }).Build();
        var limits = RateLimits.From(configuration);
        Assert.Equal(new Bucket(5_000, 10_000), limits.Routes["FlashSales.Claim"]);
        Assert.Equal(new Bucket(50, 150), limits.Routes["Users.Register"]);
    }
}
