namespace NexusCart.Inventory.Domain;

/// <summary>What a turn changed, to be stored as a whole.</summary>
/// <param name="Levels">Changed SKUs.</param>
/// <param name="Announced">Those of which the units for sale changed.</param>
/// <param name="Low">Those of which stock became low.</param>
/// <param name="Reservations">New values by id; null means withdrawn.</param>
/// <param name="Receipts">Goods receipts counted now.</param>
/// <param name="Documents">Adjustments, transfers and returns done now.</param>
/// <param name="Movements">What the ledgers gain, by SKU.</param>
/// <param name="Backorders">New values; null means that it waits no more.</param>
/// <param name="Filled">Backorders for which units came in.</param>
public sealed record StockChanges(
    IReadOnlyList<StockLevel> Levels,
    IReadOnlyList<StockLevel> Announced,
    IReadOnlyList<StockLevel> Low,
    IReadOnlyList<KeyValuePair<string, Reservation?>> Reservations,
    IReadOnlyList<(string Sku, string ReceiptId)> Receipts,
    IReadOnlyList<StaffDocument> Documents,
    IReadOnlyDictionary<string, List<Movement>> Movements,
    IReadOnlyDictionary<(string Sku, long Number), Backorder?> Backorders,
    IReadOnlyList<FilledBackorder> Filled)
{
    /// <summary>Nothing to store.</summary>
    public bool IsEmpty => Levels.Count == 0 && Reservations.Count == 0 && Receipts.Count == 0 && Documents.Count == 0;
}

/// <summary>A backorder for which units came in.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Backorder">With all that came in for it so far; no units are left when that is all.</param>
public sealed record FilledBackorder(string Sku, Backorder Backorder);
