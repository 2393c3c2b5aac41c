using Grpc.Core;
using NexusCart.Promotions.V1;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>Counts the uses of one order, as the contract says: idempotent, and what was given back stays given back.</summary>
internal sealed class FakePromotions(Faults faults) : PromotionsClient
{
    private bool _restored;

    /// <summary>Uses that count.</summary>
    public int Redeemed { get; private set; }

    /// <summary>Why a redemption is refused; null: it is not.</summary>
    public string? Refusal { get; set; }

    public override AsyncUnaryCall<RedeemResponse> RedeemAsync(RedeemRequest request, CallOptions options) => faults.Call("Redeem", () => Redeem(request));

    public override AsyncUnaryCall<RestoreResponse> RestoreAsync(RestoreRequest request, CallOptions options) => faults.Call("Restore", () =>
    {
        _restored = true;
        Redeemed = 0;
        return new RestoreResponse();
    });

    private RedeemResponse Redeem(RedeemRequest request)
    {
        if (_restored)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "The uses were given back."));
        if (Refusal is not null)
            return new RedeemResponse { Reason = Refusal, Detail = "Somebody was faster.", PromotionId = request.Redemptions[0].PromotionId };
        Redeemed = request.Redemptions.Count;
        return new RedeemResponse { Redeemed = true };
    }
}
