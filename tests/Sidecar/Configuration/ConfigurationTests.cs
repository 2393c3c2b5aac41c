using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Dapr.Client;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Configuration;

/// <summary>Configuration from a file that people edit.</summary>
public sealed class ConfigurationTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SidecarBed _bed = new();
    private readonly string _file;

    public ConfigurationTests()
    {
        _file = Path.Combine(_bed.Folder, "flags.json");
        _bed.Resource("config.yaml", SidecarBed.Component("config", "configuration.embedded", ("path", _file)));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Values_come_in_every_form_the_file_may_have()
    {
        Write("""
            {
              "text": "blue", "versioned": "blue||2", "number": 1.50, "flag": true, // people write comments
              "full": { "value": "red", "version": "3", "metadata": { "by": "ops" } }, "object": { "a": 1 },
            }
            """);
        var sidecar = await _bed.StartSidecarAsync("shop");
        var items = JsonNode.Parse(await sidecar.Http.GetStringAsync("/v1.0/configuration/config"))!;
        Assert.True(JsonNode.DeepEquals(items, JsonNode.Parse("""
            {
              "text": { "value": "blue" }, "versioned": { "value": "blue", "version": "2" }, "number": { "value": "1.50" },
              "flag": { "value": "true" }, "full": { "value": "red", "version": "3", "metadata": { "by": "ops" } },
              "object": { "value": "{ \"a\": 1 }" }
            }
            """)), items.ToJsonString());
    }

    [Fact]
    public async Task Only_what_was_asked_for_and_exists_is_answered()
    {
        Write("""{ "a": "1", "b": "2", "c": "3" }""");
        var sidecar = await _bed.StartSidecarAsync("shop");
        Assert.Equal("""{"a":{"value":"1"},"c":{"value":"3"}}""", await sidecar.Http.GetStringAsync("/v1.0-alpha1/configuration/config?key=a&key=c&key=none"));
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/configuration/config?key=none")).StatusCode);
        Assert.Equal("2", (await sidecar.Client.GetConfiguration("config", ["b"])).Items["b"].Value);
        Write("""{ "a": "4" }""");
        Assert.Equal("""{"a":{"value":"4"}}""", await sidecar.Http.GetStringAsync("/v1.0/configuration/config"));
    }

    [Fact]
    public async Task A_file_that_is_not_there_yet_is_an_empty_store()
    {
        var sidecar = await _bed.StartSidecarAsync("shop");
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/configuration/config")).StatusCode);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_stops_the_start()
    {
        Write("[]");
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => _bed.StartSidecarAsync("shop"));
        Assert.Contains("a configuration file is a JSON object", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_tells_its_id_and_then_every_change_of_its_keys()
    {
        Write("""{ "a": "1", "b": "1" }""");
        var sidecar = await _bed.StartSidecarAsync("shop");
        using var stream = Subscribe(sidecar, "a");
        var id = (await NextAsync(stream)).Id;
        Assert.NotEmpty(id);

        Write("""{ "a": "1", "b": "2", "c": "1" }""");
        Write("""{ "a": "2||9", "b": "3" }""");
        var update = await NextAsync(stream);
        Assert.Equal(id, update.Id);
        Assert.Equal(["a"], update.Items.Keys);
        Assert.Equal(("2", "9"), (update.Items["a"].Value, update.Items["a"].Version));

        Write("""{ "b": "3" }""");
        Assert.Equal("", (await NextAsync(stream)).Items["a"].Value);

        Assert.True((await Client(sidecar).UnsubscribeConfigurationAsync(new Rt.UnsubscribeConfigurationRequest { StoreName = "config", Id = id })).Ok);
        Assert.False(await stream.ResponseStream.MoveNext().WaitAsync(Patience));
        Assert.False((await Client(sidecar).UnsubscribeConfigurationAsync(new Rt.UnsubscribeConfigurationRequest { StoreName = "config", Id = id })).Ok);
    }

    [Fact]
    public async Task A_broken_file_changes_nothing_until_it_is_whole_again()
    {
        Write("""{ "a": "1" }""");
        var sidecar = await _bed.StartSidecarAsync("shop");
        using var stream = Subscribe(sidecar);
        await NextAsync(stream);
        Write("""{ "a": """);
        Assert.Equal("""{"a":{"value":"1"}}""", await sidecar.Http.GetStringAsync("/v1.0/configuration/config"));
        Write("""{ "a": "2" }""");
        Assert.Equal("2", (await NextAsync(stream)).Items["a"].Value);
    }

    [Fact]
    public async Task An_app_that_subscribed_over_HTTP_gets_each_change_at_the_path_of_its_key()
    {
        Write("""{ "a/b": "1" }""");
        var received = new BlockingCollection<(string Path, string Body)>();
        var app = await _bed.StartAppAsync(web => web.MapPost("/configuration/{store}/{**key}", async (HttpRequest request, string key) =>
        {
            using var reader = new StreamReader(request.Body);
            received.Add((request.Path, await reader.ReadToEndAsync()));
        }));
        var sidecar = await _bed.StartSidecarAsync("shop", app);
        var id = JsonNode.Parse(await sidecar.Http.GetStringAsync("/v1.0/configuration/config/subscribe"))!["id"]!.GetValue<string>();

        Write("""{ "a/b": "2||7" }""");
        using var limit = new CancellationTokenSource(Patience);
        var (path, body) = await Task.Run(() => received.Take(limit.Token));
        Assert.Equal("/configuration/config/a/b", path);
        Assert.Equal($$$$"""{"id":"{{{{id}}}}","items":{"a/b":{"value":"2","version":"7"}}}""", body);
        Write("{}");
        Assert.Equal($$$$"""{"id":"{{{{id}}}}","items":{"a/b":{}}}""", (await Task.Run(() => received.Take(limit.Token))).Body);

        Assert.Equal("""{"ok":true}""", await sidecar.Http.GetStringAsync($"/v1.0/configuration/config/{id}/unsubscribe"));
        using var again = await sidecar.Http.GetAsync($"/v1.0/configuration/config/{id}/unsubscribe");
        Assert.Equal(HttpStatusCode.InternalServerError, again.StatusCode);
        Assert.Equal(
            $$"""{"message":"failed to unsubscribe to configuration request {{id}}: subscription with id {{id}} does not exist"}""",
            await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_official_client_follows_a_key()
    {
        Write("""{ "a": "1" }""");
        var sidecar = await _bed.StartSidecarAsync("shop");
        using var limit = new CancellationTokenSource(Patience);
        var subscription = await sidecar.Client.SubscribeConfiguration("config", ["a"], cancellationToken: limit.Token);
        await using var changes = subscription.Source.GetAsyncEnumerator(limit.Token);
        Assert.True(await changes.MoveNextAsync());
        Write("""{ "a": "2" }""");
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal("2", changes.Current["a"].Value);
    }

    [Fact]
    public async Task Stopping_ends_the_streams()
    {
        Write("{}");
        var sidecar = await _bed.StartSidecarAsync("shop");
        using var stream = Subscribe(sidecar);
        await NextAsync(stream);
        var stopping = sidecar.Host.StopAsync();
        Assert.False(await stream.ResponseStream.MoveNext().WaitAsync(Patience));
        await stopping;
    }

    private static Rt.Dapr.DaprClient Client(TestSidecar sidecar) => new(sidecar.Grpc);

    private static AsyncServerStreamingCall<Rt.SubscribeConfigurationResponse> Subscribe(TestSidecar sidecar, params string[] keys) =>
        Client(sidecar).SubscribeConfiguration(new Rt.SubscribeConfigurationRequest { StoreName = "config", Keys = { keys } });

    private static async Task<Rt.SubscribeConfigurationResponse> NextAsync(AsyncServerStreamingCall<Rt.SubscribeConfigurationResponse> stream)
    {
        Assert.True(await stream.ResponseStream.MoveNext().WaitAsync(Patience));
        return stream.ResponseStream.Current;
    }

    // As editors do it: the new file takes the place of the old one at once.
    private void Write(string json)
    {
        File.WriteAllText(_file + ".new", json);
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
