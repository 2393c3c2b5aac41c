using System.Globalization;
using NexusCart.Sidecar.Bindings;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary>
/// <c>bindings.cron</c>: an event at the times of a schedule, while the sidecar runs; what was missed is not made up for. An event
/// comes on time even when the app still works on the one before.
/// </summary>
/// <remarks>Setting: <c>schedule</c>, as <see cref="CronTimetable"/> reads it.</remarks>
internal sealed class CronBinding(ComponentContext context) : IInputBinding
{
    private readonly TimeProvider _time = context.Cluster.Time;
    private CronTimetable _timetable = null!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => ["INPUT_BINDING"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation)
    {
        var schedule = context.Spec.Required("schedule");
        try
        {
            _timetable = CronTimetable.Parse(schedule, TimeZoneInfo.Local);
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException)
        {
            throw ComponentSettings.Invalid(context.Spec, "schedule", $"is no schedule: '{schedule}': {e.Message}");
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IAsyncDisposable> StartAsync(BindingHandler handler, CancellationToken cancellation) =>
        Task.FromResult<IAsyncDisposable>(new Clock(this, handler));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private BindingEvent Tick() => new(default, new Dictionary<string, string>
    {
        // As Go prints a time.
        ["readTimeUTC"] = _time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss.fffffff '+0000 UTC'", CultureInfo.InvariantCulture),
        ["timeZone"] = _timetable.ZoneName,
    });

    private sealed class Clock : IAsyncDisposable
    {
        private readonly CronBinding _binding;
        private readonly BindingHandler _handler;
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _loop;
        private readonly HashSet<Task> _running = [];

        public Clock(CronBinding binding, BindingHandler handler)
        {
            (_binding, _handler) = (binding, handler);
            _loop = LoopAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _loop;
            Task[] left;
            lock (_running)
                left = [.. _running];
            await Task.WhenAll(left);
            _stopping.Dispose();
        }

        private async Task LoopAsync()
        {
            try
            {
                var at = _binding._time.GetUtcNow();
                while (_binding._timetable.Next(at) is { } next)
                {
                    await WaitAsync(next);
                    at = _binding._time.GetUtcNow();
                    Fire();
                }
            }
            catch (OperationCanceledException)
            {
                // Stopped.
            }
        }

        // A timer may not be set for more than some weeks, and wall clocks are set back and forward.
        private async Task WaitAsync(DateTimeOffset next)
        {
            var longest = TimeSpan.FromMinutes(15);
            while (next - _binding._time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
                await Task.Delay(wait > longest ? longest : wait + TimeSpan.FromMilliseconds(1), _binding._time, _stopping.Token);
        }

        private void Fire()
        {
            var run = Task.Run(RunAsync);
            lock (_running)
                _running.Add(run);
            run.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        private void Forget(Task run)
        {
            lock (_running)
                _running.Remove(run);
        }

        private async Task RunAsync()
        {
            try
            {
                await _handler(_binding.Tick(), CancellationToken.None);
            }
            catch (Exception)
            {
                // Reported by whoever called the app; the next event comes all the same.
            }
        }
    }
}
