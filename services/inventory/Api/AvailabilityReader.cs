using NexusCart.Inventory.Domain;
using NexusCart.Inventory.ReadModel;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Api;

/// <summary>Units for sale, from this replica's memory: no partition is asked, however many SKUs are.</summary>
public sealed class AvailabilityReader(AvailabilityIndex index, IWarehouses warehouses)
{
    /// <summary>What of a SKU is for sale; not known when nothing of it was ever heard.</summary>
    /// <exception cref="Grpc.Core.RpcException">Unavailable: the stock is being read after a start.</exception>
    public Availability Read(string sku)
    {
        if (!index.IsLoaded)
            throw Refusal.Unavailable("Inventory is starting.", TimeSpan.FromSeconds(1));
        return index.Find(sku) is { } figures
            ? new Availability
            {
                Sku = sku,
                Known = true,
                Available = (int)Math.Clamp(figures.Available(warehouses.Closed), int.MinValue, int.MaxValue),
                Backorderable = figures.Backorderable,
            }
            : new Availability { Sku = sku };
    }
}
