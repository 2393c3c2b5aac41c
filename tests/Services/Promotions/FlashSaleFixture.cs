using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Common.V1;
using NexusCart.Inventory.V1;
using NexusCart.Promotions.V1;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Tests.Services.Promotions;

/// <summary>
/// Promotions and inventory in processes of their own, behind real sidecars on the embedded stores. Promotions can be killed, and the
/// sidecars restarted, on what is left.
/// </summary>
public sealed class FlashSaleFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly JsonElement Secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "components", "secrets.json"))).RootElement;
    private static readonly SigningCredentials UserKey = new(
        new JsonWebKey(Secrets.GetProperty("token-signing-key").GetString()!), SecurityAlgorithms.EcdsaSha256);
    private static readonly SigningCredentials ServiceKey = new(
        new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secrets.GetProperty("service-token-key").GetString()!)), SecurityAlgorithms.HmacSha256);

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-flash-sales-").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly List<(string Project, string Assembly, AppSidecar Sidecar)> _programs = [];
    private readonly Dictionary<string, Process> _processes = [];
    private SidecarFixture _dapr = null!;
    private GrpcChannel _channel = null!;
    private int _sales;

    /// <summary>Calls promotions over the sidecar's gRPC proxy, as the gateway does.</summary>
    public FlashSalesClient Sales { get; private set; } = null!;

    /// <summary>Calls inventory.</summary>
    public InventoryClient Inventory { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var components = Directory.CreateDirectory(Path.Combine(_folder, "components")).FullName;
        var profile = Path.Combine(Repository.Root, "components", "embedded");
        foreach (var name in new[] { "statestore.yaml", "pubsub.yaml", "secretstore.yaml", "resiliency.yaml" })
        {
            var yaml = await File.ReadAllTextAsync(Path.Combine(profile, name));
            await File.WriteAllTextAsync(Path.Combine(components, name), yaml.Replace("components/secrets.json", Path.Combine(Repository.Root, "components", "secrets.json"), StringComparison.Ordinal));
        }

        _dapr = await SidecarFixture.StartAsync(options =>
        {
            options.AppId = "promotions";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        _programs.Add(("services/promotions", "NexusCart.Promotions.dll", _dapr.App));
        _programs.Add(("services/inventory", "NexusCart.Inventory.dll", await _dapr.AddAppAsync("inventory", AppProtocol.H2c)));
        _channel = GrpcChannel.ForAddress(_dapr.App.GrpcEndpoint);
        Sales = new FlashSalesClient(_channel);
        Inventory = new InventoryClient(_channel);
        foreach (var program in _programs)
            Start(program.Project, program.Assembly, program.Sidecar);
        await WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        foreach (var process in _processes.Values.Where(process => !process.HasExited))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>kill -9 of promotions, and its start.</summary>
    public async Task KillPromotionsAsync()
    {
        var (project, assembly, sidecar) = _programs[0];
        _processes[project].Kill(entireProcessTree: true);
        await _processes[project].WaitForExitAsync();
        Start(project, assembly, sidecar);
        await WaitAsync();
    }

    /// <summary>Every sidecar goes and comes back.</summary>
    public async Task RestartSidecarsAsync()
    {
        await _dapr.RestartAsync();
        await WaitAsync();
    }

    /// <summary>A sale that is live: of a product of its own, with as many more units in stock as it has.</summary>
    public async Task<string> LiveSaleAsync(int units, int perCustomer = 1, bool waitingRoom = false)
    {
        var saleId = $"sale-{Interlocked.Increment(ref _sales)}";
        var stock = new ReceiveStockRequest { ReceiptId = saleId, Lines = { new StockLine { Sku = saleId, Quantity = 2 * units } } };
        await Inventory.ReceiveStockAsync(stock, User("staff", "inventory", "inventory.write"), Deadline());
        var terms = new FlashSaleTerms
        {
            SaleId = saleId,
            Sku = saleId,
            Units = units,
            UnitPrice = new Money { MinorUnits = 199, Currency = "EUR" },
            StartsAt = Timestamp.FromDateTime(DateTime.UtcNow.AddSeconds(-1)),
            EndsAt = Timestamp.FromDateTime(DateTime.UtcNow.AddHours(1)),
            UnitsPerCustomer = perCustomer,
            ClaimSeconds = 3_600,
            AdmissionsPerSecond = waitingRoom ? 1_000_000 : 0,
        };
        await Sales.CreateFlashSaleAsync(new CreateFlashSaleRequest { Terms = terms }, Staff(), Deadline());
        // Scheduled is what it stays where inventory did not answer in time; the same again goes on.
        await EventuallyAsync("the sale is live", async () => (await Sales.ScheduleFlashSaleAsync(
            new ScheduleFlashSaleRequest { SaleId = saleId }, Staff(), Deadline())).Status == FlashSaleStatus.Live);
        return saleId;
    }

    /// <summary>Claims until there is an answer, as a client does that lost one: with the same key.</summary>
    public async Task<ClaimResponse> ClaimAsync(string saleId, string customer, string key = "key-1", int quantity = 1, string ticket = "")
    {
        var headers = User(customer);
        headers.Add("idempotency-key", key);
        var request = new ClaimRequest { SaleId = saleId, Quantity = quantity, Ticket = ticket };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await Sales.ClaimAsync(request, headers, Deadline());
            }
            catch (RpcException failure) when (
                failure.StatusCode is not (StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.InvalidArgument or StatusCode.NotFound)
                && Stopwatch.GetElapsedTime(started) < StartLimit)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Every claim of a sale, as the auditor sees them.</summary>
    public async Task<(NexusCart.Promotions.V1.FlashSale Sale, string ReservationId, List<ClaimAudit> Claims)> AuditAsync(string saleId)
    {
        var claims = new List<ClaimAudit>();
        for (var token = ""; ;)
        {
            var page = await Sales.AuditFlashSaleAsync(
                new AuditFlashSaleRequest { SaleId = saleId, PageToken = token }, User("auditor", "promotions", "audit.read"), Deadline());
            claims.AddRange(page.Claims);
            token = page.NextPageToken;
            if (token.Length == 0)
                return (page.Sale, page.ReservationId, claims);
        }
    }

    /// <summary>Units of a sale's product that anybody may buy.</summary>
    public async Task<int> AvailableAsync(string saleId) => (await Inventory.GetSkuAvailabilityAsync(
        new GetSkuAvailabilityRequest { Sku = saleId }, App("inventory"), Deadline())).Available;

    /// <summary>Publishes an event of an order's end, as orders does.</summary>
    public async Task TellAsync(string type, string orderId, string claimId)
    {
        using var dapr = new DaprClientBuilder().UseGrpcEndpoint(_dapr.App.GrpcEndpoint).UseHttpEndpoint(_dapr.App.HttpEndpoint).Build();
        var envelope = JsonSerializer.SerializeToUtf8Bytes(new
        {
            specversion = "1.0",
            id = $"{orderId}:{type}",
            source = "orders",
            type,
            subject = orderId,
            datacontenttype = "application/json",
            data = new { orderId, claimId },
        });
        await dapr.PublishByteEventAsync("pubsub", "orders", envelope, "application/cloudevents+json");
    }

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

    public static Metadata App(string appId) => new() { { "dapr-app-id", appId } };

    public static Metadata Staff() => User("staff", "promotions", "promotions.write");

    public static Metadata User(string customer, string appId = "promotions", params string[] roles) => new()
    {
        { "dapr-app-id", appId },
        { "authorization", "Bearer " + Token("nexuscart", new Dictionary<string, object> { ["sub"] = customer, ["roles"] = roles }, UserKey) },
    };

    public static Metadata Service() => new()
    {
        { "dapr-app-id", "promotions" },
        { "nexus-service-token", Token("nexuscart-internal", new Dictionary<string, object> { ["sub"] = "orders" }, ServiceKey) },
    };

    public static DateTime Deadline() => DateTime.UtcNow.AddSeconds(30);

    private static string Token(string audience, Dictionary<string, object> claims, SigningCredentials key) => new JsonWebTokenHandler().CreateToken(
        new SecurityTokenDescriptor
        {
            Issuer = "nexuscart",
            Audience = audience,
            IssuedAt = DateTime.UtcNow,
            NotBefore = DateTime.UtcNow,
            Expires = DateTime.UtcNow.AddMinutes(10),
            Claims = claims,
            SigningCredentials = key,
        });

    private void Start(string project, string assembly, AppSidecar sidecar)
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program(project, assembly)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in sidecar.Environment)
            start.Environment[name] = value;
        var process = _processes[project] = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private async Task WaitAsync()
    {
        await EventuallyAsync("promotions takes calls", () => IsNotFoundAsync(() => Sales.GetFlashSaleAsync(
            new GetFlashSaleRequest { SaleId = "nothing" }, App("promotions"), Deadline()).ResponseAsync));
        await EventuallyAsync("inventory takes calls", () => IsNotFoundAsync(() => Inventory.GetSkuAvailabilityAsync(
            new GetSkuAvailabilityRequest { Sku = "nothing" }, App("inventory"), Deadline()).ResponseAsync));
    }

    private static async Task<bool> IsNotFoundAsync(Func<Task> call)
    {
        try
        {
            await call();
            return false;
        }
        catch (RpcException answer)
        {
            return answer.StatusCode is StatusCode.NotFound;
        }
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
