using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of a customer's index.</summary>
public interface ICustomerActor : IActor
{
    /// <summary>Notes an order that the customer claimed.</summary>
    Task ClaimAsync(string orderId);

    /// <summary>Where the customer is at home: decided once, by whoever asks first.</summary>
    Task<string> HomeAsync(string wanted);

    /// <summary>What the index knows.</summary>
    Task<CustomerRecord> ReadAsync();
}

/// <summary>What is known of a customer besides his orders.</summary>
/// <param name="Claimed">The orders he claimed, in the order he did: they live with those of whoever placed them.</param>
/// <param name="Home">The cell in which he is at home; null: not decided.</param>
public sealed record CustomerRecord(IReadOnlyList<string> Claimed, string? Home = null);

/// <summary>A customer's index; its id is the hash of his. State key: <c>customer</c>.</summary>
public sealed class CustomerActor(ActorHost host) : Actor(host), ICustomerActor
{
    private const string StateKey = "customer";

    /// <inheritdoc/>
    public async Task ClaimAsync(string orderId)
    {
        var known = await ReadAsync();
        if (!known.Claimed.Contains(orderId))
            await StateManager.CommitAsync(StateKey, known with { Claimed = [.. known.Claimed, orderId] });
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
