using System.Collections.Concurrent;
using System.Threading.Channels;

namespace NexusCart.Sandbox.Webhooks;

/// <summary>
/// Posts events to their endpoints until they answer 2xx: at least once, in no promised order, with a fresh signature each
/// time. What was not taken before a restart is sent after it.
/// </summary>
public sealed class WebhookDispatcher : BackgroundService
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReorderPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    // The live provider backs off over hours; a developer waits seconds.
    private static readonly TimeSpan[] BackOff =
        [.. new double[] { 0.5, 1, 2, 5, 10, 30, 60, 300 }.Select(TimeSpan.FromSeconds)];

    private readonly Channel<OutgoingEvent> _raised = Channel.CreateUnbounded<OutgoingEvent>(new() { SingleReader = true });
    private readonly SemaphoreSlim _connections = new(16);
    private readonly WebhookFaults _faults;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly ILogger<WebhookDispatcher> _logger;
    private readonly ConcurrentDictionary<string, byte> _away = new(StringComparer.Ordinal);
    private int _inFlight;

    /// <summary>Starts to listen for events; what is still pending from an earlier run comes first.</summary>
    public WebhookDispatcher(IEnumerable<IWebhookSource> sources, WebhookFaults faults, TimeProvider time, ILogger<WebhookDispatcher> logger)
    {
        ArgumentNullException.ThrowIfNull(sources);
        (_faults, _time, _logger) = (faults, time, logger);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
        {
            Timeout = AttemptTimeout,
        };
        foreach (var source in sources)
        {
            foreach (var pending in source.Pending())
                _raised.Writer.TryWrite(pending);
            source.Raised += raised => _raised.Writer.TryWrite(raised);
        }
    }

    /// <summary>Deliveries under way or waiting for their next attempt.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _http.Dispose();
        _connections.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var first in _raised.Reader.ReadAllAsync(stoppingToken))
        {
            foreach (var next in await GatherAsync(first, stoppingToken))
            {
                if (_faults.TakeDrop(next.Source.Provider))
                    continue;
                foreach (var endpoint in next.Endpoints)
                {
                    for (var copy = 0; copy <= _faults.Of(next.Source.Provider).Duplicate; copy++)
                        _ = DeliverAsync(next, endpoint, stoppingToken);
                }
            }
        }
    }

    /// <summary>Normally the event alone; under a reorder fault a handful, last first.</summary>
    private async Task<IReadOnlyList<OutgoingEvent>> GatherAsync(OutgoingEvent first, CancellationToken stopping)
    {
        var wanted = _faults.Of(first.Source.Provider).Reorder;
        if (wanted < 2)
            return [first];
        var gathered = new List<OutgoingEvent> { first };
        using var patience = new CancellationTokenSource(ReorderPatience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            while (gathered.Count < wanted)
                gathered.Add(await _raised.Reader.ReadAsync(either.Token));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Nobody else came: what is here goes.
        }

        gathered.Reverse();
        return gathered;
    }

    private async Task DeliverAsync(OutgoingEvent told, string endpoint, CancellationToken stopping)
    {
        Interlocked.Increment(ref _inFlight);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_faults.Of(told.Source.Provider).DelayMs), _time, stopping);
            for (var attempt = 0; told.Source.Request(told.Id, endpoint, _time.GetUtcNow()) is { } request; attempt++)
            {
                if (await TryPostAsync(request, endpoint, attempt, stopping))
                {
                    told.Source.MarkDelivered(told.Id, endpoint);
                    return;
                }

                if (_time.GetUtcNow() - told.Created > GiveUpAfter)
                {
                    _logger.LogWarning("Gave up event {EventId} ({Type}) for {Endpoint} after {Attempts} attempts", told.Id, told.Type, endpoint, attempt + 1);
                    return;
                }

                await Task.Delay(BackOff[Math.Min(attempt, BackOff.Length - 1)], _time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It stays pending and goes out after the next start.
        }
        catch (Exception failed)
        {
            _logger.LogError(failed, "Delivery of event {EventId} to {Endpoint} broke; it stays pending until the next start", told.Id, endpoint);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task<bool> TryPostAsync(HttpRequestMessage request, string endpoint, int attempt, CancellationToken stopping)
    {
        await _connections.WaitAsync(stopping);
        try
        {
            using var response = await _http.SendAsync(request, stopping);
            if (response.IsSuccessStatusCode)
            {
                if (_away.TryRemove(endpoint, out _))
                    _logger.LogWarning("{Endpoint} takes webhooks again", endpoint);
                return true;
            }

            Report(attempt, endpoint, $"HTTP {(int)response.StatusCode}");
        }
        catch (HttpRequestException unreachable)
        {
            Report(attempt, endpoint, unreachable.Message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            Report(attempt, endpoint, "no answer in time");
        }
        finally
        {
            _connections.Release();
            request.Dispose();
        }

        return false;
    }

    /// <summary>One line when an endpoint stays away and one when it is back, however many events wait for it.</summary>
    private void Report(int attempt, string endpoint, string why)
    {
        // A receiver that starts after the sender is normal.
        if (attempt >= 3 && _away.TryAdd(endpoint, 0))
            _logger.LogWarning("{Endpoint} takes no webhooks ({Why}); they are sent again until it does", endpoint, why);
    }
}
