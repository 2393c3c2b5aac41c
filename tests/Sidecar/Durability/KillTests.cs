using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Locks;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.State;

namespace NexusCart.Tests.Sidecar.Durability;

/// <summary>A process that saves, publishes, schedules and locks is killed in the middle: everything it reported as done must be there.</summary>
public sealed class KillTests
{
    private const int ReportsBeforeKill = 800;

    [Fact]
    public async Task Everything_acknowledged_survives_a_kill()
    {
        using var folder = new TemporaryFolder();
        var reports = await RunUntilKilledAsync(folder.Path);
        var (saved, published, scheduled) = (reports["saved"].ToList(), reports["published"].ToList(), reports["scheduled"].ToList());
        Assert.NotEmpty(saved);
        Assert.NotEmpty(published);
        Assert.NotEmpty(scheduled);
        Assert.NotEmpty(reports["locked"]);

        await using var cluster = new LocalCluster(folder.Path, TimeProvider.System, NullLoggerFactory.Instance);
        await using var store = (IStateStore)await CrashingWriter.OpenAsync(cluster, "state.sqlite");
        foreach (var (key, hit) in saved.Zip(await store.GetManyAsync([.. saved.Select(n => $"key-{n}")], default)))
            Assert.Equal($"value-{key}", hit.Entry is { } entry ? Encoding.UTF8.GetString(entry.Value.Span) : null);

        foreach (var number in scheduled)
            Assert.NotNull(await DurableScheduler.Shared(cluster).FindAsync(CrashingWriter.JobOf(number)));

        await using var locks = (ILockStore)await CrashingWriter.OpenAsync(cluster, "lock.embedded");
        foreach (var number in reports["locked"])
            Assert.False(await locks.TryLockAsync(number, "another", CrashingWriter.Lease, default));

        await using var broker = (IPubSub)await CrashingWriter.OpenAsync(cluster, "pubsub.embedded");
        var missing = new HashSet<string>(published);
        var complete = new TaskCompletionSource();
        await using var subscription = await broker.SubscribeAsync(CrashingWriter.Topic, new Dictionary<string, string>(), (delivery, _) =>
        {
            lock (missing)
            {
                missing.Remove(Encoding.UTF8.GetString(delivery.Message.Data.Span));
                if (missing.Count == 0)
                    complete.TrySetResult();
            }

            return Task.CompletedTask;
        }, default);
        await complete.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<ILookup<string, string>> RunUntilKilledAsync(string folder)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList =
            {
                "exec", typeof(KillTests).Assembly.Location,
                "-explicit", "only", "-method", $"{typeof(CrashingWriter).FullName}.{nameof(CrashingWriter.Writes_until_it_is_killed)}",
            },
            Environment = { [CrashingWriter.FolderVariable] = folder },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var reports = new List<(string Kind, string Number)>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut.
            if (line.Split(' ') is not [var kind, var number, "."])
                continue;
            reports.Add((kind, number));
            if (reports.Count == ReportsBeforeKill)
                process.Kill();
        }

        await process.WaitForExitAsync();
        return reports.ToLookup(report => report.Kind, report => report.Number);
    }
}

/// <summary>The process to kill: this test, run by itself with a folder in its environment.</summary>
public sealed class CrashingWriter
{
    public const string FolderVariable = "NEXUSCART_TEST_CRASHING_WRITER";
    public const string Topic = "numbers";

    public static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    internal static JobId JobOf(string number) => new("numbers", "", number);

    internal static async Task<IComponent> OpenAsync(LocalCluster cluster, string type)
    {
        BuildingBlocks.DefaultComponentTypes().TryGet(type, out var create);
        var spec = new ComponentSpec
        {
            Name = type,
            Type = type,
            Metadata = new Dictionary<string, string> { ["connectionString"] = "state.db" },
        };
        var component = create!(new ComponentContext(spec, new SidecarOptions { AppId = "app" }, cluster));
        await component.InitAsync(CancellationToken.None);
        return component;
    }

    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.NotNull(folder);
        await using var cluster = new LocalCluster(folder, TimeProvider.System, NullLoggerFactory.Instance);
        var store = (IStateStore)await OpenAsync(cluster, "state.sqlite");
        var broker = (IPubSub)await OpenAsync(cluster, "pubsub.embedded");
        var scheduler = DurableScheduler.Shared(cluster);
        var locks = (ILockStore)await OpenAsync(cluster, "lock.embedded");
        // The group must exist, or nobody waits for the messages.
        var none = new Dictionary<string, string>();
        await (await broker.SubscribeAsync(Topic, none, (_, _) => Task.CompletedTask, default)).DisposeAsync();
        var console = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var number = Interlocked.Increment(ref next).ToString(CultureInfo.InvariantCulture);
                await store.WriteAsync(new StateUpsert($"key-{number}", Encoding.UTF8.GetBytes($"value-{number}")), default);
                await console.WriteLineAsync($"saved {number} .");
                await broker.PublishAsync(Topic, new BrokerMessage(Encoding.UTF8.GetBytes(number), "text/plain", none), default);
                await console.WriteLineAsync($"published {number} .");
                await scheduler.ScheduleAsync(JobDefinition.Create(JobOf(number), null, "1h", null, null, DateTimeOffset.UtcNow), overwrite: false);
                await console.WriteLineAsync($"scheduled {number} .");
                Assert.True(await locks.TryLockAsync(number, "me", Lease, default));
                await console.WriteLineAsync($"locked {number} .");
            }
        })));
    }
}
