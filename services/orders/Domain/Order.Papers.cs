namespace NexusCart.Orders.Domain;

/// <summary>An order's documents, and whose it is.</summary>
public sealed partial record Order
{
    /// <summary>The id of the invoice.</summary>
    public const string InvoiceId = "invoice";

    private const string CreditPrefix = "credit-";

    /// <summary>Whether somebody without an account placed it, and nobody claimed it yet.</summary>
    public bool IsGuest { get; init; }

    /// <summary>Who placed it, where that is not whose it is now.</summary>
    public string? PlacedBy { get; init; }

    /// <summary>The documents there are: the invoice of a sold order, and a credit note for each refund of it.</summary>
    public IReadOnlyList<string> Papers =>
        OrderTransitions.IsSold(Status) || (Status is OrderStatus.Cancelled && Care.Refunds.Count > 0)
            ? [InvoiceId, .. Care.Refunds.Where(refund => refund.Status is SettlementStatus.Done).Select(refund => CreditIdOf(refund.Id))]
            : [];

    /// <summary>The id of a refund's credit note.</summary>
    /// <param name="refundId">The refund.</param>
    public static string CreditIdOf(string refundId) => CreditPrefix + refundId;

    /// <summary>The refund that a document credits; null: it is none, or not a credit note.</summary>
    /// <param name="documentId">The document.</param>
    public Refund? RefundCreditedBy(string documentId) => Care.Refunds.FirstOrDefault(refund => CreditIdOf(refund.Id) == documentId);

    /// <summary>The number of a document; null until it was issued.</summary>
    /// <param name="documentId">The document.</param>
    public IssuedDocument? DocumentOf(string documentId) => Care.Documents.FirstOrDefault(document => document.Id == documentId);

    /// <summary>Keeps the number of a document. The first one stays.</summary>
    /// <param name="document">The document.</param>
    public Order KeepDocument(IssuedDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return DocumentOf(document.Id) is not null ? this : this with { After = Care with { Documents = [.. Care.Documents, document] } };
    }

    /// <summary>Makes a guest's order that of an account. Once it has one, it belongs to no guest any more.</summary>
    /// <param name="customerId">The account.</param>
    /// <param name="now">The time.</param>
    public OrderChange Claim(string customerId, DateTimeOffset now)
    {
        if (CustomerId == customerId)
            return new(this);
        if (!IsGuest)
            return Unknown("order", OrderId);
        var claimed = this with { CustomerId = customerId, PlacedBy = CustomerId, IsGuest = false };
        return new(claimed.Noted("claim", "succeeded", null, Performer.Customer, null, now));
    }
}
