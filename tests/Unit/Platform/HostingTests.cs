using System.Net;
using Dapr;
using Dapr.Client;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Hosting;
using NexusCart.Tests.Unit.Actors;
using NSubstitute;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Ports, health, and what a service refuses to start with.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task The_management_port_has_health_readiness_and_metrics_and_nothing_else()
    {
        var ready = false;
        await using var host = await PlatformHost.StartAsync(builder =>
            builder.Services.AddReadiness("index", (_, _) => ValueTask.FromResult(ready)));

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Management.GetAsync("/readyz")).StatusCode);
        ready = true;
        Assert.Equal("""{"ready":true,"checks":{"index":true}}""", await host.Management.GetStringAsync("/readyz"));
        await host.Http.GetAsync("/v1/products/A-1");
        Assert.Contains("# TYPE", await host.Management.GetStringAsync("/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Management.GetAsync("/v1/products/A-1")).StatusCode);
    }

    [Fact]
    public async Task A_service_with_actors_is_ready_while_its_state_store_answers()
    {
        var dapr = Substitute.For<DaprClient>();
        dapr.GetStateAsync<string?>("statestore", Arg.Any<string>(), cancellationToken: Arg.Any<CancellationToken>())
            .Returns(_ => Task.FromException<string?>(new DaprException("the store is away")), _ => Task.FromResult<string?>(null));
        await using var host = await PlatformHost.StartAsync(builder =>
        {
            builder.Services.AddActor<TallyShard>(TallyJson.Default);
            builder.Services.AddSingleton(dapr);
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Management.GetAsync("/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task The_app_port_answers_health_and_keeps_metrics_to_itself()
    {
        await using var host = await PlatformHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task A_service_that_is_not_ready_is_healthy_all_the_same_also_with_actors()
    {
        await using var host = await PlatformHost.StartAsync(builder =>
        {
            builder.Services.AddActors(actors => actors.Actors.RegisterActor<Idle>());
            builder.Services.AddReadiness("index", (_, _) => ValueTask.FromResult(false));
        });
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/healthz")).StatusCode);
        Assert.Contains("Idle", await host.Http.GetStringAsync("/dapr/config"));
    }

    [Fact]
    public async Task With_an_app_token_only_the_sidecar_gets_at_what_is_the_sidecars()
    {
        await using var host = await PlatformHost.StartAsync(builder =>
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["APP_API_TOKEN"] = "sesame" }));
        foreach (var path in (string[])["/dapr/subscribe", "/actors/A/1/method/x", "/job/x", "/events/pubsub/orders"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await host.Http.GetAsync(path)).StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/dapr/subscribe");
        request.Headers.Add("dapr-api-token", "sesame");
        Assert.Equal(HttpStatusCode.OK, (await host.Http.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("/v1/products/A-1")).StatusCode);
    }

    [Fact]
    public async Task An_rpc_that_does_not_say_who_may_call_it_stops_the_start()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            PlatformHost.StartAsync(map: app => app.MapGrpcService<Unprotected>()));
        Assert.Contains("/nexuscart.inventory.v1.Inventory/Reserve", fault.Message);
    }

    [Theory]
    [InlineData("seven")]
    [InlineData("-1")]
    [InlineData("70000")]
    public void A_port_that_is_none_is_named(string text)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["APP_PORT"] = text }).Build();
        var fault = Assert.Throws<InvalidOperationException>(() => Listeners.Port(configuration, "APP_PORT"));
        Assert.Contains($"APP_PORT is '{text}'", fault.Message);
    }

    [Fact]
    public async Task Two_hundred_calls_at_once_over_one_connection_all_succeed()
    {
        await using var host = await PlatformHost.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => host.Http.GetAsync($"/v1/products/A-{i}")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    private sealed class Unprotected : NexusCart.Inventory.V1.Inventory.InventoryBase;

    private sealed class Idle(Dapr.Actors.Runtime.ActorHost host) : Dapr.Actors.Runtime.Actor(host), IIdle;
}

public interface IIdle : Dapr.Actors.IActor;
