using Grpc.Core;
using NexusCart.Orders.Domain;

namespace NexusCart.Orders.Pricing;

/// <summary>Says what promotions make of goods. <see cref="PromotionDesk"/> asks the service; tests put something else in its place.</summary>
public interface IPromotions
{
    /// <summary>What promotions take off.</summary>
    /// <param name="lines">The goods.</param>
    /// <param name="shipping">How they are sent.</param>
    /// <param name="coupons">The coupons.</param>
    /// <param name="context">The customer's call.</param>
    /// <exception cref="RpcException">UNAVAILABLE: it cannot be told.</exception>
    Task<Discounting> AssessAsync(IReadOnlyList<QuoteLine> lines, ShippingOption shipping, IReadOnlyList<string> coupons, ServerCallContext context);
}
