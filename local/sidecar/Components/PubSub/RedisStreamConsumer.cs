using NexusCart.Sidecar.Components.Redis;
using NexusCart.Sidecar.PubSub;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// One subscription: waits at the server for new entries on a connection of its own, looks after pending ones now and then, and
/// hands both to the app as places become free.
/// </summary>
internal sealed class RedisStreamConsumer(
    RedisConnection connection, RedisPubSubSettings settings, SemaphoreSlim slots, string topic, DeliveryHandler handler, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _deliveries = [];
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private Task _loops = Task.CompletedTask;
    private long _readerId;

    private IDatabase Database => connection.Database;

    public void Start() => _loops = Task.WhenAll(Task.Run(ReadNewAsync), settings.Redelivers ? Task.Run(ReclaimAsync) : Task.CompletedTask);

    /// <summary>Takes no more, and ends after the deliveries under way. What was taken and not begun stays pending.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        while (!_loops.IsCompleted)
        {
            await WakeReaderAsync();
            await Task.WhenAny(_loops, Task.Delay(50));
        }

        Task[] open;
        lock (_lock)
            open = [.. _deliveries];
        await Task.WhenAll(open);
        _stopping.Dispose();
    }

    private async Task ReadNewAsync()
    {
        await using var reader = await connection.OpenReaderAsync(LongestWait);
        var database = reader.GetDatabase();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (Interlocked.Read(ref _readerId) == 0)
                    Interlocked.Exchange(ref _readerId, (long)await database.ExecuteAsync("CLIENT", "ID"));
                var answer = await database.ExecuteAsync(
                    "XREADGROUP", "GROUP", settings.Group, settings.Group, "COUNT", settings.BatchCount,
                    "BLOCK", (long)LongestWait.TotalMilliseconds, "STREAMS", (RedisKey)topic, ">");
                await DeliverAsync(RedisStreamReply.OfRead(answer));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                Interlocked.Exchange(ref _readerId, 0);
                await RecoverAsync(e);
            }
        }
    }

    private async Task RecoverAsync(Exception error)
    {
        if (_stopping.IsCancellationRequested)
            return;
        logger.LogWarning("topic {Topic} cannot be read: {Error}", topic, error.Message);
        try
        {
            // A server that lost its data has lost the group as well.
            if (error.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
                await RedisPubSub.EnsureGroupAsync(Database, topic, settings.Group);
            else
                await Task.Delay(PauseAfterFailure, _stopping.Token);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or OperationCanceledException)
        {
            // The next read reports it.
        }
    }

    private async Task WakeReaderAsync()
    {
        try
        {
            if (Interlocked.Read(ref _readerId) is not 0 and var id)
                await Database.ExecuteAsync("CLIENT", "UNBLOCK", id);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Then the wait ends by itself.
        }
    }

    private async Task ReclaimAsync()
    {
        using var timer = new PeriodicTimer(settings.RedeliverInterval);
        try
        {
            do
            {
                try
                {
                    await ReclaimOnceAsync();
                }
                catch (Exception e) when (e is RedisException or TimeoutException)
                {
                    logger.LogWarning("the pending messages of topic {Topic} cannot be looked through: {Error}", topic, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private async Task ReclaimOnceAsync()
    {
        var idle = (long)settings.ProcessingTimeout.TotalMilliseconds;
        RedisValue from = "-";
        while (true)
        {
            var page = await Database.StreamPendingMessagesAsync(topic, settings.Group, settings.BatchCount, RedisValue.Null, minId: from);
            if (page.Length == 0)
                return;
            var overdue = page.Where(message => message.IdleTimeInMilliseconds >= idle && !IsWaiting(message.MessageId)).Select(message => message.MessageId).ToArray();
            if (overdue.Length > 0)
            {
                var claimed = await Database.StreamClaimAsync(topic, settings.Group, settings.Group, idle, overdue);
                await ForgetDeletedAsync(overdue.Except(claimed.Select(entry => entry.Id)));
                await DeliverAsync(claimed.Where(entry => !entry.IsNull));
            }

            from = "(" + page[^1].MessageId;
        }
    }

    /// <summary>Entries that a limit of the stream removed can never be delivered; servers before 7 leave them pending for ever.</summary>
    private async Task ForgetDeletedAsync(IEnumerable<RedisValue> unclaimed)
    {
        foreach (var id in unclaimed)
        {
            if ((await Database.StreamRangeAsync(topic, id, id)).Length == 0)
                await Database.StreamAcknowledgeAsync(topic, settings.Group, id);
        }
    }

    private bool IsWaiting(RedisValue id)
    {
        lock (_lock)
            return _waiting.Contains(id.ToString());
    }

    private async Task DeliverAsync(IEnumerable<StreamEntry> entries)
    {
        var batch = entries.ToArray();
        lock (_lock)
            _waiting.UnionWith(batch.Select(entry => entry.Id.ToString()));
        try
        {
            foreach (var entry in batch)
            {
                await slots.WaitAsync(_stopping.Token);
                Begin(entry);
            }
        }
        finally
        {
            lock (_lock)
                _waiting.ExceptWith(batch.Select(entry => entry.Id.ToString()));
        }
    }

    private void Begin(StreamEntry entry)
    {
        lock (_lock)
        {
            _waiting.Remove(entry.Id.ToString());
            var delivery = Task.Run(() => HandleAsync(entry));
            _deliveries.Add(delivery);
            _ = delivery.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Forget(Task delivery)
    {
        lock (_lock)
            _deliveries.Remove(delivery);
    }

    private async Task HandleAsync(StreamEntry entry)
    {
        try
        {
            if (await IsDoneAsync(entry))
                await Database.StreamAcknowledgeAsync(topic, settings.Group, entry.Id);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            logger.LogWarning("message {Id} of topic {Topic} is handled but could not be acknowledged: {Error}", entry.Id, topic, e.Message);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task<bool> IsDoneAsync(StreamEntry entry)
    {
        try
        {
            await handler(new BrokerDelivery(topic, RedisPubSub.Read(entry, logger)), CancellationToken.None);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception)
        {
            // Whoever handles messages has logged why.
            return settings.AcknowledgesFailures;
        }
    }
}
