using System.Security.Claims;
using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using NexusCart.Promotions.V1;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Orders.Pricing;

/// <summary>
/// Asks promotions what they take off. Who the customer is, his group and the channel he comes by, is read from his token alone. When
/// promotions do not answer, nothing is priced, with or without coupons: an automatic promotion may be part of the price the customer was
/// shown, and taking more than that in silence is worse than asking him to wait a moment.
/// </summary>
public sealed class PromotionDesk(PromotionsClient promotions, OrderStore orders) : IPromotions
{
    private const string Registered = "registered";
    private const string ClientClaim = "client_id";
    private const string DefaultChannel = "storefront";
    private const int OrdersPerPage = 20;

    /// <inheritdoc/>
    public async Task<Discounting> AssessAsync(
        IReadOnlyList<QuoteLine> lines, ShippingOption shipping, IReadOnlyList<string> coupons, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(shipping);
        ArgumentNullException.ThrowIfNull(context);
        var request = RequestOf(lines, shipping, coupons, context);
        var answer = await EvaluateAsync(request, context.CancellationToken);
        if (answer.FirstOrderNeeded)
        {
            request.FirstOrder = await IsFirstOrderAsync(request.CustomerId, context.CancellationToken);
            answer = await EvaluateAsync(request, context.CancellationToken);
        }

        return Read(answer, lines.Count, shipping.Price.Currency);
    }

    private async Task<EvaluateResponse> EvaluateAsync(EvaluateRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await promotions.EvaluateAsync(request, new CallOptions(cancellationToken: cancellationToken));
        }
        catch (RpcException fault) when (fault.StatusCode is not (StatusCode.InvalidArgument or StatusCode.FailedPrecondition) && !cancellationToken.IsCancellationRequested)
        {
            throw Refusal.Unavailable("What promotions take off cannot be told at the moment; nothing is sold dearer for that. Try again.", TimeSpan.FromSeconds(1));
        }
    }

    private static EvaluateRequest RequestOf(
        IReadOnlyList<QuoteLine> lines, ShippingOption shipping, IReadOnlyList<string> coupons, ServerCallContext context)
    {
        var user = context.GetHttpContext().User;
        var isGuest = context.HasRole(Tokens.GuestRole);
        var request = new EvaluateRequest
        {
            Currency = shipping.Price.Currency,
            ShippingMinorUnits = shipping.Price.MinorUnits,
            CustomerId = context.CustomerId(),
            Guest = isGuest,
            Channel = user.FindFirstValue(ClientClaim) ?? DefaultChannel,
            CustomerGroups = { isGuest ? Tokens.GuestRole : Registered },
            CouponCodes = { coupons },
        };
        if (user.FindFirstValue(Tokens.CustomerGroupClaim) is { Length: > 0 } group)
            request.CustomerGroups.Add(group);
        request.Lines.AddRange(lines.Select(line => new BasketLine
        {
            Sku = line.Sku,
            Brand = line.Brand,
            Category = line.Category,
            Quantity = line.Quantity,
            UnitPriceMinorUnits = line.UnitPrice.MinorUnits,
        }));
        return request;
    }

    private static Discounting Read(EvaluateResponse answer, int lineCount, string currency)
    {
        var lines = new long[lineCount];
        foreach (var applied in answer.Applied)
        {
            for (var i = 0; i < lineCount; i++)
                lines[i] = checked(lines[i] + applied.LineMinorUnits[i]);
        }

        return new Discounting(
            [.. answer.Applied.Select(applied => new OrderDiscount(
                applied.PromotionId, applied.Name, applied.Code, new MoneyAmount(applied.AmountMinorUnits, currency)))],
            lines,
            answer.Applied.Sum(applied => applied.ShippingMinorUnits),
            [.. answer.Refused
                .Where(refused => refused.Code.Length > 0 && answer.Applied.All(applied => applied.Code != refused.Code))
                .DistinctBy(refused => refused.Code)
                .Select(refused => new RefusedCoupon(refused.Code, refused.Reason, refused.Detail))]);
    }

    /// <summary>Whether a customer has no order but those that came to nothing.</summary>
    private async Task<bool> IsFirstOrderAsync(string customerId, CancellationToken cancellationToken)
    {
        var token = "";
        do
        {
            var page = await orders.ListAsync(customerId, token, OrdersPerPage, cancellationToken);
            if (page.Entities.Any(order => order.Status is not Domain.OrderStatus.Cancelled))
                return false;
            token = page.NextToken;
        }
        while (token.Length > 0);
        return true;
    }
}
