using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Orders.AfterSales;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of a customer's index.</summary>
public interface ICustomerActor : IActor
{
    /// <summary>Notes an order that the customer claimed. Gives whether his account was erased.</summary>
    Task<bool> ClaimAsync(string orderId);

    /// <summary>His account was erased.</summary>
    Task EraseAsync(string customerId);

    /// <summary>His orders were looked through once more.</summary>
    Task EndErasureAsync();

    /// <summary>Where the customer is at home: decided once, by whoever asks first.</summary>
    Task<string> HomeAsync(string wanted);

    /// <summary>What the index knows.</summary>
    Task<CustomerRecord> ReadAsync();
}

/// <summary>What is known of a customer besides his orders.</summary>
/// <param name="Claimed">The orders he claimed, in the order he did: they live with those of whoever placed them.</param>
/// <param name="Home">The cell in which he is at home; null: not decided.</param>
/// <param name="IsErased">Whether his account was erased.</param>
/// <param name="LooksFor">His id, while his orders are to be looked through once more; else null.</param>
public sealed record CustomerRecord(IReadOnlyList<string> Claimed, string? Home = null, bool IsErased = false, string? LooksFor = null);

/// <summary>
/// A customer's index; its id is the hash of his. State key: <c>customer</c>. Once he was erased a reminder has his orders looked through
/// again, when no token of his can be good any more, until that has succeeded.
/// </summary>
public sealed class CustomerActor(ActorHost host, IErasureLooks looks) : Actor(host), ICustomerActor, IRemindable
{
    /// <summary>When orders are looked through again, and how often until that succeeds: longer than any token is good.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromHours(1);

    private const string StateKey = "customer";
    private const string LookReminder = "look-again";

    /// <inheritdoc/>
    public async Task<bool> ClaimAsync(string orderId)
    {
        var known = await ReadAsync();
        if (!known.Claimed.Contains(orderId))
            await StateManager.CommitAsync(StateKey, known with { Claimed = [.. known.Claimed, orderId] });
        return known.IsErased;
    }

    /// <inheritdoc/>
    public async Task EraseAsync(string customerId)
    {
        var known = await ReadAsync();
        if (known.IsErased)
            return;
        await RegisterReminderAsync(LookReminder, [], LookAgainAfter, LookAgainAfter);
        await StateManager.CommitAsync(StateKey, known with { IsErased = true, LooksFor = customerId });
    }

    /// <inheritdoc/>
    public async Task EndErasureAsync()
    {
        if (await ReadAsync() is { LooksFor: not null } known)
            await StateManager.CommitAsync(StateKey, known with { LooksFor = null });
        await UnregisterReminderAsync(LookReminder);
    }

    /// <inheritdoc/>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        // Outside this turn: the look asks this very index.
        if (await ReadAsync() is { LooksFor: { } customerId })
            looks.Start(customerId);
        else
            await UnregisterReminderAsync(LookReminder);
    }

    /// <inheritdoc/>
    public async Task<string> HomeAsync(string wanted)
    {
        var known = await ReadAsync();
        if (known.Home is { } home)
            return home;
        await StateManager.CommitAsync(StateKey, known with { Home = wanted });
        return wanted;
    }

    /// <inheritdoc/>
    public async Task<CustomerRecord> ReadAsync() => await StateManager.FindAsync<CustomerRecord>(StateKey) ?? new CustomerRecord([]);
}
