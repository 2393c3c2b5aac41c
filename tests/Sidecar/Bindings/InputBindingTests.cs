using System.Collections.Concurrent;
using Dapr.AppCallback.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;
using StateItem = Dapr.Client.Autogen.Grpc.v1.StateItem;

namespace NexusCart.Tests.Sidecar.Bindings;

/// <summary>Input bindings: who gets events, and what an app can ask for in its answer.</summary>
public sealed class InputBindingTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task An_app_that_has_no_route_for_a_binding_gets_nothing_from_it()
    {
        _bed.Resource("cron.yaml", Cron("wanted"), Cron("unwanted"));
        var paths = new ConcurrentQueue<string>();
        var app = await _bed.StartAppAsync(web =>
        {
            web.Use((context, next) =>
            {
                if (HttpMethods.IsPost(context.Request.Method))
                    paths.Enqueue(context.Request.Path);
                return next(context);
            });
            web.MapPost("/wanted", () => { });
        });
        await _bed.StartSidecarAsync("shop", app);
        await Eventually.TrueAsync(() => paths.Count >= 2);
        Assert.All(paths, path => Assert.Equal("/wanted", path));
    }

    [Fact]
    public async Task Nothing_comes_after_the_stop()
    {
        _bed.Resource("cron.yaml", Cron("tick", ("direction", "input")));
        var count = 0;
        var app = await _bed.StartAppAsync(web => web.MapPost("/tick", () => Interlocked.Increment(ref count)));
        var sidecar = await _bed.StartSidecarAsync("shop", app);
        await Eventually.TrueAsync(() => Volatile.Read(ref count) > 0);
        await sidecar.Host.DrainAsync();
        var atStop = Volatile.Read(ref count);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(atStop, Volatile.Read(ref count));
    }

    [Theory]
    [InlineData(BindingEventResponse.Types.BindingEventConcurrency.Sequential)]
    [InlineData(BindingEventResponse.Types.BindingEventConcurrency.Parallel)]
    public async Task A_gRPC_app_answers_with_state_to_save_and_bindings_to_send_to(BindingEventResponse.Types.BindingEventConcurrency concurrency)
    {
        _bed.Resource(
            "all.yaml",
            Cron("tick"),
            SidecarBed.Component("store", "state.in-memory"),
            SidecarBed.Component("one", "bindings.localstorage", ("rootPath", Path.Combine(_bed.Folder, "one"))),
            SidecarBed.Component("two", "bindings.localstorage", ("rootPath", Path.Combine(_bed.Folder, "two"))));
        var app = await _bed.StartAppAsync(
            web => web.MapGrpcService<Answering>(),
            services =>
            {
                services.AddGrpc();
                services.AddSingleton(new BindingEventResponse
                {
                    StoreName = "store",
                    States = { new StateItem { Key = "seen", Value = ByteString.CopyFromUtf8("\"yes\"") } },
                    To = { "one", "two" },
                    Data = ByteString.CopyFromUtf8("{ \"n\": 1 }"),
                    Concurrency = concurrency,
                });
            },
            AppProtocol.Grpc);
        var sidecar = await _bed.StartSidecarAsync("shop", app);

        await Eventually.TrueAsync(() => HasContent("one") && HasContent("two"));
        await Eventually.TrueAsync(() => sidecar.Client.GetStateAsync<string>("store", "seen").GetAwaiter().GetResult() == "yes");
    }

    private bool HasContent(string folder) => Files(folder).Any(file => File.ReadAllText(file) == """{"n":1}""");

    private string[] Files(string folder)
    {
        var path = Path.Combine(_bed.Folder, folder);
        return Directory.Exists(path) ? Directory.GetFiles(path) : [];
    }

    private static string Cron(string name, params (string, string)[] more) =>
        SidecarBed.Component(name, "bindings.cron", [("schedule", "@every 1s"), .. more]);

    private sealed class Answering(BindingEventResponse answer) : AppCallback.AppCallbackBase
    {
        public override Task<ListInputBindingsResponse> ListInputBindings(Empty request, ServerCallContext context) =>
            Task.FromResult(new ListInputBindingsResponse { Bindings = { "tick" } });

        public override Task<BindingEventResponse> OnBindingEvent(BindingEventRequest request, ServerCallContext context) =>
            Task.FromResult(answer);
    }
}
