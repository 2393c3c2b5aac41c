using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>One building block under load beside an app, through rounds in which something is killed under it.</summary>
internal sealed class BlockTrial : IAsyncDisposable
{
    private const int Workers = 16;
    private const int MostAcknowledgements = 600;

    // Before anything is killed: more of them are no pause.
    private const int MostFailuresBefore = 1_000;

    // Longer than every limit on the way: a call that takes longer hangs.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, Func<IBlockLoad>> Loads = new()
    {
        ["state"] = () => new StateSaves(),
        ["state transactions"] = () => new StateTransactions(),
        ["state etags"] = () => new StateEtags(),
        ["pub/sub"] = () => new PubSubLoad(),
        ["actor state"] = () => new ActorStateLoad(),
        ["reminders"] = () => new ReminderLoad(),
        ["jobs"] = () => new JobLoad(),
        ["locks"] = () => new LockLoad(),
        ["workflows"] = () => new WorkflowLoad(),
    };

    private readonly IBlockLoad _load;
    private readonly WebApplication _app;
    private readonly List<int> _acknowledged = [];
    private readonly List<int> _unanswered = [];
    private int _lastNumber;

    private BlockTrial(IBlockLoad load, VictimSidecar sidecar, WebApplication app) => (_load, Sidecar, _app) = (load, sidecar, app);

    /// <summary>All building blocks.</summary>
    public static IEnumerable<string> Blocks => Loads.Keys;

    /// <summary>A test for each of some blocks on a backend; <c>-trait backend=redis</c> or <c>block=state</c> selects.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Rows(string backend, params string[] blocks) =>
        blocks.Select(block => new TheoryDataRow<string, string>(block, backend) { Traits = { ["backend"] = [backend], ["block"] = [block] } });

    /// <summary>The sidecar.</summary>
    public VictimSidecar Sidecar { get; }

    /// <summary>Starts the app and its sidecar.</summary>
    public static async Task<BlockTrial> StartAsync(string block, Backend backend)
    {
        var load = Loads[block]();
        var sidecar = new VictimSidecar(backend);
        var trial = new BlockTrial(load, sidecar, await StartAppAsync(load, sidecar));
        await sidecar.StartAsync();
        return trial;
    }

    /// <summary>Workers act without a pause until one of them kills something under the others, and brings it back.</summary>
    /// <returns>What to say about the round.</returns>
    public async Task<string> RoundAsync(Round round, Func<Task> killAndBringBackAsync)
    {
        var (acknowledged, unanswered) = await ActUntilKilledAsync(round.Random.Next(1, MostAcknowledgements), killAndBringBackAsync);
        using var clients = new SidecarClients(Sidecar);
        await ActsAgainAsync(clients, acknowledged, unanswered);
        await _load.VerifyAsync(clients, acknowledged, unanswered);
        _acknowledged.AddRange(acknowledged);
        _unanswered.AddRange(unanswered);
        return $"{round}: {acknowledged.Count} acknowledged, {unanswered.Count} without an answer";
    }

    /// <summary>Asserts over all rounds together: what an earlier one stored must still be there.</summary>
    public async Task VerifyAsync()
    {
        using var clients = new SidecarClients(Sidecar);
        await _load.VerifyAsync(clients, _acknowledged, _unanswered);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Sidecar.DisposeAsync();
    }

    private async Task<(List<int> Acknowledged, List<int> Unanswered)> ActUntilKilledAsync(int acknowledgements, Func<Task> killAndBringBackAsync)
    {
        using var clients = new SidecarClients(Sidecar);
        await _load.ReadyAsync(clients);
        var (acknowledged, unanswered) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
        var killed = false;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref killed))
            {
                var number = Interlocked.Increment(ref _lastNumber);
                try
                {
                    await ActAsync(clients, number);
                    acknowledged.Add(number);
                }
                catch (Exception e) when (e is not TimeoutException && (Volatile.Read(ref killed) || unanswered.Count < MostFailuresBefore))
                {
                    // Also before the kill, where a busy machine has a server pause: what was not acknowledged proves nothing.
                    unanswered.Add(number);
                    await Task.Delay(50);
                    continue;
                }

                if (Interlocked.Decrement(ref acknowledgements) == 0)
                {
                    Volatile.Write(ref killed, true);
                    await killAndBringBackAsync();
                }
            }
        })));
        return ([.. acknowledged], [.. unanswered]);
    }

    /// <summary>Whatever was broken by the kill comes back by itself.</summary>
    private async Task ActsAgainAsync(SidecarClients clients, List<int> acknowledged, List<int> unanswered)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var number = Interlocked.Increment(ref _lastNumber);
            try
            {
                await ActAsync(clients, number);
                acknowledged.Add(number);
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(started) < Hang)
            {
                unanswered.Add(number);
                await Task.Delay(100);
            }
        }
    }

    private async Task ActAsync(SidecarClients clients, int number)
    {
        try
        {
            await _load.ActAsync(clients, number).WaitAsync(Hang);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Operation {number} was not answered at all.{Environment.NewLine}{Sidecar.Output}", e);
        }
    }

    private static async Task<WebApplication> StartAppAsync(IBlockLoad load, VictimSidecar sidecar)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["DAPR_GRPC_ENDPOINT"] = sidecar.GrpcEndpoint;
        builder.Configuration["DAPR_HTTP_ENDPOINT"] = sidecar.HttpEndpoint;
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
            kestrel.ListenLocalhost(sidecar.AppPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        load.Configure(builder.Services, sidecar);
        var app = builder.Build();
        load.Map(app);
        await app.StartAsync();
        return app;
    }
}
