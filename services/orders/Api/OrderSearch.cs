using System.Globalization;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Errors;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>Which orders a list is to show.</summary>
/// <param name="Statuses">Any of these; empty: all.</param>
/// <param name="From">Placed at or after; null: at any time.</param>
/// <param name="To">Placed before; null: at any time.</param>
/// <param name="Text">A part of the order's id; for staff also of its e-mail address or name. Empty: anything.</param>
/// <param name="CustomerId">Whose; empty: anybody's.</param>
/// <param name="IsStaff">Whether staff search.</param>
public sealed record OrderSearch(
    IReadOnlySet<OrderStatus> Statuses, DateTimeOffset? From, DateTimeOffset? To, string Text, string CustomerId = "", bool IsStaff = false)
{
    private const int MaxText = 64;

    /// <summary>Judges filters.</summary>
    internal static OrderSearch Read(
        Violations violations, RepeatedField<Wire.OrderStatus> status, Timestamp? from, Timestamp? to, string text, string customerId = "", bool isStaff = false)
    {
        var statuses = status.Select(OrderMapping.StatusOf).ToList();
        violations.Check(statuses.All(known => known is not null), "status", "must be statuses of orders");
        violations.Check(text.Length <= MaxText && !text.Any(char.IsControl), "text", $"must be at most {MaxText} characters, none of them control characters");
        var times = (From: TimeOf(violations, from, "from"), To: TimeOf(violations, to, "to"));
        violations.Check(times is not ({ } start, { } end) || start < end, "to", "must be after from");
        return new OrderSearch(statuses.OfType<OrderStatus>().ToHashSet(), times.From, times.To, text.Trim(), customerId, isStaff);
    }

    /// <summary>Whether an order is to be shown.</summary>
    /// <param name="order">The order.</param>
    public bool Fits(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return (Statuses.Count == 0 || Statuses.Contains(order.Status))
            && (From is null || order.CreatedAt >= From)
            && (To is null || order.CreatedAt < To)
            && (CustomerId.Length == 0 || order.CustomerId == CustomerId)
            && (Text.Length == 0 || Names(order));
    }

    /// <summary>Whether no order from this one on, towards older ones, can fit.</summary>
    /// <param name="order">The order.</param>
    public bool IsPast(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.CreatedAt < From;
    }

    private static DateTimeOffset? TimeOf(Violations violations, Timestamp? time, string field)
    {
        if (time is null)
            return null;
        try
        {
            return time.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            violations.Add(field, string.Create(CultureInfo.InvariantCulture, $"must be a time between the years 1 and 9999"));
            return null;
        }
    }

    private bool Names(Order order) =>
        Has(order.OrderId) || (IsStaff && (Has(order.Email) || Has(order.ShippingAddress.FullName)));

    private bool Has(string text) => text.Contains(Text, StringComparison.OrdinalIgnoreCase);
}
