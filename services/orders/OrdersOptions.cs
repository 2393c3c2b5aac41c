using System.ComponentModel.DataAnnotations;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Cells;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders;

/// <summary>Settings, from the configuration section <c>Orders</c> (environment: <c>Orders__Cell</c>, …).</summary>
public sealed class OrdersOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Orders";

    /// <summary>Which deployment of orders this is: <c>[a-z0-9]{1,8}</c>, part of every order id.</summary>
    public string Cell { get; set; } = "0";

    /// <summary>
    /// Whether orders may be spread over several cells. All of its processes must have the same setting before a second cell is opened.
    /// </summary>
    public bool InCells { get; set; }

    /// <summary>How many shards the orders are spread over, 1 to 256. Fixed once there is data.</summary>
    [Range(1, OrderId.MaxShards)]
    public int ShardCount { get; set; } = 16;

    /// <summary>How long a customer has for 3-D Secure; 10 seconds to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan PaymentActionTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How much longer the units are held; 1 minute to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan ReservationMargin { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the start of a saga is tried before the order is cancelled; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StartDeadline { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often orders are looked for whose saga ended without them; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How old an order must be to be looked for; 1 second to 1 day. Longer than a saga usually takes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SweepAge { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How long after their delivery customers can send units back, up to 10 years; staff can at any time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan ReturnWindow { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The actor type of a cell's shards.</summary>
    /// <param name="cell">The cell.</param>
    public static string ActorTypeOf(string cell) => cell == ManyCells.Founding ? nameof(OrderActor) : $"{nameof(OrderActor)}-{cell}";

    /// <summary>What an order's saga is started with.</summary>
    /// <param name="order">The order.</param>
    public CheckoutInput SagaInputOf(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return new CheckoutInput(
            order.OrderId,
            order.CustomerId,
            order.Email,
            order.PaymentMethod,
            order.Total.MinorUnits,
            order.Total.Currency,
            [.. order.Lines.Select(line => new CheckoutLine(line.Sku, line.Quantity))],
            (int)PaymentActionTime.TotalSeconds,
            (int)(PaymentActionTime + ReservationMargin).TotalSeconds,
            order.ClaimId,
            order.Discounts.Count == 0 ? null : [.. order.Discounts.Select(discount => new CheckoutRedemption(discount.PromotionId, discount.Code, discount.Amount.MinorUnits))],
            order.ShippingAddress.Country);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!OrderId.IsCell(Cell))
            yield return new ValidationResult($"Orders:Cell is '{Cell}'; it must be 1 to 8 of a-z 0-9.", [nameof(Cell)]);
    }
}
