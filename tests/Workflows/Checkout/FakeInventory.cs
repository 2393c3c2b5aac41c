using Grpc.Core;
using NexusCart.Inventory.V1;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>Inventory as its contract promises it, in memory.</summary>
internal sealed class FakeInventory(Faults faults) : InventoryClient
{
    private readonly Dictionary<string, Holding> _holdings = [];
    private readonly Dictionary<string, int> _onHand = [];

    private enum Holding
    {
        Held,
        Sold,
        Released,
        Expired,
        Restocked,
    }

    public int Held { get; private set; }

    public int Sold { get; private set; }

    /// <summary>Where the last reservation asked its units from; empty for free stock.</summary>
    public string TakenFrom { get; private set; } = "";

    public void Stock(string sku, int units) => _onHand[sku] = units;

    /// <summary>The hold runs out before it is confirmed.</summary>
    public void Expire(string reservationId)
    {
        if (_holdings.GetValueOrDefault(reservationId, Holding.Released) is not Holding.Held)
            return;
        _holdings[reservationId] = Holding.Expired;
        Held = 0;
    }

    public override AsyncUnaryCall<ReserveResponse> ReserveAsync(ReserveRequest request, CallOptions options) =>
        faults.Call("Reserve", () => Reserve(request));

    public override AsyncUnaryCall<ReleaseResponse> ReleaseAsync(ReleaseRequest request, CallOptions options) =>
        faults.Call("Release", () => Release(request));

    public override AsyncUnaryCall<CommitResponse> CommitAsync(CommitRequest request, CallOptions options) =>
        faults.Call("Commit", () => Commit(request));

    public override AsyncUnaryCall<RestockResponse> RestockAsync(RestockRequest request, CallOptions options) =>
        faults.Call("Restock", () => Restock(request));

    private static RpcException Refused(string why) => new(new Status(StatusCode.FailedPrecondition, why));

    private ReserveResponse Reserve(ReserveRequest request)
    {
        if (_holdings.TryGetValue(request.ReservationId, out var known))
        {
            return known is Holding.Held or Holding.Sold
                ? new ReserveResponse { Reserved = true }
                : throw Refused("The reservation was released.");
        }

        TakenFrom = request.FromReservationId;
        var answer = new ReserveResponse();
        foreach (var line in request.Lines)
        {
            var available = _onHand.GetValueOrDefault(line.Sku);
            if (available < line.Quantity)
            {
                answer.Shortages.Add(new Shortage
                {
                    Sku = line.Sku,
                    Requested = line.Quantity,
                    Available = available,
                    Unknown = !_onHand.ContainsKey(line.Sku),
                });
            }
        }

        if (answer.Shortages.Count > 0)
            return answer;
        _holdings[request.ReservationId] = Holding.Held;
        Held = request.Lines.Sum(line => line.Quantity);
        answer.Reserved = true;
        return answer;
    }

    private ReleaseResponse Release(ReleaseRequest request)
    {
        var known = _holdings.GetValueOrDefault(request.ReservationId, Holding.Released);
        if (known is Holding.Sold)
            return new ReleaseResponse { Released = false };
        if (known is not Holding.Restocked)
            _holdings[request.ReservationId] = Holding.Released;
        Held = 0;
        return new ReleaseResponse { Released = true };
    }

    private CommitResponse Commit(CommitRequest request)
    {
        switch (_holdings.GetValueOrDefault(request.ReservationId, Holding.Released))
        {
            case Holding.Sold:
                return Committed(request);
            case Holding.Held:
                _holdings[request.ReservationId] = Holding.Sold;
                (Sold, Held) = (Held, 0);
                return Committed(request);
            default:
                throw Refused("The reservation has expired.");
        }
    }

    private static CommitResponse Committed(CommitRequest request) => new()
    {
        Allocations = { request.Lines.Select(line => new Allocation { Sku = line.Sku, WarehouseId = $"of-{line.Sku}", Quantity = line.Quantity }) },
    };

    private RestockResponse Restock(RestockRequest request)
    {
        _holdings[request.ReservationId] = Holding.Restocked;
        (Sold, Held) = (0, 0);
        return new RestockResponse();
    }
}
