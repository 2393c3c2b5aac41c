using System.Text.Json.Serialization;

namespace NexusCart.Workflows.Checkout;

/// <summary>How a checkout saga ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckoutEnd>))]
public enum CheckoutEnd
{
    /// <summary>Money captured, stock committed.</summary>
    Paid,

    /// <summary>Everything done was undone; nothing is held, nothing was charged.</summary>
    Cancelled,

    /// <summary>An undo failed for good; staff must look at it.</summary>
    NeedsAttention,

    /// <summary>The order was at an end before the saga did anything, so it did nothing.</summary>
    Skipped,
}

/// <summary>The saga's answer; the truth of the order is its record, which was written before.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Reason">Machine-readable, one of <see cref="CheckoutReasons"/> or a decline code; null when paid.</param>
/// <param name="Detail">For people; null when paid.</param>
public sealed record CheckoutOutput(CheckoutEnd End, string? Reason = null, string? Detail = null);
