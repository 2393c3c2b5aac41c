using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using NexusCart.Inventory.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Tests.Services.Inventory;

/// <summary>
/// Two replicas of inventory, each a process of its own behind its own sidecar on the embedded stores; what they publish is captured.
/// Both can be killed and started on what is left.
/// </summary>
public sealed class InventoryFixture : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-inventory-").FullName;
    private readonly List<Replica> _replicas = [];
    private SidecarFixture _dapr = null!;

    /// <summary>One replica, called directly.</summary>
    public InventoryClient One => _replicas[0].Client;

    /// <summary>The other.</summary>
    public InventoryClient Other => _replicas[1].Client;

    /// <summary>Headers of a call by another service.</summary>
    public static Metadata Service => Tokens.Service();

    /// <summary>Headers of a call by staff.</summary>
    public static Metadata Staff => Tokens.User("inventory.write");

    /// <summary>The stock events of a key so far: id, type and payload.</summary>
    public IEnumerable<(string Id, string Type, JsonElement Data)> News(string key) => _dapr.Events.On("stock")
        .DistinctBy(told => told.Id)
        .Where(told => told.Envelope.GetProperty("subject").GetString() == key)
        .Select(told => (told.Id!, told.Type!, told.ReadData<JsonElement>()));

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
            options.AppId = "inventory";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        _replicas.Add(new Replica(_dapr.App));
        _replicas.Add(new Replica(await _dapr.AddAppAsync("inventory", AppProtocol.H2c)));
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>kill -9 of both.</summary>
    public Task KillAsync() => Task.WhenAll(_replicas.Select(replica => replica.KillAsync()));

    /// <summary>Starts both and waits until they answer.</summary>
    public async Task StartAsync()
    {
        foreach (var replica in _replicas)
            replica.Start();
        foreach (var replica in _replicas)
        {
            await replica.Sidecar.AppReadyAsync(Limit);
            await EventuallyAsync("inventory has read its stock", async () =>
            {
                try
                {
                    await replica.Client.GetAvailabilityAsync(new GetAvailabilityRequest { Skus = { "nothing" } });
                    return true;
                }
                catch (RpcException notYet) when (notYet.StatusCode is StatusCode.Unavailable)
                {
                    return false;
                }
            });
        }
    }

    /// <summary>Units for sale, by one replica's memory; null when it knows nothing of the SKU.</summary>
    public static async Task<int?> AvailableAsync(InventoryClient replica, string sku)
    {
        var found = (await replica.GetAvailabilityAsync(new GetAvailabilityRequest { Skus = { sku } })).Items.Single();
        return found.Known ? found.Available : null;
    }

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{string.Join(Environment.NewLine, _replicas.SelectMany(replica => replica.Output))}");
            await Task.Delay(50);
        }
    }

    private sealed class Replica(AppSidecar sidecar)
    {
        private readonly ConcurrentQueue<string> _output = new();
        private readonly GrpcChannel _channel = GrpcChannel.ForAddress(sidecar.AppAddress);
        private Process? _process;

        public AppSidecar Sidecar { get; } = sidecar;

        public InventoryClient Client => new(_channel);

        public IEnumerable<string> Output => _output;

        public void Start()
        {
            var start = new ProcessStartInfo("dotnet", [Repository.Program("services/inventory", "NexusCart.Inventory.dll")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
            foreach (var (name, value) in Sidecar.Environment)
                start.Environment[name] = value;
            start.Environment["Inventory__Allocation__Strategy"] = "Nearest";
            start.Environment["Inventory__Allocation__Zones__0__Name"] = "Central Europe";
            start.Environment["Inventory__Allocation__Zones__0__Countries__0"] = "DE";
            start.Environment["Inventory__Allocation__Zones__0__Countries__1"] = "PL";
            start.Environment["Inventory__LowStockThreshold"] = "2";
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Keep(line.Data);
            _process.ErrorDataReceived += (_, line) => Keep(line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public async Task KillAsync()
        {
            if (_process is not { HasExited: false })
                return;
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        private void Keep(string? line)
        {
            if (line is null)
                return;
            _output.Enqueue(line);
            while (_output.Count > 100)
                _output.TryDequeue(out _);
        }
    }
}
