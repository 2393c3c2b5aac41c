using Dapr.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>One of a fixed number of actors over which the SKUs are spread; its id is the partition's number.</summary>
public interface IStockPartitionActor : IActor
{
    /// <summary>Executes a batch of commands in one turn and one state transaction; one reply each, in order.</summary>
    Task<PartitionReply[]> ExecuteAsync(PartitionCommand[] batch);

    /// <summary>A page of the books, SKUs in the order they were first received.</summary>
    Task<AuditPage> AuditAsync(AuditRequest request);

    /// <summary>A page of what is for sale, SKUs in the order they were first received.</summary>
    Task<FiguresPage> FiguresAsync(AuditRequest request);

    /// <summary>Movements of a SKU, the newest first.</summary>
    Task<MovementsPage> MovementsAsync(MovementsRequest request);
}
