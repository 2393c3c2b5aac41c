using Dapr.Actors;

namespace NexusCart.Promotions.Actors;

/// <summary>One flash sale; its id is the sale's.</summary>
public interface IFlashSaleActor : IActor
{
    /// <summary>Executes a batch of commands in one turn and one state transaction; one reply each, in order.</summary>
    Task<FlashSaleReply[]> ExecuteAsync(FlashSaleCommand[] batch);

    /// <summary>A page of claims.</summary>
    Task<ClaimPage> ReadClaimsAsync(ClaimPageRequest request);

    /// <summary>Who made claims: enough to know who made none.</summary>
    Task<ClaimantsPage> ReadClaimantsAsync(ClaimantsRequest request);
}
