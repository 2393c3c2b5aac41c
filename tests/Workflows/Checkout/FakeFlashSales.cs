using Grpc.Core;
using NexusCart.Promotions.V1;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>One claim of a flash sale, as the contract promises it.</summary>
internal sealed class FakeFlashSales(Faults faults) : FlashSalesClient
{
    public const string ClaimId = "autumn-7";
    public const string ReservationId = "sale-autumn";

    /// <summary>The order that has taken the claim over; null while it is open.</summary>
    public string? Order { get; private set; }

    /// <summary>The claim is given back before an order comes.</summary>
    public bool IsReleased { get; set; }

    public override AsyncUnaryCall<HandOverClaimResponse> HandOverClaimAsync(HandOverClaimRequest request, CallOptions options) =>
        faults.Call("HandOver", () => HandOver(request));

    private HandOverClaimResponse HandOver(HandOverClaimRequest request)
    {
        if (request.ClaimId != ClaimId || request.CustomerId != "customer-1")
            throw new RpcException(new Status(StatusCode.NotFound, "There is no such claim."));
        if (IsReleased || (Order is not null && Order != request.OrderId))
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "The claim was given back."));
        Order = request.OrderId;
        return new HandOverClaimResponse { ReservationId = ReservationId };
    }
}
