using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using NexusCart.Tests.Chaos.Blocks;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// The sidecar alone is killed under the load of each building block, each time at another point, while its app lives on: nothing that
/// it acknowledged is lost. How often, <see cref="Rounds"/> says.
/// </summary>
public sealed class SidecarKillTests(ITestOutputHelper output)
{
    private const int Workers = 16;
    private const int MostAcknowledgements = 600;

    public static TheoryData<string> Blocks => [.. Loads.Keys];

    private static readonly Dictionary<string, Func<IBlockLoad>> Loads = new()
    {
        ["state"] = () => new StateSaves(),
        ["state transactions"] = () => new StateTransactions(),
        ["pub/sub"] = () => new PubSubLoad(),
        ["actor state"] = () => new ActorStateLoad(),
        ["reminders"] = () => new ReminderLoad(),
        ["jobs"] = () => new JobLoad(),
        ["locks"] = () => new LockLoad(),
        ["workflows"] = () => new WorkflowLoad(),
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Nothing_acknowledged_is_lost(string block)
    {
        var load = Loads[block]();
        await using var sidecar = new VictimSidecar();
        await using var app = await StartAppAsync(load, sidecar);
        await sidecar.StartAsync();

        var tally = new Tally();
        foreach (var round in Rounds.All)
        {
            var acknowledgements = round.Random.Next(1, MostAcknowledgements);
            var (acknowledged, unanswered) = await ActUntilKilledAsync(load, sidecar, tally, acknowledgements);
            await sidecar.StartAgainAsync();

            using var clients = new SidecarClients(sidecar);
            await load.VerifyAsync(clients, acknowledged, unanswered);
            output.WriteLine($"{round}: killed after {acknowledged.Count} acknowledgements with {unanswered.Count} under way");
        }

        using var last = new SidecarClients(sidecar);
        await load.VerifyAsync(last, tally.Acknowledged, tally.Unanswered);
        await app.StopAsync();
    }

    /// <summary>Workers act without a pause until one of them kills the sidecar under the others.</summary>
    private static async Task<(IReadOnlyCollection<int> Acknowledged, IReadOnlyCollection<int> Unanswered)> ActUntilKilledAsync(
        IBlockLoad load, VictimSidecar sidecar, Tally tally, int acknowledgements)
    {
        using var clients = new SidecarClients(sidecar);
        await load.ReadyAsync(clients);
        var (acknowledged, unanswered) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
        var killed = false;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref killed))
            {
                var number = tally.Next();
                try
                {
                    await load.ActAsync(clients, number);
                    acknowledged.Add(number);
                }
                catch (Exception) when (Volatile.Read(ref killed))
                {
                    unanswered.Add(number);
                    return;
                }

                if (Interlocked.Decrement(ref acknowledgements) == 0)
                {
                    Volatile.Write(ref killed, true);
                    sidecar.Kill();
                }
            }
        })));
        tally.Add(acknowledged, unanswered);
        return (acknowledged, unanswered);
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

    /// <summary>Over all rounds.</summary>
    private sealed class Tally
    {
        private int _last;

        public List<int> Acknowledged { get; } = [];

        public List<int> Unanswered { get; } = [];

        public int Next() => Interlocked.Increment(ref _last);

        public void Add(IEnumerable<int> acknowledged, IEnumerable<int> unanswered)
        {
            Acknowledged.AddRange(acknowledged);
            Unanswered.AddRange(unanswered);
        }
    }
}
