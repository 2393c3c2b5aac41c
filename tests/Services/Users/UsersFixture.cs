using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Testing;
using NexusCart.Tests.Services.Payments;

namespace NexusCart.Tests.Services.Users;

/// <summary>
/// The users program in a process of its own, behind a real sidecar on the embedded stores; what it publishes is captured. The process
/// can be killed and started on what is left.
/// </summary>
public sealed class UsersFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-users-").FullName;
    private readonly ConcurrentQueue<string> _output = new();
    private SidecarFixture _dapr = null!;
    private WebApplication _neighbours = null!;
    private Process? _users;
    private int _people;

    /// <summary>What the other services hold about people.</summary>
    public PeoplesData Data { get; } = new();

    /// <summary>Calls users over the sidecar, as the gateway does. Follows no redirects and keeps no cookies.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The events of a user so far: type and payload.</summary>
    public IEnumerable<(string Type, JsonElement Data)> News(string userId) => _dapr.Events.On("users")
        .DistinctBy(told => told.Id)
        .Select(told => (told.Type!, Data: told.ReadData<JsonElement>()))
        .Where(told => told.Data.GetProperty("userId").GetString() == userId);

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
            options.AppId = "users";
            options.AppProtocol = AppProtocol.H2c;
            options.ResourcesPath = components;
        });
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(_dapr.App.HttpEndpoint) };
        Http.DefaultRequestHeaders.Add("dapr-app-id", "users");
        await StartNeighboursAsync();
        await StartUsersAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_users is { HasExited: false })
            await KillAsync();
        await _neighbours.DisposeAsync();
        await _dapr.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>kill -9 of the users process.</summary>
    public async Task KillAsync()
    {
        _users!.Kill(entireProcessTree: true);
        await _users.WaitForExitAsync();
    }

    /// <summary>Starts the users process and waits until it issues tokens.</summary>
    public async Task StartUsersAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Program("services/users", "NexusCart.Users.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in _dapr.App.Environment)
            start.Environment[name] = value;
        start.Environment["Users__PasswordIterations"] = "1000";
        start.Environment["Users__CallTimeout"] = "00:00:30";
        _users = Process.Start(start)!;
        _users.OutputDataReceived += (_, line) => Keep(line.Data);
        _users.ErrorDataReceived += (_, line) => Keep(line.Data);
        _users.BeginOutputReadLine();
        _users.BeginErrorReadLine();
        await EventuallyAsync("users issues tokens", async () =>
            (await Browser.TokenAsync(this, ("grant_type", "client_credentials"), ("client_id", "operations"),
                ("client_secret", Browser.OperationsSecret), ("scope", "shop"))).Status is HttpStatusCode.OK);
    }

    /// <summary>An address nobody has used yet.</summary>
    public string NewEmail() => $"person-{Interlocked.Increment(ref _people)}@example.com";

    /// <summary>Waits for a condition.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new TimeoutException($"Not seen: {what}.{Environment.NewLine}{Output}");
            await Task.Delay(50);
        }
    }

    /// <summary>The last lines the process wrote.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    private async Task StartNeighboursAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Data);
        var ports = new List<int>();
        foreach (var appId in new[] { "carts", "orders", "payments" })
            ports.Add((await _dapr.AddAppAsync(appId, AppProtocol.H2c)).AppPort);
        builder.WebHost.ConfigureKestrel(kestrel => ports.ForEach(port => kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2)));
        _neighbours = builder.Build();
        _neighbours.MapGrpcService<FakeCarts>();
        _neighbours.MapGrpcService<FakeOrders>();
        _neighbours.MapGrpcService<FakePayments>();
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
