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

    /// <summary>When the reminder is to look at a state: when its time is over, unless something is to be noticed before.</summary>
    protected virtual DateTimeOffset NextLook(TState state) => EndOf(state);

    /// <summary>The reminder has come while a state lives: notices what there is to be noticed. Gives the state as it is then.</summary>
    protected virtual Task<TState> LookAsync(TState state) => Task.FromResult(state);

    /// <inheritdoc/>
    public virtual async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (await PeekAsync() is { } stored)
        {
            if (EndOf(stored) > Now)
            {
                await ArmAsync(await LookAsync(stored));
                return;
            }

            await SaveAsync(async () =>
            {
                await OnExpiringAsync(stored);
                await StateManager.RemoveStateAsync(StateKey);
            });
        }

        await UnregisterReminderAsync(ExpiryReminder);
    }

    /// <summary>The stored state; null when there is none, or its time is over.</summary>
    protected async Task<TState?> LoadAsync()
    {
        var stored = await PeekAsync();
        return stored is not null && EndOf(stored) > Now ? stored : null;
    }

    /// <summary>The stored state, also when its time is over; null when there is none.</summary>
    protected Task<TState?> PeekAsync() => StateManager.FindAsync<TState>(StateKey);

    /// <summary>Stores a state. The reminder that will remove a new one is set before.</summary>
    protected async Task StoreAsync(TState state, bool isNew)
    {
        if (isNew)
            await ArmAsync(state);
        await SaveAsync(() => StateManager.SetStateAsync(StateKey, state));
    }

    /// <summary>In the turn that removes a state, before it is saved.</summary>
    protected virtual Task OnExpiringAsync(TState state) => Task.CompletedTask;

    /// <summary>Saves what a turn writes, or forgets it.</summary>
    protected virtual Task SaveAsync(Func<Task> write) => StateManager.CommitAsync(write);

    /// <summary>Has the reminder come when it is to look at a state.</summary>
    protected async Task ArmAsync(TState state)
    {
        var left = NextLook(state) - Now;
        await RegisterReminderAsync(ExpiryReminder, [], left > TimeSpan.Zero ? left : TimeSpan.Zero, Period);
    }

    private DateTimeOffset EndOf(TState state) => ChangedAt(state) + LifetimeOf(state);
}
