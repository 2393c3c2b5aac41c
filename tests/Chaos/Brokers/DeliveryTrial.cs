using System.Collections.Concurrent;
using System.Diagnostics;
using NexusCart.Tests.Chaos.Blocks;

namespace NexusCart.Tests.Chaos.Brokers;

/// <summary>Events published under load, through rounds in which a part of the way is killed: how many arrive, and how often.</summary>
internal sealed class DeliveryTrial : IAsyncDisposable
{
    private const int Workers = 16;
    private const int MostAcknowledgements = 600;
    private const int Probe = -1;

    // Before anything is killed, where a busy machine has a server pause; more of them are no pause.
    private const int MostFailuresBefore = 1_000;
    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(90);
    private readonly List<int> _acknowledged = [];

    // Trials that share a broker keep out of each other's events.
    private readonly string _topic;
    private int _lastNumber;

    private DeliveryTrial(VictimSidecar sidecar, string topic) => (Sidecar, _topic, App) = (sidecar, topic, new VictimApp(sidecar.AppPort, topic));

    /// <summary>The sidecar.</summary>
    public VictimSidecar Sidecar { get; }

    /// <summary>The subscriber.</summary>
    public VictimApp App { get; }

    /// <summary>What was published, and what became of it.</summary>
    public string Summary
    {
        get
        {
            var handled = App.Handled.Where(item => item.Key != Probe).ToDictionary();
            var lost = _acknowledged.Count(number => !handled.ContainsKey(number));
            return $"{_acknowledged.Count} acknowledged, {lost} lost, {handled.Values.Sum(times => times - 1)} handled again, "
                + $"{handled.Keys.Except(_acknowledged).Count()} handled though not acknowledged";
        }
    }

    /// <summary>Starts app and sidecar, and waits until events arrive.</summary>
    public static async Task<DeliveryTrial> StartAsync(Broker broker)
    {
        var sidecar = new VictimSidecar(
            broker.Backend, "--enable-app-health-check", "--app-health-probe-interval", "1", "--app-health-probe-timeout", "500", "--app-health-threshold", "2");
        var trial = new DeliveryTrial(sidecar, $"numbers-{Guid.NewGuid():N}");
        await trial.App.StartAsync();
        await sidecar.StartAsync();
        using var clients = new SidecarClients(sidecar);
        // An event that nobody subscribes to is nobody's: the first life waits for its subscription.
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await trial.PublishAsync(clients, Probe);
            }
            catch (Exception e) when (e is not TimeoutException)
            {
                // It may not be up yet, or be pausing: asked again until the limit.
            }

            await Task.Delay(200);
            return trial.App.Handled.ContainsKey(Probe);
        }, "no event is delivered");
        return trial;
    }

    /// <summary>Workers publish without a pause; one of them kills something under the others, who go on until it is back.</summary>
    /// <returns>What to say about the round.</returns>
    public async Task<string> RoundAsync(Round round, Func<Task> killAndBringBackAsync)
    {
        var untilKill = round.Random.Next(1, MostAcknowledgements);
        var (acknowledged, failed) = (new ConcurrentBag<int>(), 0);
        var (killed, back) = (false, false);
        using var clients = new SidecarClients(Sidecar);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref back))
            {
                var number = Interlocked.Increment(ref _lastNumber);
                try
                {
                    await PublishAsync(clients, number);
                    acknowledged.Add(number);
                }
                catch (Exception e) when (e is not TimeoutException && (Volatile.Read(ref killed) || Volatile.Read(ref failed) < MostFailuresBefore))
                {
                    Interlocked.Increment(ref failed);
                    await Task.Delay(50);
                    continue;
                }

                if (Interlocked.Decrement(ref untilKill) == 0)
                {
                    Volatile.Write(ref killed, true);
                    await killAndBringBackAsync();
                    Volatile.Write(ref back, true);
                }
            }
        })));
        _acknowledged.AddRange(acknowledged);
        await ArriveAsync(acknowledged);
        return $"{round}: {acknowledged.Count} acknowledged, {failed} publishes failed";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Sidecar.DisposeAsync();
        await App.DisposeAsync();
    }

    private async Task ArriveAsync(IReadOnlyCollection<int> numbers)
    {
        var started = Stopwatch.GetTimestamp();
        while (numbers.Any(number => !App.Handled.ContainsKey(number)))
        {
            if (Stopwatch.GetElapsedTime(started) > ArrivalLimit)
                Assert.Fail($"Acknowledged and never handled: {string.Join(", ", numbers.Where(number => !App.Handled.ContainsKey(number)).Take(20))}.{Environment.NewLine}{Summary}{Environment.NewLine}{Sidecar.Output}");
            await Task.Delay(20);
        }
    }

    private async Task PublishAsync(SidecarClients clients, int number)
    {
        try
        {
            await clients.Dapr.PublishEventAsync("pubsub", _topic, new Number(number)).WaitAsync(PublishLimit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The publish of {number} was not answered at all.{Environment.NewLine}{Sidecar.Output}", e);
        }
    }

    internal sealed record Number(int Value);
}
