using Dapr.Actors;
using Dapr.Actors.Runtime;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of a customer's index.</summary>
public interface ICustomerActor : IActor
{
    /// <summary>Notes an order that the customer claimed.</summary>
    Task ClaimAsync(string orderId);

    /// <summary>What the index knows.</summary>
    Task<CustomerRecord> ReadAsync();
}

/// <summary>What is known of a customer besides his orders.</summary>
/// <param name="Claimed">The orders he claimed, in the order he did: they live with those of whoever placed them.</param>
public sealed record CustomerRecord(IReadOnlyList<string> Claimed);

/// <summary>A customer's index; its id is the hash of his. State key: <c>customer</c>.</summary>
public sealed class CustomerActor(ActorHost host) : Actor(host), ICustomerActor
{
    private const string StateKey = "customer";

    /// <inheritdoc/>
    public async Task ClaimAsync(string orderId)
    {
        var known = await ReadAsync();
        if (known.Claimed.Contains(orderId))
            return;
        try
        {
            await StateManager.SetStateAsync(StateKey, known with { Claimed = [.. known.Claimed, orderId] });
            await StateManager.SaveStateAsync();
        }
        catch
        {
            await StateManager.ClearCacheAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<CustomerRecord> ReadAsync()
    {
        var known = await StateManager.TryGetStateAsync<CustomerRecord>(StateKey);
        return known.HasValue ? known.Value : new CustomerRecord([]);
    }
}
