using Grpc.Core;
using NexusCart.Inventory.V1;
using NexusCart.Promotions.Domain.FlashSales;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Promotions.Actors;

/// <summary>Where a sale's units are kept away from everybody else. Both verbs may be repeated.</summary>
public interface IStockFence
{
    /// <summary>Sets the units aside; false when stock has not enough.</summary>
    /// <exception cref="RpcException">What happened is unknown.</exception>
    Task<bool> SetAsideAsync(FlashSaleTerms terms, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Gives back what no order has taken.</summary>
    /// <exception cref="RpcException">What happened is unknown.</exception>
    Task ReturnAsync(FlashSaleTerms terms, CancellationToken cancellationToken);
}

/// <summary>Sets units aside by a reservation in inventory, of which orders take theirs.</summary>
internal sealed class InventoryFence(InventoryClient inventory) : IStockFence
{
    /// <summary>How much longer than the sale the reservation lasts, for the last claims; then inventory takes the units back by itself.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    public async Task<bool> SetAsideAsync(FlashSaleTerms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var request = new ReserveRequest
        {
            ReservationId = FlashSale.ReservationOf(terms.SaleId),
            Lines = { LineOf(terms) },
            TtlSeconds = (int)(terms.EndsAt - now + Margin).TotalSeconds,
        };
        try
        {
            return (await inventory.ReserveAsync(request, new CallOptions(cancellationToken: cancellationToken))).Reserved;
        }
        catch (RpcException refusal) when (refusal.StatusCode is StatusCode.FailedPrecondition)
        {
            return false; // It was called off before: units that were given back are not taken again.
        }
    }

    public async Task ReturnAsync(FlashSaleTerms terms, CancellationToken cancellationToken) => await inventory.ReleaseAsync(
        new ReleaseRequest { ReservationId = FlashSale.ReservationOf(terms.SaleId), Lines = { LineOf(terms) }, Reason = "sale_ended" },
        new CallOptions(cancellationToken: cancellationToken));

    private static StockLine LineOf(FlashSaleTerms terms) => new() { Sku = terms.Sku, Quantity = terms.Units };
}
