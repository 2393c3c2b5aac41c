using System.Threading.Channels;
using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>One subscription in a group: takes messages while it has room and runs its handler on them side by side.</summary>
internal sealed class GroupMember(ConsumerGroup group, ChannelReader<LogMessage> ready, DeliveryHandler handler, GroupSettings settings)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _slots = new(settings.Concurrency);
    private readonly CancellationTokenSource _stopping = new();
    private Task _taking = Task.CompletedTask;

    public ConsumerGroup Group => group;

    public void Start() => _taking = Task.Run(TakeAsync);

    /// <summary>Takes no more, and ends after the deliveries under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _taking;
        for (var i = 0; i < settings.Concurrency; i++)
            await _slots.WaitAsync();
        _stopping.Dispose();
        _slots.Dispose();
    }

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                await _slots.WaitAsync(_stopping.Token);
                if (await TryReadAsync() is not { } message || !group.TryBegin(message.Sequence, ready))
                {
                    _slots.Release();
                    continue;
                }

                _ = Task.Run(() => HandleAsync(message));
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop while waiting for a place.
        }
    }

    private async ValueTask<LogMessage?> TryReadAsync()
    {
        try
        {
            return await ready.ReadAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task HandleAsync(LogMessage message)
    {
        try
        {
            await handler(new BrokerDelivery(group.Topic.Name, message.Message), CancellationToken.None);
            group.Acknowledge(message.Sequence);
        }
        catch (OperationCanceledException)
        {
            group.GiveBack(message.Sequence, interrupted: true, settings);
        }
        catch (Exception)
        {
            // Whoever handles messages has logged why; here it only means: again.
            group.GiveBack(message.Sequence, interrupted: false, settings);
        }
        finally
        {
            _slots.Release();
        }
    }
}
