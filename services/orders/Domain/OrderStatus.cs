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

    /// <summary>Money captured, stock committed. An end, as far as the checkout is concerned.</summary>
    Paid,

    /// <summary>Nothing is held and no money stayed here. An end.</summary>
    Cancelled,

    /// <summary>An undo failed for good and waits for staff. An end, as far as the saga is concerned.</summary>
    NeedsAttention,

    /// <summary>Some units were sent, others not yet.</summary>
    PartiallyShipped,

    /// <summary>All units that were not cancelled were sent.</summary>
    Shipped,

    /// <summary>All of them have arrived. An end.</summary>
    Delivered,

    /// <summary>What was not sent yet is being cancelled; nothing is sent meanwhile.</summary>
    Cancelling,
}

/// <summary>Where an order's money is. Told by amounts, beside the status.</summary>
public enum PaymentState
{
    /// <summary>Nothing was taken.</summary>
    Unpaid,

    /// <summary>The total was taken.</summary>
    Paid,

    /// <summary>Some of it was given back.</summary>
    PartiallyRefunded,

    /// <summary>All of it was given back.</summary>
    Refunded,
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

    /// <summary>Staff have a parked checkout tried again.</summary>
    Retry,

    /// <summary>Staff settled a parked checkout by hand.</summary>
    Resolve,

    /// <summary>A shipment left.</summary>
    Ship,

    /// <summary>A shipment arrived.</summary>
    Deliver,

    /// <summary>What was not sent yet is to be cancelled.</summary>
    RequestCancel,

    /// <summary>It is cancelled: money and units are back.</summary>
    Revoke,

    /// <summary>It cannot be cancelled: the money was not to be given back.</summary>
    Reopen,
}
