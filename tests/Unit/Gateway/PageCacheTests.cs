using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>What is kept of the catalog's pages, and how it is taken back.</summary>
public sealed class PageCacheTests : IAsyncLifetime
{
    private GatewayHost _host = null!;
    private int _version = 1;
    private int _events;

    public async ValueTask InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(settings: new() { ["PAGE_CACHE_SECONDS"] = "3600" });
        _host.Sidecar.Answer = context =>
        {
            context.Response.Headers.ETag = $"\"{_version}\"";
            context.Response.Headers["Surrogate-Key"] = context.Request.Path.Value switch
            {
                "/v1/products/A" => "product/A catalog",
                "/v1/products/B" => "product/B catalog",
                "/v1/categories" => "categories catalog",
                _ when context.Request.Query["category"].ToString() is { Length: > 0 } path => $"category/{Uri.EscapeDataString(path)} catalog",
                _ => "products catalog",
            };
            return context.Response.WriteAsJsonAsync(new { version = _version });
        };
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static TheoryData<string, string, string> News => new()
    {
        { "/v1/products/A", "product.changed.v1", """{"sku":"A","category":"home/lamps"}""" },
        { "/v1/products", "product.changed.v1", """{"sku":"Z","category":"home/lamps"}""" },
        { "/v1/products?category=home", "product.changed.v1", """{"sku":"Z","category":"home/lamps"}""" },
        { "/v1/products?category=home%2Flamps", "product.changed.v1", """{"sku":"Z","category":"garden","formerCategory":"home/lamps"}""" },
        { "/v1/categories", "product.changed.v1", """{"sku":"Z","category":"home"}""" },
        { "/v1/categories", "product.category_changed.v1", """{"deleted":false}""" },
        { "/v1/products/A", "product.category_changed.v1", """{"formerPath":"home","deleted":false}""" },
        { "/v1/products/A", "product.price_changed.v1", """{"sku":"A-1","productSku":"A"}""" },
        { "/v1/products/A", "product.price_list_changed.v1", """{"priceListId":"l"}""" },
        { "/v1/products/A", "product.brand_changed.v1", """{"slug":"b"}""" },
    };

    [Theory]
    [MemberData(nameof(News))]
    public async Task A_change_takes_back_what_shows_it(string page, string type, string data)
    {
        Assert.Equal(1, await VersionAsync(page));
        _version = 2;
        Assert.Equal(1, await VersionAsync(page));
        await TellAsync(type, data);
        Assert.Equal(2, await VersionAsync(page));
    }

    [Fact]
    public async Task Other_pages_stay()
    {
        await VersionAsync("/v1/products/B");
        await VersionAsync("/v1/products?category=garden");
        _version = 2;
        await TellAsync("product.changed.v1", """{"sku":"A","category":"home/lamps"}""");
        Assert.Equal(1, await VersionAsync("/v1/products/B"));
        Assert.Equal(1, await VersionAsync("/v1/products?category=garden"));
    }

    [Fact]
    public async Task A_page_that_was_asked_for_before_the_change_is_not_kept()
    {
        var (arrived, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var answer = _host.Sidecar.Answer;
        _host.Sidecar.Answer = async context =>
        {
            arrived.TrySetResult();
            await goOn.Task;
            await answer(context);
        };
        var under = VersionAsync("/v1/products/A"); // Made before the change, …
        await arrived.Task;
        await TellAsync("product.changed.v1", """{"sku":"A","category":"home"}""");
        goOn.SetResult(); // … and answered after it.
        Assert.Equal(1, await under);
        _version = 2;
        Assert.Equal(2, await VersionAsync("/v1/products/A"));
    }

    [Fact]
    public async Task A_page_of_a_replica_that_heard_late_is_taken_back()
    {
        await TellAsync("product.changed.v1", """{"sku":"A","category":"home"}""");
        // Still the old one, asked for after the change and after its pages were taken out for the second time.
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(700); await Task.Delay(20))
            Assert.Equal(1, await VersionAsync("/v1/products/A"));
        _version = 2;
        await EventuallyAsync(2, "/v1/products/A");
    }

    [Fact]
    public async Task Who_has_the_page_is_told_so()
    {
        using var first = await _host.SendAsync(HttpMethod.Get, "/v1/products/A");
        Assert.Equal("\"1\"", first.Headers.ETag!.Tag);
        Assert.Equal("product/A catalog", first.Headers.GetValues("Surrogate-Key").Single());
        foreach (var token in (string?[])[null, _host.Keys.User("a")])
        {
            using var same = await _host.SendAsync(HttpMethod.Get, "/v1/products/A", token, headers: ("If-None-Match", "\"1\""));
            Assert.Equal((HttpStatusCode.NotModified, ""), (same.StatusCode, await same.Content.ReadAsStringAsync()));
            using var other = await _host.SendAsync(HttpMethod.Get, "/v1/products/A", token, headers: ("If-None-Match", "\"0\""));
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_ends_by_itself_is_not_kept_beyond(int seconds)
    {
        var answer = _host.Sidecar.Answer;
        _host.Sidecar.Answer = context =>
        {
            context.Response.Headers["Surrogate-Control"] = $"max-age={seconds}";
            return answer(context);
        };
        await VersionAsync("/v1/products/A");
        _version = 2;
        if (seconds > 0)
            await EventuallyAsync(2, "/v1/products/A");
        Assert.Equal(2, await VersionAsync("/v1/products/A"));
    }

    [Fact]
    public async Task The_world_cannot_take_pages_back()
    {
        using var refused = await _host.SendAsync(HttpMethod.Post, "/events/broadcast/products", content: Event("product.changed.v1", "{}"));
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    private async Task<int> VersionAsync(string page)
    {
        using var answer = await _host.SendAsync(HttpMethod.Get, page);
        return (await answer.Content.ReadFromJsonAsync<Dictionary<string, int>>())!["version"];
    }

    private async Task EventuallyAsync(int version, string page)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30)); // Much less than a page is kept here when nothing is told.
        while (await VersionAsync(page) != version)
            await Task.Delay(20, limit.Token);
    }

    private async Task TellAsync(string type, string data)
    {
        using var answer = await _host.AppPort.PostAsync("/events/broadcast/products", Event(type, data));
        Assert.Contains("SUCCESS", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private StringContent Event(string type, string data) => new(
        $$"""{"specversion":"1.0","id":"e{{++_events}}","source":"catalog","type":"{{type}}","data":{{data}}}""",
        Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
}
