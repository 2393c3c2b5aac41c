#pragma warning disable CS0618 // The client advises plain HTTP clients; many apps call this way.
using System.Net;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Sdk.DotNet;

/// <summary>Calls of apps and bindings by Dapr.Client.</summary>
public sealed class CallTests : DotNetBed
{
    private sealed record Order(string Sku, int Count);

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.H2c)]
    [Trait("block", "invocation")]
    public async Task An_app_is_called_and_answers(AppProtocol protocol)
    {
        var client = (await StartAsync(Map, protocol: protocol)).Client;
        Assert.Equal(new Order("A-1", 4), await client.InvokeMethodAsync<Order, Order>("shop", "double", new Order("A-1", 2)));
        Assert.Equal(new Order("B", 1), await client.InvokeMethodAsync<Order>(HttpMethod.Get, "shop", "orders/B"));
    }

    [Fact]
    [Trait("block", "invocation")]
    public async Task A_plain_http_client_calls_an_app()
    {
        var client = (await StartAsync(Map)).Client;
        using var http = client.CreateInvokableHttpClient("shop");
        Assert.Equal("""{"sku":"B","count":1}""", await http.GetStringAsync("/orders/B?x=1"));
        using var refused = await http.GetAsync("/teapot");
        Assert.Equal((418, "short and stout"), ((int)refused.StatusCode, await refused.Content.ReadAsStringAsync()));
    }

    [Fact]
    [Trait("block", "invocation")]
    public async Task What_the_app_refuses_is_an_error()
    {
        var client = (await StartAsync(Map)).Client;
        var error = await Assert.ThrowsAsync<InvocationException>(() => client.InvokeMethodAsync(HttpMethod.Get, "shop", "teapot"));
        Assert.Equal((HttpStatusCode)418, error.Response.StatusCode);
        await Assert.ThrowsAsync<InvocationException>(() => client.InvokeMethodAsync(HttpMethod.Get, "nobody", "orders/B"));
    }

    [Fact]
    [Trait("block", "bindings")]
    public async Task An_output_binding_writes_reads_and_deletes()
    {
        var client = await StartAsync();
        var file = new Dictionary<string, string> { ["fileName"] = "note.json" };
        await client.InvokeBindingAsync("files", "create", new Order("A-1", 2), file);
        Assert.Equal(new Order("A-1", 2), await client.InvokeBindingAsync<object?, Order>("files", "get", null, file));
        await client.InvokeBindingAsync<object?>("files", "delete", null, file);
        await Assert.ThrowsAsync<Dapr.DaprException>(() => client.InvokeBindingAsync<object?, Order>("files", "get", null, file));
    }

    private static void Map(WebApplication app)
    {
        app.MapPost("/double", (Order order) => order with { Count = 2 * order.Count });
        app.MapGet("/orders/{sku}", (string sku) => new Order(sku, 1));
        app.MapGet("/teapot", () => Results.Text("short and stout", statusCode: 418));
    }
}
