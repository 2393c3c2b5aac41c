namespace NexusCart.Orders.Domain;

/// <summary>
/// What becomes of an order's personal data when its customer's account is erased. Lines, amounts, taxes and the country stay: books and tax
/// law need them. Who was invoiced stays where there is, or may be, an invoice or credit note that has to name him, and is shown on those
/// alone. All else that says who it was goes, as soon as nothing of the order is under way any more.
/// </summary>
public sealed partial record Order
{
    /// <summary>Whether its customer's account was erased: the contact data go once it is closed.</summary>
    public bool IsToBeErased { get; init; }

    /// <summary>When the contact data went; null: they are there.</summary>
    public DateTimeOffset? ContactErasedAt { get; init; }

    /// <summary>Who was invoiced, after the contact data went; null: whom it was sent to, or nobody.</summary>
    public ShippingAddress? Recipient { get; init; }

    /// <summary>Whether nothing of it is under way: it was delivered or cancelled, and no task, refund, return or cancellation is open.</summary>
    public bool IsClosed => Status is OrderStatus.Delivered or OrderStatus.Cancelled
        && !WaitsForStaff
        && Care.Refunds.All(refund => refund.Status is not SettlementStatus.Requested)
        && Care.Cancellations.All(cancellation => cancellation.Status is not SettlementStatus.Requested)
        && Care.Returns.All(request => request.Status is ReturnStatus.Rejected or ReturnStatus.Completed or ReturnStatus.Expired);

    /// <summary>Its customer's account was erased.</summary>
    /// <param name="customerId">The customer; another's order stays as it is.</param>
    /// <param name="now">The time.</param>
    public Order RequestErasure(string customerId, DateTimeOffset now) =>
        IsToBeErased || CustomerId != customerId ? this : this with { IsToBeErased = true, UpdatedAt = now };

    /// <summary>Takes the contact data out, where that is due.</summary>
    /// <param name="now">The time.</param>
    public Order EraseIfDue(DateTimeOffset now) => !IsToBeErased || ContactErasedAt is not null || !IsClosed ? this : this with
    {
        ContactErasedAt = now,
        Recipient = Papers.Count > 0 ? ShippingAddress : null,
        Email = string.Empty,
        ShippingAddress = new ShippingAddress(string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, string.Empty, ShippingAddress.Country),
        PaymentMethod = string.Empty,
        PaymentAction = null,
        // What the shop itself noted names nobody.
        History = [.. History.Select(entry => entry.Actor is null or Performer.SystemRole ? entry : entry with { Detail = null })],
        After = After is null ? null : Care with
        {
            Shipments = [.. Care.Shipments.Select(shipment => shipment with { TrackingNumber = string.Empty })],
            Cancellations = [.. Care.Cancellations.Select(cancellation => cancellation with { Reason = string.Empty })],
            Refunds = [.. Care.Refunds.Select(refund => refund with { Reason = string.Empty })],
            Returns = [.. Care.Returns.Select(request => request with { Reason = string.Empty, Decision = string.Empty })],
        },
        UpdatedAt = now,
    };
}
