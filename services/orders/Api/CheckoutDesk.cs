using Grpc.Core;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;

namespace NexusCart.Orders.Api;

/// <summary>Takes orders: the same key and body lead to the same order for ever.</summary>
public sealed class CheckoutDesk(
    OrderStore orders, OrderWatch watch, QuoteReader quotes, IOptions<OrdersOptions> options, TimeProvider clock)
{
    /// <summary>Places an order, or finds the one that the key led to before.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="key">His idempotency key.</param>
    /// <param name="terms">What he wants.</param>
    /// <param name="patience">How long to wait for the order to settle.</param>
    /// <param name="context">His call.</param>
    /// <exception cref="RpcException">See <see cref="QuoteReader.ReadAsync"/>; and ALREADY_EXISTS: the key was used with another
    /// body.</exception>
    public async Task<Order> PlaceAsync(
        string customerId, string key, CheckoutTerms terms, TimeSpan patience, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(context);
        var now = clock.GetUtcNow();
        var home = await orders.HomeOfAsync(customerId, context.CancellationToken);
        var orderId = OrderId.Create(home, orders.ShardOf(customerId), now, customerId, key).ToString();

        // Watched before it is placed, so that even the fastest saga is not missed.
        using var seat = watch.Watch(orderId);
        var answer = await PlaceOrFindAsync(orderId, customerId, key, terms, now, context);
        var order = answer.Outcome switch
        {
            OrderOutcome.Created or OrderOutcome.Existing => answer.Order!,
            OrderOutcome.KeyReused => throw Refusal.KeyReused(),
            _ => throw new InvalidOperationException($"Placing order {orderId} was answered {answer.Outcome}."),
        };
        return answer.Outcome is OrderOutcome.Created
            ? await seat.WaitAsync(order, patience, context.CancellationToken)
            : await WaitForAsync(order, patience, context.CancellationToken);
    }

    // The key decides, not the cart: after a purchase the cart is empty, and the repetition must find its order all the same.
    // So a cart that cannot be bought is refused only once it is known that the key is new.
    private async Task<OrderAnswer> PlaceOrFindAsync(
        string orderId, string customerId, string key, CheckoutTerms terms, DateTimeOffset now, ServerCallContext context)
    {
        Quote quote;
        try
        {
            var priced = await quotes.ReadAsync(terms.CartId, terms.ClaimId, terms.Destination, terms.ShippingMethod, terms.Coupons ?? [], context);
            // Whoever entered a coupon expects the price with it.
            if (priced.RefusedCoupons is [var refused, ..])
                throw Refusal.Precondition("promotion_" + refused.Reason, $"coupon_codes: '{refused.Code}' does not count: {refused.Detail}");
            // Nobody pays what he has not been told.
            if (priced.ChangedPrices is [var changed, ..])
                throw Refusal.Precondition("price_changed", $"cart_id: {changed} Acknowledge the cart's notices first.");
            quote = priced.Quote;
        }
        catch (RpcException) when (!context.CancellationToken.IsCancellationRequested)
        {
            var known = await orders.FindAsync(new FindOrder(customerId, key, terms.Hash), context.CancellationToken);
            if (known.Outcome is OrderOutcome.Missing)
                throw;
            return known;
        }

        var order = new Order
        {
            OrderId = orderId,
            CustomerId = customerId,
            IdempotencyKey = key,
            BodyHash = terms.Hash,
            CartId = terms.CartId,
            ClaimId = terms.ClaimId.Length == 0 ? null : terms.ClaimId,
            PaymentMethod = terms.PaymentMethod,
            Email = terms.Email,
            ShippingAddress = terms.Address,
            Lines = quote.Lines,
            Shipping = quote.Shipping,
            Taxes = quote.Taxes,
            IsTaxIncluded = quote.IsTaxIncluded,
            Discounts = quote.Discounts,
            Total = quote.Total,
            CreatedAt = now,
            UpdatedAt = now,
            IsGuest = context.HasRole(Tokens.GuestRole),
        };
        return await orders.PlaceAsync(new PlaceOrder(order, options.Value.SagaInputOf(order)), context.CancellationToken);
    }

    private async Task<Order> WaitForAsync(Order order, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (patience <= TimeSpan.Zero || OrderWatch.IsSettled(order))
            return order;
        using var seat = watch.Watch(order.OrderId);
        // Read again: it may have settled between the answer and the watch.
        var now = await orders.ReadAsync(order.OrderId, cancellationToken) ?? order;
        return await seat.WaitAsync(now, patience, cancellationToken);
    }
}
