using Dapr.Actors;

namespace NexusCart.Promotions.Actors;

/// <summary>Counts the uses of a campaign's promotions, or of one without a campaign; its id is the ledger's.</summary>
public interface IRedemptionLedgerActor : IActor
{
    /// <summary>Executes a batch of commands in one turn and one state transaction; one reply each, in order.</summary>
    Task<LedgerReply[]> ExecuteAsync(LedgerCommand[] batch);

    /// <summary>A page of the books, orders in the order they first used something.</summary>
    Task<LedgerPage> ReadPageAsync(LedgerPageRequest request);
}
