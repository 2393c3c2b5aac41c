using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Bench.Apps;
using NexusCart.Bench.Load;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// From the publish to the subscriber: an operation is done when the event has been written to the disk, answered, and taken by the
/// app. Published over gRPC, as Dapr's clients do; delivered over HTTP, as they expect it.
/// </summary>
public static class PubSubScenario
{
    private const double AimPerSecond = 15_000;
    private const string AppId = "subscriber";
    private static readonly string Padding = new('x', 200);

    /// <summary>Measures it.</summary>
    /// <param name="broker">What the events go through: one of <see cref="Backend.Brokers"/>.</param>
    /// <param name="plan">How much load.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public static async Task<IReadOnlyList<LoadResult>> RunAsync(string broker, LoadPlan plan, CancellationToken cancellation)
    {
        await using var app = await AppProcess.StartAsync(workMilliseconds: 0, cancellation);
        await using var backend = await Backend.BrokerAsync(broker, EchoApp.PubSub);
        await using var sidecar = await BenchSidecar.StartAsync([new BenchApp(AppId, app.Port)], backend.Components, cancellation: cancellation);
        using var channel = Clients.Grpc(sidecar.Grpc(AppId));
        var client = new Rt.Dapr.DaprClient(channel);
        using var arrivals = new Arrivals(app);
        await WaitForSubscriptionAsync(client, cancellation);
        var bench = new SidecarBench(sidecar, app, plan);
        return await bench.MeasureAsync(
            new Operation($"{broker}: publish to delivered", AimPerSecond, async (_, stop) =>
            {
                var (number, arrived) = arrivals.Expect();
                await PublishAsync(client, number, stop);
                await arrived.WaitAsync(stop);
                return true;
            }),
            cancellation);
    }

    private static async Task PublishAsync(Rt.Dapr.DaprClient client, int number, CancellationToken cancellation)
    {
        var request = new PublishEventRequest
        {
            PubsubName = EchoApp.PubSub,
            Topic = EchoApp.Topic,
            DataContentType = "application/json",
            Data = ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"[{number},\"{Padding}\"]")),
        };
        await client.PublishEventAsync(request, new CallOptions(cancellationToken: cancellation));
    }

    // A group begins with the first event after it was made: one published earlier would be waited for in vain.
    private static async Task WaitForSubscriptionAsync(Rt.Dapr.DaprClient client, CancellationToken cancellation)
    {
        while ((await client.GetMetadataAsync(new GetMetadataRequest(), cancellationToken: cancellation)).Subscriptions.Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
    }

    /// <summary>Matches what the app says it got with who waits for it.</summary>
    private sealed class Arrivals : IDisposable
    {
        private const int Capacity = 1 << 22;
        private readonly TaskCompletionSource?[] _waiting = new TaskCompletionSource?[Capacity];
        private readonly CancellationTokenSource _ending = new();
        private readonly HttpClient _http;
        private readonly Task _reading;
        private int _last = -1;

        public Arrivals(AppProcess app)
        {
            _http = app.CreateClient();
            _reading = ReadAsync();
        }

        public (int Number, Task Arrived) Expect()
        {
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var number = Interlocked.Increment(ref _last);
            Volatile.Write(ref _waiting[number], source);
            // Whoever reads no more has said why.
            if (_reading.IsFaulted)
                _reading.GetAwaiter().GetResult();
            return (number, source.Task);
        }

        public void Dispose()
        {
            _ending.Cancel();
            _http.Dispose();
            _ending.Dispose();
        }

        private async Task ReadAsync()
        {
            await using var stream = await _http.GetStreamAsync(new Uri(EchoApp.DeliveriesPath, UriKind.Relative), _ending.Token);
            var buffer = new byte[64 << 10];
            var kept = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(kept), _ending.Token)) > 0)
            {
                kept += read;
                var at = 0;
                for (; kept - at >= sizeof(int); at += sizeof(int))
                    Interlocked.Exchange(ref _waiting[BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at))], null)?.TrySetResult();
                buffer.AsSpan(at, kept - at).CopyTo(buffer);
                kept -= at;
            }
        }
    }
}
