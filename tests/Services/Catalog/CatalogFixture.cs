using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Catalog.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using CatalogClient = NexusCart.Catalog.V1.Catalog.CatalogClient;

namespace NexusCart.Tests.Services.Catalog;

/// <summary>
/// The catalog program in a process of its own, behind a real sidecar on the embedded stores; what it publishes is captured. The process
/// can be killed and started on what is left.
/// </summary>
public sealed class CatalogFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-catalog-").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private SidecarFixture _dapr = null!;
    private GrpcChannel _channel = null!;
    private Process? _catalog;
    private int _numbers;

    /// <summary>Calls the catalog over the sidecar's gRPC proxy.</summary>
    public CatalogClient Client { get; private set; } = null!;

    /// <summary>Calls the catalog over the sidecar's HTTP, as the gateway does.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>Every event published so far: type and payload.</summary>
    public IEnumerable<(string Type, JsonElement Data)> Events =>
        _dapr.Events.On("products").DistinctBy(told => told.Id).Select(told => (told.Type!, told.ReadData<JsonElement>()));

    /// <summary>The headers of a call by staff.</summary>
    public static Metadata Staff => ForCatalog(Tokens.User("catalog.write"));

    /// <summary>The headers of a call by another service.</summary>
    public static Metadata Service => ForCatalog(Tokens.Service());

    /// <summary>The headers of a call by somebody without a token.</summary>
    public static Metadata Anonymous => new() { { "dapr-app-id", "catalog" } };

    /// <summary>The headers of a call by a customer of a group.</summary>
    public static Metadata Member(string group) => ForCatalog(Tokens.Member(group));

    public async ValueTask InitializeAsync()
    {
        var components = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        var profile = Path.Combine(Repository.Root, "components", "embedded");
        foreach (var name in new[] { "statestore.yaml", "pubsub.yaml", "secretstore.yaml" })
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(profile, name));
            await File.WriteAllTextAsync(Path.Combine(components, name), yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal));
        }

        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "catalog";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        _channel = GrpcChannel.ForAddress(_dapr.App.GrpcEndpoint);
        Client = new CatalogClient(_channel);
        Http = new HttpClient { BaseAddress = new Uri(_dapr.App.HttpEndpoint) };
        Http.DefaultRequestHeaders.Add("dapr-app-id", "catalog");
        await StartCatalogAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        if (_catalog is { HasExited: false })
            await KillAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>kill -9 of the catalog process.</summary>
    public async Task KillAsync()
    {
        _catalog!.Kill(entireProcessTree: true);
        await _catalog.WaitForExitAsync();
    }

    /// <summary>Starts the catalog process and waits until it has read its products.</summary>
    public async Task StartCatalogAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program("services/catalog", "NexusCart.Catalog.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in _dapr.App.Environment)
            start.Environment[name] = value;
        _catalog = Process.Start(start)!;
        _catalog.OutputDataReceived += (_, line) => Keep(line.Data);
        _catalog.ErrorDataReceived += (_, line) => Keep(line.Data);
        _catalog.BeginOutputReadLine();
        _catalog.BeginErrorReadLine();
        await EventuallyAsync("the catalog is loaded", async () =>
        {
            try
            {
                await Client.ListCategoriesAsync(new ListCategoriesRequest(), Anonymous, DateTime.UtcNow.AddSeconds(5));
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        });
    }

    /// <summary>A name nobody has used yet.</summary>
    public string New(string stem) => $"{stem}-{Interlocked.Increment(ref _numbers)}";

    /// <summary>A sound product.</summary>
    public Product Sample(string? sku = null) => new()
    {
        Sku = sku ?? New("LAMP"),
        Title = "Desk lamp",
        Brand = "Lumora",
        Category = "home/lighting",
        Price = new() { MinorUnits = 2_999, Currency = "EUR" },
        Active = true,
    };

    /// <summary>Creates or replaces products as staff.</summary>
    public Task<UpsertProductsResponse> UpsertAsync(params Product[] products) =>
        Client.UpsertProductsAsync(new UpsertProductsRequest { Products = { products } }, Staff, DateTime.UtcNow.AddSeconds(30)).ResponseAsync;

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{string.Join(Environment.NewLine, _output)}");
            await Task.Delay(50);
        }
    }

    private static Metadata ForCatalog(Metadata headers)
    {
        var own = new Metadata { { "dapr-app-id", "catalog" } };
        foreach (var entry in headers.Where(entry => entry.Key != "dapr-app-id"))
            own.Add(entry);
        return own;
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > 200)
            _output.TryDequeue(out _);
    }
}
