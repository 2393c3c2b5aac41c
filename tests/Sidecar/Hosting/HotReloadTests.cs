using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.State;
using NexusCart.Tests.Sidecar.Infrastructure;
using NexusCart.Tests.Sidecar.PubSub;

namespace NexusCart.Tests.Sidecar.Hosting;

/// <summary>Resource files that change while a sidecar runs.</summary>
public sealed class HotReloadTests : IAsyncDisposable
{
    private readonly Lines _log = new();
    private SidecarBed _bed;

    public HotReloadTests() => _bed = new SidecarBed(loggers: _log.Factory);

    [Fact]
    public async Task A_component_comes_changes_and_goes_with_its_file()
    {
        var sidecar = await _bed.StartSidecarAsync("shop");
        Assert.Equal(HttpStatusCode.InternalServerError, (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode);

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory"));
        await Eventually.TrueAsync(async () => (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode == HttpStatusCode.NoContent);
        await SaveAsync(sidecar, "k", "one");

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.sqlite", ("connectionString", "store.db")));
        await Eventually.TrueAsync(async () => (await ComponentsAsync(sidecar)).SequenceEqual(["store:state.sqlite"]));
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode);
        await SaveAsync(sidecar, "k", "two");
        Assert.Equal("\"two\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/k"));

        File.Delete(Path.Combine(_bed.ResourcesFolder, "store.yaml"));
        await Eventually.TrueAsync(async () => (await ComponentsAsync(sidecar)).Count == 0);
        Assert.Equal(HttpStatusCode.InternalServerError, (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: store\n")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: [")]
    public async Task A_file_that_is_half_written_leaves_what_was_loaded_in_force(string half)
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory"));
        var sidecar = await _bed.StartSidecarAsync("shop");
        await SaveAsync(sidecar, "k", "kept");

        await File.WriteAllTextAsync(Path.Combine(_bed.ResourcesFolder, "store.yaml"), half);
        await sidecar.Host.ReloadAsync();
        Assert.Equal("\"kept\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/k"));
        if (half.Length > 0)
            Assert.Contains(_log.Of(LogLevel.Error), line => line.StartsWith("what was loaded stays in force", StringComparison.Ordinal) && line.Contains("store.yaml", StringComparison.Ordinal));

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory", ("keyPrefix", "none")));
        await sidecar.Host.ReloadAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await sidecar.Http.GetAsync("/v1.0/state/store/k")).StatusCode);
    }

    [Fact]
    public async Task A_component_that_does_not_come_up_leaves_the_former_one_in_force()
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory"));
        var sidecar = await _bed.StartSidecarAsync("shop");
        await SaveAsync(sidecar, "k", "kept");

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.sqlite", ("connectionString", "x.db"), ("cleanupInterval", "soon")));
        await sidecar.Host.ReloadAsync();

        Assert.Equal("\"kept\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/k"));
        Assert.Contains(_log.Of(LogLevel.Error), line => line.StartsWith("component store is not reloaded, the former one stays in force", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_actor_state_store_takes_a_restart()
    {
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory", ("actorStateStore", "true")));
        _bed.Resource("other.yaml", SidecarBed.Component("other", "state.in-memory"));
        var sidecar = await _bed.StartSidecarAsync("shop");
        await SaveAsync(sidecar, "k", "kept");

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory", ("actorStateStore", "true"), ("keyPrefix", "none")));
        _bed.Resource("other.yaml", SidecarBed.Component("other", "state.in-memory", ("actorStateStore", "true")));
        await sidecar.Host.ReloadAsync();
        File.Delete(Path.Combine(_bed.ResourcesFolder, "store.yaml"));
        await sidecar.Host.ReloadAsync();

        Assert.Equal("\"kept\"", await sidecar.Http.GetStringAsync("/v1.0/state/store/k"));
        Assert.Contains(_log.Of(LogLevel.Error), line => line.Contains("used as an actor state store: store (state.in-memory/v1)", StringComparison.Ordinal));
        Assert.Contains(_log.Of(LogLevel.Error), line => line.Contains("used as an actor state store: other (state.in-memory/v1)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Declared_subscriptions_come_change_and_go()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory"));
        var received = new ConcurrentQueue<string>();
        var app = await _bed.StartAppAsync(app => app.MapPost("/{route}", (string route) =>
        {
            received.Enqueue(route);
            return Results.Ok();
        }));
        var sidecar = await _bed.StartSidecarAsync("shop", app);

        foreach (var route in (string[])["first", "second"])
        {
            _bed.Resource("subscription.yaml", Subscription(route));
            await Eventually.TrueAsync(async () =>
            {
                await sidecar.Client.PublishEventAsync("pubsub", "orders", new { id = 1 });
                return received.Contains(route);
            });
        }

        File.Delete(Path.Combine(_bed.ResourcesFolder, "subscription.yaml"));
        await Eventually.TrueAsync(async () => ((JsonArray?)(await MetadataAsync(sidecar))["subscriptions"] ?? []).Count == 0);
        await sidecar.Host.ReloadAsync(); // Waits for the end of the old subscription, which metadata no longer show.
        received.Clear();
        await sidecar.Client.PublishEventAsync("pubsub", "orders", new { id = 2 });
        Assert.Empty(received);
    }

    [Fact]
    public async Task What_was_published_while_a_broker_is_replaced_arrives()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.embedded"), Subscription("orders"));
        var received = new ConcurrentDictionary<int, bool>();
        var app = await _bed.StartAppAsync(app => app.MapPost("/orders", async (HttpRequest request) =>
        {
            received[(int)(await JsonNode.ParseAsync(request.Body))!["data"]!["id"]!] = true;
            return Results.Ok();
        }));
        var sidecar = await _bed.StartSidecarAsync("shop", app);

        var published = 0;
        var publishing = Task.Run(async () =>
        {
            for (; published < 300; published++)
                await sidecar.Client.PublishEventAsync("pubsub", "orders", new { id = published });
        });
        for (var i = 1; !publishing.IsCompleted || i < 3; i++)
        {
            _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.embedded", ("groupRetention", $"{i}h")), Subscription("orders"));
            await sidecar.Host.ReloadAsync();
        }

        await publishing;
        await Eventually.TrueAsync(() => received.Count == 300);
        Assert.Contains(_log.Of(LogLevel.Information), line => line == "component pubsub (pubsub.embedded/v1) is replaced");
    }

    [Fact]
    public async Task A_stream_of_the_app_goes_on_at_the_broker_that_comes()
    {
        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory"));
        var sidecar = await _bed.StartSidecarAsync("shop");
        await using var stream = await EventStream.OpenAsync(sidecar, "orders");

        _bed.Resource("pubsub.yaml", SidecarBed.Component("pubsub", "pubsub.in-memory", ("changed", "yes")));
        await sidecar.Host.ReloadAsync();
        await sidecar.Client.PublishEventAsync("pubsub", "orders", "after");

        Assert.Equal("\"after\"", (await stream.NextAsync()).Data.ToStringUtf8());
    }

    [Fact]
    public async Task Work_under_way_on_a_replaced_component_ends_before_that_is_closed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var stores = new List<SlowStore>();
        await _bed.DisposeAsync();
        _bed = new SidecarBed(time, types: new ComponentTypes().Add("state.slow", _ =>
        {
            var store = new SlowStore();
            stores.Add(store);
            return store;
        }));
        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.slow"));
        var sidecar = await _bed.StartSidecarAsync("shop");
        var underWay = sidecar.Http.GetAsync("/v1.0/state/store/k");
        await stores[0].Asked.Task;

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.slow", ("changed", "yes")));
        await sidecar.Host.ReloadAsync();
        Assert.Equal(2, stores.Count);
        Assert.False(stores[0].IsClosed);

        stores[0].Answer.SetResult();
        Assert.Equal(HttpStatusCode.NoContent, (await underWay).StatusCode);
        time.Advance(sidecar.Host.Options.GracefulShutdown);
        await Eventually.TrueAsync(() => stores[0].IsClosed);
        Assert.False(stores[1].IsClosed);
    }

    [Fact]
    public async Task The_configuration_turns_it_off()
    {
        var config = _bed.Configuration("features:\n  - { name: HotReload, enabled: false }");
        var sidecar = await _bed.StartSidecarAsync("shop", change: options => options with { ConfigPaths = [config] });

        _bed.Resource("store.yaml", SidecarBed.Component("store", "state.in-memory"));
        await sidecar.Host.ReloadAsync();

        Assert.Empty(await ComponentsAsync(sidecar));
    }

    [Fact]
    public async Task Policies_and_endpoints_are_said_to_take_a_restart()
    {
        var sidecar = await _bed.StartSidecarAsync("shop");

        _bed.Resource("resiliency.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: { name: r }\nspec: { policies: {} }");
        await sidecar.Host.ReloadAsync();

        Assert.Contains("changes of Resiliency and HTTPEndpoint take a restart", _log.Of(LogLevel.Warning));
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static string Subscription(string route) =>
        $$"""
        apiVersion: dapr.io/v2alpha1
        kind: Subscription
        metadata: { name: orders }
        spec: { pubsubname: pubsub, topic: orders, routes: { default: /{{route}} } }
        """;

    private static async Task SaveAsync(TestSidecar sidecar, string key, string value)
    {
        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0/state/store", new[] { new { key, value } });
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static async Task<JsonNode> MetadataAsync(TestSidecar sidecar) => JsonNode.Parse(await sidecar.Http.GetStringAsync("/v1.0/metadata"))!;

    private static async Task<List<string>> ComponentsAsync(TestSidecar sidecar) =>
        [.. ((JsonArray?)(await MetadataAsync(sidecar))["components"] ?? []).Select(component => $"{component!["name"]}:{component["type"]}")];

    /// <summary>A store that answers when it is told to.</summary>
    private sealed class SlowStore : IStateStore
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsClosed { get; private set; }

        public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

        public async ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
        {
            Asked.TrySetResult();
            await Answer.Task.WaitAsync(cancellation);
            return null;
        }

        public ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>What was logged.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

        public ILoggerFactory Factory => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(this));

        public IEnumerable<string> Of(LogLevel level) => _lines.Where(line => line.Level == level).Select(line => line.Text);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
