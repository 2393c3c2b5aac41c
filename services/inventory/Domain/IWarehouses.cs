namespace NexusCart.Inventory.Domain;

/// <summary>What is known of the warehouses.</summary>
public interface IWarehouses
{
    /// <summary>The ids of the inactive ones.</summary>
    IReadOnlySet<string> Closed { get; }
}
