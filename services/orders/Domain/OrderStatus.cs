using System.Text.Json.Serialization;

namespace NexusCart.Orders.Domain;

/// <summary>Where an order stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrderStatus>))]
public enum OrderStatus
{
    /// <summary>Recorded; its saga is about to start.</summary>
    Starting,

    /// <summary>The saga runs.</summary>
    Processing,

    /// <summary>The customer must act (3-D Secure).</summary>
    ActionRequired,

    /// <summary>Money captured, stock committed. An end.</summary>
    Paid,

    /// <summary>Nothing is held and nothing was charged. An end.</summary>
    Cancelled,

    /// <summary>An undo failed for good and waits for staff. An end, as far as the saga is concerned.</summary>
    NeedsAttention,
}

/// <summary>What moves an order from one status to another.</summary>
public enum OrderTrigger
{
    /// <summary>The saga's first step runs.</summary>
    Begin,

    /// <summary>The payment provider wants the customer to act.</summary>
    RequireAction,

    /// <summary>The customer acted.</summary>
    Resume,

    /// <summary>The saga succeeded.</summary>
    Complete,

    /// <summary>The saga failed and everything was undone.</summary>
    Cancel,

    /// <summary>The saga failed and an undo is left.</summary>
    Park,

    /// <summary>The saga was never started.</summary>
    Abandon,
}
