using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NexusCart.Catalog.V1;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>What the world hears when something behind the gateway is wrong.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_sidecar_that_is_down_is_503()
    {
        await using var host = await GatewayHost.StartAsync(sidecarUp: false);
        var answer = await host.SendAsync(HttpMethod.Get, "/v1/categories");
        await AssertProblem(answer, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(answer.Headers.RetryAfter);
        var client = new NexusCart.Catalog.V1.Catalog.CatalogClient(host.Channel);
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await client.GetProductAsync(new GetProductRequest()));
        Assert.Equal(StatusCode.Unavailable, fault.StatusCode);
    }

    [Fact]
    public async Task A_sidecars_own_error_is_503_and_its_text_stays_inside()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Sidecar.Answer = static context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsJsonAsync(new { errorCode = "ERR_DIRECT_INVOKE", message = "dial tcp 10.0.0.3:7101: refused" });
        };
        var answer = await host.SendAsync(HttpMethod.Get, "/v1/categories");
        Assert.DoesNotContain("10.0.0.3", (await AssertProblem(answer, HttpStatusCode.ServiceUnavailable)).GetRawText());
    }

    [Fact]
    public async Task A_200_without_a_content_type_is_502()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Sidecar.Answer = static _ => Task.CompletedTask;
        await AssertProblem(await host.SendAsync(HttpMethod.Get, "/v1/categories"), HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task A_services_problem_passes_as_it_is()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Sidecar.Answer = static async context =>
        {
            context.Response.StatusCode = 404;
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync("""{"status":404,"detail":"There is no product 'x'."}""");
        };
        var problem = await AssertProblem(await host.SendAsync(HttpMethod.Get, "/v1/products/x"), HttpStatusCode.NotFound);
        Assert.Equal("There is no product 'x'.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task An_answer_that_breaks_off_before_it_began_is_503()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Sidecar.Answer = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await AssertProblem(await host.SendAsync(HttpMethod.Get, "/v1/categories"), HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_four_mebibytes_is_413(bool announced)
    {
        await using var host = await GatewayHost.StartAsync();
        using var content = new StreamContent(new MemoryStream(new byte[(announced ? 10 * 1024 * 1024 : 4 * 1024 * 1024) + 1]));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (!announced) content.Headers.ContentLength = null;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products:batchGet") { Content = content };
        request.Headers.ExpectContinue = true; // So that the client waits for the verdict, and reads it.
        request.Headers.TransferEncodingChunked = announced ? null : true;
        await AssertProblem(await host.Http.SendAsync(request), HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_return()
    {
        await using var host = await GatewayHost.StartAsync(settings: new()
        {
            ["RATE_LIMIT_CLIENT_PER_SECOND"] = "1",
            ["RATE_LIMIT_CLIENT_BURST"] = "3",
        });
        var ann = host.Keys.User("ann");
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++)
        {
            var answer = await host.SendAsync(HttpMethod.Get, "/v1/orders", ann);
            Assert.Contains(answer.Headers, h => h.Key == "RateLimit" && h.Value.Last().StartsWith("\"client\";r="));
            statuses.Add(answer.StatusCode);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests) continue;
            Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
            await AssertProblem(answer, HttpStatusCode.TooManyRequests);
        }
        Assert.Equal(HttpStatusCode.OK, statuses[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        // Another customer has a bucket of his own.
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/orders", host.Keys.User("bob"))).StatusCode);
    }

    [Fact]
    public async Task Bad_tokens_are_counted_by_address()
    {
        await using var host = await GatewayHost.StartAsync(settings: new()
        {
            ["RATE_LIMIT_ADDRESS_PER_SECOND"] = "1",
            ["RATE_LIMIT_ADDRESS_BURST"] = "2",
        });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++) statuses.Add((await host.SendAsync(HttpMethod.Get, "/v1/orders", $"bad{i}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task Pages_are_cached_for_the_anonymous_only()
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["PAGE_CACHE_SECONDS"] = "60" });
        for (var i = 0; i < 3; i++) await host.SendAsync(HttpMethod.Get, "/v1/products?category=a");
        Assert.Single(host.Sidecar.Arrivals);
        await host.SendAsync(HttpMethod.Get, "/v1/products?category=b");
        await host.SendAsync(HttpMethod.Get, "/v1/products?category=a", host.Keys.User("a"));
        await host.SendAsync(HttpMethod.Get, "/v1/availability/A");
        await host.SendAsync(HttpMethod.Get, "/v1/availability/A");
        Assert.Equal(5, host.Sidecar.Arrivals.Count);
    }

    [Fact]
    public async Task Errors_are_not_cached()
    {
        await using var host = await GatewayHost.StartAsync();
        host.Sidecar.Answer = static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await AssertProblem(await host.SendAsync(HttpMethod.Get, "/v1/products/A"), HttpStatusCode.ServiceUnavailable);
        host.Sidecar.Answer = static context => context.Response.WriteAsJsonAsync(new { fine = true });
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/products/A")).StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using var host = await GatewayHost.StartAsync();
        foreach (var path in (string[])["/", "/v1/categories", "/v1/nothing", "/v1/orders"])
        {
            var answer = await host.SendAsync(HttpMethod.Get, path);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.DoesNotContain(answer.Headers, h => h.Key == "Server");
        }
    }

    [Fact]
    public async Task A_customers_answer_is_not_to_be_stored()
    {
        await using var host = await GatewayHost.StartAsync();
        var answer = await host.SendAsync(HttpMethod.Get, "/v1/orders", host.Keys.User("a"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task What_streams_arrives_piece_by_piece()
    {
        await using var host = await GatewayHost.StartAsync();
        var goOn = new TaskCompletionSource();
        host.Sidecar.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.WriteAsync("data: 2\n\n");
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/orders/o1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", host.Keys.User("a"));
        using var answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync());
        goOn.SetResult();
        Assert.Contains("data: 2", await reader.ReadToEndAsync());
    }

    private static async Task<JsonElement> AssertProblem(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        return problem;
    }
}
