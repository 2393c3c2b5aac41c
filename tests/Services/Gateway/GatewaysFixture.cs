using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services.Gateway;

/// <summary>
/// Two replicas of the gateway and one catalog, each a process of its own behind its own sidecar on the embedded stores. Pages are kept
/// for an hour, so that nothing but the news of a change takes one back.
/// </summary>
public sealed class GatewaysFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-gateways-").FullName;
    private readonly ServiceProgram _catalog = new("services/catalog", "NexusCart.Catalog.dll");
    private readonly List<ServiceProgram> _gateways = [];
    private readonly List<HttpClient> _doors = [];
    private SidecarFixture _dapr = null!;

    /// <summary>The public ports of the replicas.</summary>
    public IReadOnlyList<HttpClient> Doors => _doors;

    public async ValueTask InitializeAsync()
    {
        var components = await ServiceProgram.CopyComponentsAsync(
            _folder, static (_, yaml) => yaml, "statestore.yaml", "pubsub.yaml", "secretstore.yaml");
        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "catalog";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        await _catalog.StartAsync(_dapr.App, () => Task.FromResult(true));
        for (var i = 0; i < 2; i++)
            await StartGatewayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _doors.ForEach(door => door.Dispose());
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        await _catalog.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Gives a product a title, through one of the replicas; when this returns, the edit was acknowledged.</summary>
    public static async Task PutAsync(HttpClient door, string sku, string title)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/products/{sku}")
        {
            Content = JsonContent.Create(new { product = new { title, category = "home/lighting", price = new { minorUnits = "2999", currency = "EUR" }, active = true } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Of("staff", "catalog.write"));
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        using var answer = await door.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The title that a product's page shows to anybody, and whether the page came out of the replica's cache.</summary>
    public static async Task<(string Title, bool IsKept)> SeeAsync(HttpClient door, string sku)
    {
        using var answer = await door.GetAsync($"/v1/products/{sku}");
        var page = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (page.GetProperty("title").GetString()!, answer.Headers.Age is not null);
    }

    /// <summary>Waits for a condition.</summary>
    public Task EventuallyAsync(string what, Func<Task<bool>> holds) => _gateways[0].EventuallyAsync(what, holds);

    private async Task StartGatewayAsync()
    {
        var sidecar = await _dapr.AddAppAsync("gateway", AppProtocol.H2c);
        var (http, grpc) = (FreePorts.Next(), FreePorts.Next());
        var door = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        _doors.Add(door);
        var gateway = new ServiceProgram("services/gateway", "NexusCart.Gateway.dll");
        _gateways.Add(gateway);
        await gateway.StartAsync(
            sidecar, () => ServesAsync(door),
            ("PUBLIC_HTTP_PORT", $"{http}"), ("PUBLIC_GRPC_PORT", $"{grpc}"), ("PAGE_CACHE_SECONDS", "3600"));
        await sidecar.AppReadyAsync(); // Its subscriptions stand.
    }

    private static async Task<bool> ServesAsync(HttpClient door)
    {
        try
        {
            using var answer = await door.GetAsync("/v1/brands");
            return answer.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
