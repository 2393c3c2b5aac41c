using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>
/// A process with an app, its sidecar and busy actors is killed again and again: every call that was answered has its effect, no
/// call has two, and every reminder that was accepted fires.
/// </summary>
public sealed class ActorKillTests
{
    private const int Kills = 2;
    private const int Workers = 8;
    private const int Actors = 12;
    private const int AnswersBeforeKill = 250;

    private readonly int[] _attempted = new int[Actors];
    private readonly int[] _answered = new int[Actors];
    private readonly List<(int Actor, string Name)> _reminders = [];

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_happens_twice()
    {
        using var folder = new TemporaryFolder();
        for (var round = 0; round < Kills; round++)
        {
            var work = 0;
            await using var shop = await KillableShop.StartAsync(folder.Path);
            var workers = Enumerable.Range(0, Workers).Select(worker => WorkAsync(shop, worker, () =>
            {
                if (Interlocked.Increment(ref work) == AnswersBeforeKill)
                    shop.Kill();
            })).ToArray();
            await Task.WhenAll(workers);
        }

        await using var last = await KillableShop.StartAsync(folder.Path);
        for (var actor = 0; actor < Actors; actor++)
            Assert.InRange(await last.CallAsync<int>(actor, "Count"), _answered[actor], _attempted[actor]);
        Assert.NotEmpty(_reminders);
        foreach (var (actor, name) in _reminders)
            await FiredAsync(last, actor, name);
    }

    private static async Task FiredAsync(KillableShop shop, int actor, string name)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (!await shop.CallAsync<bool>(actor, "HasFired", name))
        {
            Assert.True(DateTime.UtcNow < deadline, $"reminder {name} of actor {actor} was accepted and never fired");
            await Task.Delay(50);
        }
    }

    private async Task WorkAsync(KillableShop shop, int worker, Action answered)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var actor = (worker + i) % Actors;
                if (i % 5 == 0)
                {
                    var name = $"{shop.Round}-{worker}-{i}";
                    await shop.CallAsync<bool>(actor, "Plan", name);
                    lock (_reminders)
                        _reminders.Add((actor, name));
                }
                else
                {
                    Interlocked.Increment(ref _attempted[actor]);
                    await shop.CallAsync<int>(actor, "Add", "1");
                    Interlocked.Increment(ref _answered[actor]);
                }

                answered();
            }
        }
        catch (Exception e) when (shop.IsKilled && e is HttpRequestException or IOException)
        {
            // The end of this round.
        }
    }
}

/// <summary>The process to kill, seen from the test.</summary>
internal sealed class KillableShop : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private KillableShop(Process process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Tells one start from the next.</summary>
    public string Round { get; } = Guid.NewGuid().ToString("N")[..8];

    public bool IsKilled { get; private set; }

    public static async Task<KillableShop> StartAsync(string folder)
    {
        var port = FreePorts.Next();
        var process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList =
            {
                "exec", typeof(KillableShop).Assembly.Location,
                "-explicit", "only", "-method", $"{typeof(KillableShopProcess).FullName}.{nameof(KillableShopProcess.Runs_until_it_is_killed)}",
            },
            Environment =
            {
                [KillableShopProcess.FolderVariable] = folder,
                [KillableShopProcess.PortVariable] = port.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
        })!;
        var shop = new KillableShop(process, port);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == KillableShopProcess.Ready)
                return shop;
        }

        throw new InvalidOperationException("the process did not start");
    }

    public async Task<T> CallAsync<T>(int actor, string method, string argument = "")
    {
        using var response = await _http.PutAsync($"/v1.0/actors/Ledger/a{actor}/method/{method}", JsonContent.Create(argument));
        if (response.StatusCode != HttpStatusCode.OK && !IsKilled)
            Assert.Fail(await response.Content.ReadAsStringAsync());
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<T>())!;
    }

    public void Kill()
    {
        IsKilled = true;
        _process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }
}

/// <summary>The process to kill: this test, run by itself with a folder in its environment.</summary>
public sealed class KillableShopProcess
{
    public const string FolderVariable = "NEXUSCART_TEST_ACTOR_FOLDER";
    public const string PortVariable = "NEXUSCART_TEST_ACTOR_PORT";
    public const string Ready = "ready";

    [Fact(Explicit = true)]
    public async Task Runs_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture);
        var resources = Directory.CreateDirectory(Path.Combine(folder, "resources")).FullName;
        await File.WriteAllTextAsync(Path.Combine(resources, "state.yaml"), SidecarBed.Component(
            "statestore", "state.sqlite", ("connectionString", "state.db"), ("actorStateStore", "true")));
        await using var app = await TestApp.StartAsync(
            web => web.MapActorsHandlers(),
            services => services.AddActors(options =>
            {
                options.HttpEndpoint = $"http://127.0.0.1:{port}";
                options.Actors.RegisterActor<LedgerActor>("Ledger");
            }),
            AppProtocol.H2c);
        await using var cluster = new LocalCluster(Path.Combine(folder, "data"), TimeProvider.System, NullLoggerFactory.Instance);
        await using var sidecar = SidecarHost.Create(
            new SidecarOptions
            {
                AppId = "ledger",
                AppPort = app.Port,
                AppProtocol = AppProtocol.H2c,
                HttpPort = port,
                GrpcPort = 0,
                ResourcePaths = [resources],
            },
            cluster);
        await sidecar.StartAsync();
        await sidecar.AppReady;
        await using var console = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        await console.WriteLineAsync("\n" + Ready);
        await Task.Delay(Timeout.Infinite);
    }
}

/// <summary>Actors that count and remember which reminders fired.</summary>
public interface ILedgerActor : IActor
{
    Task<int> Add(string amount);

    Task<int> Count(string ignored);

    Task<bool> Plan(string name);

    Task<bool> HasFired(string name);
}

/// <inheritdoc cref="ILedgerActor"/>
public sealed class LedgerActor(ActorHost host) : Actor(host), ILedgerActor, IRemindable
{
    public async Task<int> Add(string amount)
    {
        var count = await Count("") + int.Parse(amount, CultureInfo.InvariantCulture);
        await StateManager.SetStateAsync("count", count);
        return count;
    }

    public Task<int> Count(string ignored) => StateManager.GetOrAddStateAsync("count", 0);

    public async Task<bool> Plan(string name)
    {
        await RegisterReminderAsync(name, null, TimeSpan.FromMilliseconds(Random.Shared.Next(2000)), TimeSpan.FromMilliseconds(-1));
        return true;
    }

    public Task<bool> HasFired(string name) => StateManager.ContainsStateAsync("fired-" + name);

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period) =>
        StateManager.SetStateAsync("fired-" + reminderName, true);
}
