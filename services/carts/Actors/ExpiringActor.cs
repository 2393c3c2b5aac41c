using Dapr.Actors.Runtime;

namespace NexusCart.Carts.Actors;

/// <summary>
/// An actor with one state key that is removed when it has not changed for a while. Its reminder is set once and looks
/// at the clock when it comes, so a change costs no reminder.
/// </summary>
public abstract class ExpiringActor<TState>(ActorHost host, TimeSpan lifetime, TimeProvider time) : Actor(host), IRemindable
    where TState : class
{
    private const string ExpiryReminder = "expire";

    /// <summary>Repeats a tick that could not be handled.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>The one state key.</summary>
    protected abstract string StateKey { get; }

    /// <summary>The time.</summary>
    protected DateTimeOffset Now => time.GetUtcNow();

    /// <summary>When a state was last changed.</summary>
    protected abstract DateTimeOffset ChangedAt(TState state);

    /// <inheritdoc/>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        var stored = await StateManager.TryGetStateAsync<TState>(StateKey);
        if (stored.HasValue)
        {
            var left = ChangedAt(stored.Value) + lifetime - Now;
            if (left > TimeSpan.Zero)
            {
                await ArmAsync(left);
                return;
            }

            await StateManager.RemoveStateAsync(StateKey);
            await StateManager.SaveStateAsync();
        }

        await UnregisterReminderAsync(ExpiryReminder);
    }

    /// <summary>The stored state; null when there is none, or its time is over.</summary>
    protected async Task<TState?> LoadAsync()
    {
        var stored = await StateManager.TryGetStateAsync<TState>(StateKey);
        return stored.HasValue && ChangedAt(stored.Value) + lifetime > Now ? stored.Value : null;
    }

    /// <summary>Stores a state. The reminder that will remove a new one is set before.</summary>
    protected async Task StoreAsync(TState state, bool isNew)
    {
        if (isNew)
            await ArmAsync(lifetime);
        try
        {
            await StateManager.SetStateAsync(StateKey, state);
            await StateManager.SaveStateAsync();
        }
        catch
        {
            // What was not saved must not be read from memory in the next turn.
            await StateManager.ClearCacheAsync();
            throw;
        }
    }

    private async Task ArmAsync(TimeSpan due) => await RegisterReminderAsync(ExpiryReminder, [], due, Period);
}
