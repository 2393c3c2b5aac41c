using Google.Protobuf.WellKnownTypes;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain;
using Wire = NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Batches of codes in the contract.</summary>
public static class CouponBatchMapping
{
    /// <summary>Judges a request.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static CouponBatch Read(Wire.PutCouponBatchRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var batch = request.Batch ?? new Wire.CouponBatch();
        var violations = new Violations();
        violations.CheckId(request.BatchId, "batchId");
        violations.Check(batch.BatchId.Length == 0 || batch.BatchId == request.BatchId, "batch.batchId", "must be the batch's, or empty");
        violations.CheckId(batch.PromotionId, "batch.promotionId");
        violations.Check(batch.Count is >= 1 and <= CouponCodes.MostCodes, "batch.count", $"must be 1 to {CouponCodes.MostCodes}");
        violations.Check(batch.Version >= 0, "batch.version", "must be the version to replace, or 0");
        violations.ThrowIfAny();
        return new CouponBatch(request.BatchId, batch.PromotionId, batch.Count, batch.Revoked, batch.Version, default);
    }

    /// <summary>A batch as staff see it.</summary>
    public static Wire.CouponBatch ToMessage(this CouponBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new Wire.CouponBatch
        {
            BatchId = batch.Id,
            PromotionId = batch.PromotionId,
            Count = batch.Count,
            Revoked = batch.IsRevoked,
            Version = batch.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(batch.UpdatedAt),
        };
    }
}
