using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Dapr.Workflow;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Orders.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;

namespace NexusCart.Tests.Services.Orders;

/// <summary>The orders program, in as many cells as wanted, each in a process of its own behind a real sidecar; its neighbours are fakes.</summary>
public class OrdersFixture : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static readonly JsonElement Secrets = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "components", "secrets.json"))).RootElement;

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-orders-").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly List<Process> _programs = [];
    private SidecarFixture _dapr = null!;
    private WebApplication _neighbours = null!;
    private GrpcChannel _channel = null!;

    public NeighbourBooks Books { get; } = new();

    /// <summary>Whether orders runs in cells.</summary>
    protected virtual bool InCells => false;

    /// <summary>Calls orders as the gateway does: over the sidecar's gRPC proxy, with <see cref="User"/>'s headers.</summary>
    public OrdersClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var components = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        var profile = Path.Combine(Repository.Root, "components", "embedded");
        foreach (var name in new[] { "pubsub.yaml", "secretstore.yaml", "statestore.yaml" })
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(profile, name));
            await File.WriteAllTextAsync(Path.Combine(components, name), yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal));
        }

        // Each cell has a store of its own, which nobody else sees.
        await File.AppendAllTextAsync(Path.Combine(components, "statestore.yaml"), "\nscopes: [orders]\n");
        var second = await File.ReadAllTextAsync(Path.Combine(profile, "statestore-orders-1.yaml"));
        await File.WriteAllTextAsync(Path.Combine(components, "statestore-orders-1.yaml"), second);
        await File.WriteAllTextAsync(Path.Combine(components, "statestore-orders-2.yaml"), second.Replace("orders-1", "orders-2", StringComparison.Ordinal));
        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "orders";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        await StartNeighboursAsync();
        _channel = GrpcChannel.ForAddress(_dapr.App.GrpcEndpoint);
        Client = new OrdersClient(_channel);
        await StartOrdersAsync(_dapr.App, ("Orders__InCells", InCells ? "true" : "false"));
    }

    /// <summary>Starts the processes of another cell; customers come once it is opened.</summary>
    public async Task StartCellAsync(string cell) => await StartOrdersAsync(
        await _dapr.AddAppAsync($"orders-{cell}", AppProtocol.H2c),
        ("Orders__Cell", cell), ("Orders__InCells", "true"), ("STATE_STORE", $"statestore-orders-{cell}"));

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var program in _programs.Where(program => !program.HasExited))
        {
            program.Kill(entireProcessTree: true);
            await program.WaitForExitAsync();
        }

        _channel.Dispose();
        await _neighbours.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Buys three mugs.</summary>
    public async Task<Order> BuyAsync(string customer, string key, string[]? roles = null) => await Client.CheckoutAsync(
        new CheckoutRequest
        {
            CartId = "cart-1",
            PaymentMethod = "pm_card_visa",
            Email = $"{customer}@example.org",
            ShippingAddress = new Common.V1.Address { FullName = "Ann Other", Line1 = "1 Harbour Street", PostalCode = "20457", City = "Hamburg", Country = "DE" },
        },
        User(customer, key, roles),
        DateTime.UtcNow.AddSeconds(30));

    /// <summary>An order of a customer's, once it fits.</summary>
    public async Task<Order> WhenAsync(string customer, string orderId, Func<Order, bool> fits)
    {
        Order? order = null;
        await EventuallyAsync($"order {orderId} as expected", async () =>
        {
            order = await Client.GetOrderAsync(new GetOrderRequest { OrderId = orderId }, User(customer), DateTime.UtcNow.AddSeconds(20));
            return fits(order);
        });
        return order!;
    }

    /// <summary>Publishes an event as another service of the shop does.</summary>
    public async Task PublishAsync(string topic, string type, object data, string id)
    {
        using var http = new HttpClient();
        var envelope = new { specversion = "1.0", id, source = "test", type, subject = "s", time = "2025-01-01T00:00:00Z", datacontenttype = "application/json", data };
        using var content = new StringContent(JsonSerializer.Serialize(envelope), Encoding.UTF8, "application/cloudevents+json");
        using var answer = await http.PostAsync(new Uri($"{_dapr.App.HttpEndpoint}/v1.0/publish/pubsub/{topic}"), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Whether the engine knows an instance, running or not.</summary>
    public async Task<bool> HasWorkflowAsync(string instanceId)
    {
        var settings = new Dictionary<string, string?> { ["DAPR_GRPC_ENDPOINT"] = _dapr.App.GrpcEndpoint };
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddDaprWorkflow(static _ => { })
            .BuildServiceProvider();
        return (await services.GetRequiredService<DaprWorkflowClient>().GetWorkflowStateAsync(instanceId)).Exists;
    }

    /// <summary>The headers of a call by a user.</summary>
    public static Metadata User(string subject, string? key = null, params string[]? roles)
    {
        var now = DateTime.UtcNow;
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "nexuscart",
            Audience = "nexuscart",
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(10),
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = roles ?? [] },
            SigningCredentials = new SigningCredentials(new JsonWebKey(Secrets.GetProperty("token-signing-key").GetString()!), SecurityAlgorithms.EcdsaSha256),
        });
        var headers = new Metadata { { "dapr-app-id", "orders" }, { "authorization", "Bearer " + token } };
        if (key is not null)
            headers.Add("idempotency-key", key);
        return headers;
    }

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{string.Join(Environment.NewLine, _output)}");
            await Task.Delay(50);
        }
    }

    /// <summary>Starts an orders process beside its sidecar and waits until it takes calls.</summary>
    private async Task StartOrdersAsync(AppSidecar sidecar, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program("services/orders", "NexusCart.Orders.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in sidecar.Environment)
            start.Environment[name] = value;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var program = Process.Start(start)!;
        _programs.Add(program);
        program.OutputDataReceived += (_, line) => Keep(line.Data);
        program.ErrorDataReceived += (_, line) => Keep(line.Data);
        program.BeginOutputReadLine();
        program.BeginErrorReadLine();
        await EventuallyAsync($"{sidecar.AppId} takes calls", async () =>
        {
            try
            {
                var headers = User("probe");
                headers.Remove(headers.First(entry => entry.Key == "dapr-app-id"));
                headers.Add("dapr-app-id", sidecar.AppId);
                await Client.ListOrdersAsync(new ListOrdersRequest(), headers, DateTime.UtcNow.AddSeconds(5));
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        });
    }

    private async Task StartNeighboursAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Books);
        var ports = new List<int>();
        foreach (var appId in new[] { "catalog", "carts", "inventory", "payments", "promotions", "users" })
            ports.Add((await _dapr.AddAppAsync(appId, AppProtocol.H2c)).AppPort);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
            foreach (var port in ports)
                kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _neighbours = builder.Build();
        _neighbours.MapGrpcService<FakeCatalog>();
        _neighbours.MapGrpcService<FakeCarts>();
        _neighbours.MapGrpcService<FakeInventory>();
        _neighbours.MapGrpcService<FakePayments>();
        _neighbours.MapGrpcService<FakePromotions>();
        await _neighbours.StartAsync();
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
