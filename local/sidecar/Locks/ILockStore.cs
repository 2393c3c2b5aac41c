using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.Locks;

/// <summary>What became of an unlock; the numbers are those of the API.</summary>
public enum UnlockOutcome
{
    /// <summary>The lock is free.</summary>
    Unlocked = 0,

    /// <summary>Nobody held it (any more).</summary>
    NotHeld = 1,

    /// <summary>Another owner holds it; it stays.</summary>
    HeldByOther = 2,
}

/// <summary>A lock store driver. Thread-safe; an answer is as durable as the store gets. Locks end by themselves with their lease.</summary>
public interface ILockStore : IComponent
{
    /// <summary>Takes the lock unless anybody holds it, be it the same owner.</summary>
    /// <param name="key">Full key, prefix included.</param>
    /// <param name="owner">Who may give it back.</param>
    /// <param name="lease">How long it is held at most.</param>
    /// <param name="cancellation">Ends the wait; the lock may be taken all the same.</param>
    ValueTask<bool> TryLockAsync(string key, string owner, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Gives the lock back, if the owner holds it.</summary>
    ValueTask<UnlockOutcome> UnlockAsync(string key, string owner, CancellationToken cancellation);
}
