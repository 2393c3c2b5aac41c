using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Carts.Actors;

/// <summary>
/// An actor with one state key that is removed when it has not changed for a while. Its reminder is set once and looks
/// at the clock when it comes, so a change costs no reminder.
/// </summary>
public abstract class ExpiringActor<TState>(ActorHost host, TimeProvider time) : Actor(host), IRemindable
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

    /// <summary>How long a state lives after its last change.</summary>
    protected abstract TimeSpan LifetimeOf(TState state);

    /// <inheritdoc/>
    public virtual async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        var stored = await StateManager.TryGetStateAsync<TState>(StateKey);
        if (stored.HasValue)
        {
            var left = ChangedAt(stored.Value) + LifetimeOf(stored.Value) - Now;
            if (left > TimeSpan.Zero)
            {
                await ArmAsync(left);
                return;
            }

            await SaveAsync(async () =>
            {
                await OnExpiringAsync(stored.Value);
                await StateManager.RemoveStateAsync(StateKey);
            });
        }

        await UnregisterReminderAsync(ExpiryReminder);
    }

    /// <summary>The stored state; null when there is none, or its time is over.</summary>
    protected async Task<TState?> LoadAsync()
    {
        var stored = await StateManager.TryGetStateAsync<TState>(StateKey);
        return stored.HasValue && ChangedAt(stored.Value) + LifetimeOf(stored.Value) > Now ? stored.Value : null;
    }

    /// <summary>Stores a state. The reminder that will remove a new one is set before.</summary>
    protected async Task StoreAsync(TState state, bool isNew)
    {
        if (isNew)
            await ArmAsync(LifetimeOf(state));
        await SaveAsync(() => StateManager.SetStateAsync(StateKey, state));
    }

    /// <summary>In the turn that removes a state, before it is saved.</summary>
    protected virtual Task OnExpiringAsync(TState state) => Task.CompletedTask;

    /// <summary>Saves what a turn writes, or forgets it.</summary>
    protected virtual Task SaveAsync(Func<Task> write) => StateManager.CommitAsync(write);

    private async Task ArmAsync(TimeSpan due) => await RegisterReminderAsync(ExpiryReminder, [], due, Period);
}
