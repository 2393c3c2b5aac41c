using Google.Protobuf.WellKnownTypes;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Values;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>Orders in the public contract.</summary>
public static partial class OrderMapping
{
    /// <summary>An order as its owner sees it, and nobody else, with all that came after its checkout.</summary>
    /// <param name="order">The order.</param>
    public static Wire.Order ToOwnerMessage(this Order order)
    {
        var message = order.ToCheckoutMessage();
        AddAftercare(message, order);
        return message;
    }

    /// <summary>An order as its checkout answers it: the same key gives the same answer, however far the goods are.</summary>
    /// <param name="order">The order.</param>
    public static Wire.Order ToCheckoutMessage(this Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var message = new Wire.Order
        {
            OrderId = order.OrderId,
            Status = StatusOf(order.Status),
            Reason = order.Reason ?? string.Empty,
            ReasonDetail = order.ReasonDetail ?? string.Empty,
            Total = order.Total.ToMessage(),
            ShippingAddress = AddressOf(order.ShippingAddress),
            Email = order.Email,
            PaymentAction = ActionOf(order.PaymentAction),
            CreatedAt = Timestamp.FromDateTimeOffset(order.CreatedAt),
            UpdatedAt = Timestamp.FromDateTimeOffset(order.UpdatedAt),
            Subtotal = MoneyAmount.Sum(order.Lines.Select(line => line.LineTotal), order.Total.Currency).ToMessage(),
            TaxIncluded = order.IsTaxIncluded,
        };
        if (order.Shipping is { } shipping)
        {
            message.Shipping = OptionOf(new ShippingOption(shipping.MethodId, shipping.Name, shipping.Price));
            message.ShippingDiscount = shipping.Discount?.ToMessage();
        }

        message.Discounts.AddRange(order.Discounts.Select(DiscountOf));
        if (order.Discounts.Count > 0)
            message.Discount = MoneyAmount.Sum(order.Discounts.Select(discount => discount.Amount), order.Total.Currency).ToMessage();
        message.Taxes.AddRange(order.Taxes.Select(TaxOf));
        message.Lines.AddRange(order.Lines.Select(LineOf));
        message.History.AddRange(order.History.Select(entry => new Wire.OrderEvent
        {
            At = Timestamp.FromDateTimeOffset(entry.At),
            Step = entry.Step,
            Outcome = entry.Outcome,
            Detail = entry.Detail ?? string.Empty,
            Actor = (entry.Actor ?? Performer.SystemRole).Split(':')[0],
            Subject = entry.Subject ?? string.Empty,
        }));
        return message;
    }

    /// <summary>A quote with the ways that could be chosen.</summary>
    /// <param name="priced">The quote.</param>
    public static Wire.CheckoutQuote ToMessage(this PricedCart priced)
    {
        ArgumentNullException.ThrowIfNull(priced);
        var quote = priced.Quote;
        var message = new Wire.CheckoutQuote
        {
            Subtotal = quote.Subtotal.ToMessage(),
            Shipping = OptionOf(new ShippingOption(quote.Shipping.MethodId, quote.Shipping.Name, quote.Shipping.Price)),
            TaxIncluded = quote.IsTaxIncluded,
            Total = quote.Total.ToMessage(),
        };
        message.Discounts.AddRange(quote.Discounts.Select(DiscountOf));
        message.Discount = MoneyAmount.Sum(quote.Discounts.Select(discount => discount.Amount), quote.Total.Currency).ToMessage();
        message.ShippingDiscount = quote.Shipping.Discount?.ToMessage();
        message.RefusedCoupons.AddRange(priced.RefusedCoupons.Select(refused => new Wire.RefusedCoupon { Code = refused.Code, Reason = refused.Reason, Detail = refused.Detail }));
        message.Lines.AddRange(quote.Lines.Select(LineOf));
        message.ShippingOptions.AddRange(priced.Options.Select(OptionOf));
        message.Taxes.AddRange(quote.Taxes.Select(TaxOf));
        return message;
    }

    /// <summary>An order as the auditor sees it.</summary>
    /// <param name="order">The order.</param>
    public static Wire.OrderAudit ToAuditMessage(this Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var message = new Wire.OrderAudit
        {
            OrderId = order.OrderId,
            // A key belongs to whoever placed the order.
            CustomerId = order.PlacedBy ?? order.CustomerId,
            IdempotencyKey = order.IdempotencyKey,
            Status = StatusOf(order.Status),
            Total = order.Total.ToMessage(),
            Refunded = order.Refunded.ToMessage(),
            Refunding = order.Refunding.ToMessage(),
        };
        message.Discounts.AddRange(order.Discounts.Select(DiscountOf));
        message.Lines.AddRange(order.Lines.Select(LineOf));
        AddBack(message, order);
        return message;
    }

    private static Wire.OrderStatus StatusOf(OrderStatus status) => status switch
    {
        OrderStatus.Starting => Wire.OrderStatus.Starting,
        OrderStatus.Processing => Wire.OrderStatus.Processing,
        OrderStatus.ActionRequired => Wire.OrderStatus.ActionRequired,
        OrderStatus.Paid => Wire.OrderStatus.Paid,
        OrderStatus.Cancelled => Wire.OrderStatus.Cancelled,
        OrderStatus.NeedsAttention => Wire.OrderStatus.NeedsAttention,
        OrderStatus.PartiallyShipped => Wire.OrderStatus.PartiallyShipped,
        OrderStatus.Shipped => Wire.OrderStatus.Shipped,
        OrderStatus.Delivered => Wire.OrderStatus.Delivered,
        OrderStatus.Cancelling => Wire.OrderStatus.Cancelling,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    private static Wire.OrderLine LineOf(OrderLine line) => new()
    {
        Sku = line.Sku,
        Title = line.Title,
        Quantity = line.Quantity,
        UnitPrice = line.UnitPrice.ToMessage(),
        LineTotal = line.LineTotal.ToMessage(),
        TaxRateBasisPoints = line.Tax?.RateBasisPoints ?? 0,
        Tax = line.Tax?.Amount.ToMessage(),
        Discount = line.Discount?.ToMessage(),
    };

    private static Wire.OrderDiscount DiscountOf(OrderDiscount discount) => new()
    {
        PromotionId = discount.PromotionId,
        Name = discount.Name,
        Code = discount.Code,
        Amount = discount.Amount.ToMessage(),
    };

    private static Wire.ShippingOption OptionOf(ShippingOption option) =>
        new() { MethodId = option.MethodId, Name = option.Name, Price = option.Price.ToMessage() };

    private static Wire.TaxTotal TaxOf(TaxTotal tax) =>
        new() { RateBasisPoints = tax.RateBasisPoints, Net = tax.Net.ToMessage(), Amount = tax.Amount.ToMessage() };

    private static Common.V1.Address AddressOf(ShippingAddress address) => new()
    {
        FullName = address.FullName,
        Line1 = address.Line1,
        Line2 = address.Line2,
        PostalCode = address.PostalCode,
        City = address.City,
        Region = address.Region,
        Country = address.Country,
    };

    private static Wire.PaymentAction? ActionOf(PaymentAction? action) => action is null ? null : new Wire.PaymentAction
    {
        Kind = action.Kind,
        PaymentId = action.PaymentId,
        ClientSecret = action.ClientSecret,
        RedirectUrl = action.RedirectUrl,
    };
}
